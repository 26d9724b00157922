import { choiceHint } from "../edit-distance.ts";
import type { App } from "../app.ts";
import { UserError } from "../errors.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { numberOf, type NumberRange } from "./numbers.ts";
import { printCode, printConversations } from "./print-hits.ts";
import { refreshFirst } from "./refresh-first.ts";

export const searchCommand = defineCommand({
  name: "search",
  summary: "Search the project's code, or past conversations, by meaning and by words",
  details: "What is new or changed is made searchable first.",
  positionals: [
    { name: "QUERY", description: "A question in plain words, a symbol, or part of one.", required: true, rest: true },
  ],
  options: {
    in: { type: "string", value: "WHERE", description: "code (default) or conversations." },
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
      description: "Only files in this language, such as python; its usual extension will do.",
    },
    project: { type: "string", value: "NAME", description: "Only conversations of this project." },
    session: { type: "string", value: "ID", description: "Only this conversation." },
    branch: { type: "string", value: "NAME", description: "Only conversations on this git branch." },
    file: {
      type: "string",
      value: "FILE",
      description: "Only exchanges that read or wrote this file, such as auth.ts or src/auth.ts.",
    },
    since: { type: "string", value: "TIME", description: "Only conversations after this, such as 2026-10-01 or 7d." },
    until: { type: "string", value: "TIME", description: "Only conversations up to this; a day counts whole." },
    "max-tokens": {
      type: "string",
      value: "N",
      description: "Most tokens of all hits, 100 to 40000; what does not fit is on the next page.",
    },
    cursor: { type: "string", value: "CURSOR", description: "Go on after a former answer." },
    compact: { type: "boolean", short: "c", description: "Show locations without text." },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
  },
  examples: [
    { line: 'search "where are failed requests retried"', does: "ask in plain words" },
    { line: "search parseConfig --language typescript -n 3", does: "find a symbol" },
    { line: 'search --in conversations "how did we fix the login"', does: "ask past conversations" },
    { line: 'search --in conversations --file auth.ts "login"', does: "which session touched a file, and why" },
    { line: "search 'session cookie' --path 'src/**' --json", does: "search one part, for a script" },
  ],
  run: async (input) => {
    const { options } = input;
    const where = options["in"] ?? "code";
    if (where !== "code" && where !== "conversations") {
      throw new UserError("request.bad-arguments", `search: --in ${String(where)} is neither code nor conversations`, {
        hint: choiceHint(String(where), ["code", "conversations"]),
      });
    }
    refuseForeignFlags(where, options);
    const limit = countOf("limit", options["limit"], { min: 1, max: 100, what: "a whole number" });
    const bound = { min: 100, max: 40_000, what: "a whole number" };
    const maxTokens = countOf("max-tokens", options["max-tokens"], bound);
    const { openApp } = await import("../app.ts");
    // One question, one process: there is no later search that a model still loading could serve.
    await using app = await openApp(await input.config(), { embedWaitMs: 30_000 });
    await (where === "code" ? searchCode : searchConversations)(app, { limit, maxTokens }, input);
  },
});

/** Flags that narrow one kind of search only; passed over in silence, they would seem to have narrowed the other. */
const FLAGS_OF = {
  code: ["path", "language"],
  conversations: ["project", "session", "branch", "file", "since", "until"],
} as const;

function refuseForeignFlags(where: keyof typeof FLAGS_OF, options: CommandInput["options"]): void {
  const other = where === "code" ? "conversations" : "code";
  const foreign = FLAGS_OF[other].find((flag) => options[flag] !== undefined);
  if (foreign === undefined) return;
  throw new UserError("request.bad-arguments", `search: --${foreign} narrows a search of ${other}, not of ${where}`, {
    hint: where === "code" ? "Add --in conversations, or leave it out." : "Leave out --in, or this flag.",
  });
}

/** How much of what is found is shown. */
type Bounds = Readonly<Record<"limit" | "maxTokens", number | undefined>>;

async function searchCode(app: App, bounds: Bounds, input: CommandInput): Promise<void> {
  await refreshFirst(app, input);
  await app.embedding.find();
  const { options, positionals } = input;
  const text = textOf(options);
  const asked = {
    path: text("path"),
    language: text("language"),
    cursor: text("cursor"),
    compact: options["compact"] === true,
  };
  const answer = await app.search.search({ query: positionals.join(" "), ...bounds, ...asked }, input.signal);
  return input.json ? input.printer.json(answer) : printCode(answer, input);
}

async function searchConversations(app: App, bounds: Bounds, input: CommandInput): Promise<void> {
  const memory = await app.conversations();
  await memory.sync("quick", input.signal);
  memory.freshness = "fresh";
  const { options, positionals } = input;
  const text = textOf(options);
  const asked = {
    query: positionals.join(" "),
    ...bounds,
    cursor: text("cursor"),
    project: text("project"),
    sessionId: text("session"),
    gitBranch: text("branch"),
    file: text("file"),
    since: text("since"),
    until: text("until"),
  };
  const answer = await memory.search.search(asked, input.signal);
  return input.json ? input.printer.json(answer) : printConversations(answer, input);
}

function textOf(options: CommandInput["options"]) {
  return (name: string): string | undefined => (typeof options[name] === "string" ? options[name] : undefined);
}

function countOf(flag: string, value: string | boolean | undefined, range: NumberRange): number | undefined {
  return typeof value === "string" ? numberOf("search", flag, value, range) : undefined;
}
