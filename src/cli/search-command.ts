import type { App } from "../app.ts";
import { UserError } from "../errors.ts";
import type { CodeHit, SearchAnswer } from "../search/answer.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { createProgressBar } from "./progress.ts";

/** Lines of a hit shown on a terminal; the whole is in --json and in the file. */
const SHOWN_LINES = 12;

export const searchCommand = defineCommand({
  name: "search",
  summary: "Search the project's code by meaning and by words",
  details: "A project that was never indexed is made searchable first.",
  positionals: [
    { name: "QUERY", description: "A question in plain words, a symbol, or part of one.", required: true, rest: true },
  ],
  options: {
    limit: { type: "string", short: "n", value: "N", description: "Most hits to show, 1 to 100 (default 10)." },
    path: {
      type: "string",
      short: "p",
      value: "GLOB",
      description: "Only files that match, such as 'src/**' or '*.ts'.",
    },
    language: {
      type: "string",
      short: "l",
      value: "NAME",
      description: "Only files in this language, such as python.",
    },
    cursor: { type: "string", value: "CURSOR", description: "Go on after a former answer." },
    compact: { type: "boolean", short: "c", description: "Show locations without text." },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
  },
  examples: [
    { line: 'search "where are failed requests retried"', does: "ask in plain words" },
    { line: "search parseConfig --language typescript -n 3", does: "find a symbol" },
    { line: "search 'session cookie' --path 'src/**' --json", does: "search one part, for a script" },
  ],
  run: async (input) => {
    const { openApp } = await import("../app.ts");
    const { options, positionals, printer, signal } = input;
    const limit = numberOf(options["limit"]);
    const config = await input.config();
    // One question, one process: there is no later search that a model still loading could serve.
    await using app = await openApp(config, { embedWaitMs: 30_000 });
    await indexFirst(app, input);
    await app.embedding.find();
    const text = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
    const answer = await app.search.search(
      {
        query: positionals.join(" "),
        limit,
        path: text("path"),
        language: text("language"),
        cursor: text("cursor"),
        compact: options["compact"] === true,
      },
      signal,
    );
    if (input.json) return printer.json(answer);
    return print(answer, input);
  },
});

async function indexFirst(app: App, { printer, signal }: CommandInput): Promise<void> {
  if (await app.isIndexed()) return;
  const bar = createProgressBar(printer);
  printer.err(`Indexing ${app.config.workspace} first …\n`);
  // Words suffice for an answer now; `index` or a running server adds the embeddings.
  await app
    .index({
      full: false,
      lexicalOnly: true,
      signal,
      onEvent: (event) => {
        if (event.stage === "reading") bar.update("Reading", event.done, event.total);
      },
    })
    .finally(() => bar.clear());
}

function numberOf(value: string | boolean | undefined): number | undefined {
  if (typeof value !== "string") return undefined;
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw new UserError("request.bad-arguments", `search: --limit ${value} is no whole number from 1 to 100`);
}

function print({ hits, index, notice, nextCursor }: SearchAnswer<CodeHit>, { printer, options }: CommandInput): void {
  const { style } = printer;
  if (hits.length === 0) {
    printer.out(index.files === 0 ? "The index is empty: there are no files to search.\n" : "Nothing found.\n");
    printer.err("hint: try fewer or other words, or without --path and --language.\n");
  }
  for (const hit of hits) {
    const range = hit.startLine === hit.endLine ? `${hit.startLine}` : `${hit.startLine}-${hit.endLine}`;
    const symbol = hit.symbol === null ? "" : `  ${style("bold", hit.symbol)}`;
    printer.out(`${style("cyan", `${hit.path}:${range}`)}${symbol}  ${style("dim", hit.score.toFixed(2))}\n`);
    if (options["compact"] === true) continue;
    const lines = hit.text.split("\n");
    for (const line of lines.slice(0, SHOWN_LINES)) printer.out(`  ${printable(line)}\n`);
    if (lines.length > SHOWN_LINES) printer.out(style("dim", `  … ${lines.length - SHOWN_LINES} more lines\n`));
    printer.out("\n");
  }
  if (notice !== undefined) printer.err(`${printer.errStyle("yellow", "note:")} ${notice}\n`);
  if (nextCursor !== undefined) printer.err(`More: add --cursor ${nextCursor}\n`);
}

/** A line of somebody's file as a terminal may show it: its escape sequences must not reach the terminal. */
function printable(line: string): string {
  return line.replaceAll(/(?!\t)[\p{Cc}\p{Bidi_Control}]/gu, "\uFFFD");
}
