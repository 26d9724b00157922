import path from "node:path";
import type { App, IndexEvent, IndexReport } from "../app.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { createProgressBar, type ProgressBar } from "./progress.ts";
import { formatBytes, formatCount, formatDuration } from "./units.ts";

export const indexCommand = defineCommand({
  name: "index",
  summary: "Index a project, so that it can be searched",
  details:
    "Files are searchable by words within seconds; embeddings follow, most recently changed files first. Stop at any\n" +
    "time: the next run goes on where this one stopped, and an unchanged project is checked without reading a file.",
  positionals: [{ name: "PATH", description: "Directory to index (default: the workspace)." }],
  options: {
    full: { type: "boolean", description: "Read every file again, whatever its time and size say." },
    conversations: {
      type: "boolean",
      description:
        "Import conversations and embed them too; --no-conversations leaves them out (default: import only).",
    },
    "lexical-only": { type: "boolean", description: "Leave embeddings for later." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
  },
  examples: [
    { line: "index", does: "index the project you are in" },
    { line: "index ~/src/app --lexical-only", does: "make another project searchable by words alone" },
    { line: "index --json", does: "print the outcome for a script" },
  ],
  run: async (input) => {
    const { openApp } = await import("../app.ts");
    const [directory] = input.positionals;
    const config = await input.config(directory === undefined ? {} : { workspace: directory });
    await using app = await openApp(config);
    const bar = createProgressBar(input.printer);
    const report = await app
      .index({
        full: input.options["full"] === true,
        lexicalOnly: input.options["lexical-only"] === true,
        signal: input.signal,
        onEvent: (event) => show(event, bar, input),
      })
      .finally(() => bar.clear());
    const conversations = await importConversations(app, bar, input);
    if (input.json) return input.printer.json({ ...report, conversations });
    print(report, input);
    if (conversations !== null && conversations.imported > 0) {
      input.printer.out(`Imported ${formatCount(conversations.imported, "conversation log")} as well.\n`);
    }
    return undefined;
  },
});

/** What was imported; null where conversations were left out, or another process is at it. */
async function importConversations(app: App, bar: ProgressBar, { options, signal }: CommandInput) {
  const wanted = options["conversations"];
  if (wanted === false) return null;
  const memory = await app.conversations();
  bar.update("Importing conversations", 0, 0);
  try {
    const imported = await memory.sync("quick", signal);
    // Years of conversations take hours to embed, which a server or `watch` does in the background.
    if (wanted === true && options["lexical-only"] !== true) {
      await memory.embed(signal, (done, total) => bar.update("Embedding conversations", done, total));
    }
    return imported;
  } finally {
    bar.clear();
  }
}

function show(event: IndexEvent, bar: ProgressBar, { printer }: CommandInput): void {
  switch (event.stage) {
    case "waiting":
      bar.clear();
      return printer.err("Another codelab-mcp is writing to this index; waiting for it to finish …\n");
    case "reading":
      return bar.update("Reading", event.done, event.total);
    case "searchable":
      bar.clear();
      if (event.indexed === 0) return undefined;
      return printer.err(`Searchable by words after ${formatDuration(event.tookMs / 1000)}.\n`);
    case "downloading":
      return bar.update(event.what, event.done, event.total, "bytes");
    case "embedding":
      return bar.update("Embedding", event.done, event.total);
    case "sharing":
      return bar.update("Writing for Roo Code", event.done, event.total);
    case "sending":
      return bar.update("Sending to the server", event.done, event.total);
  }
}

function print(report: IndexReport, { printer, positionals, options, program }: CommandInput): void {
  const { style } = printer;
  const { files, chunks, indexed, removed, skipped, embeddedPercent } = report;
  if (files === 0) {
    printer.out(`${report.workspace} has no files to index.\n`);
    printer.err("hint: ignore rules may leave all of them out; `codelab-mcp status` lists what was skipped.\n");
    return;
  }
  const changes = [
    indexed > 0 ? `${formatCount(indexed, "file")} read` : "nothing changed",
    ...(removed > 0 ? [`${formatCount(removed, "file")} removed`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped, "file")} skipped`] : []),
  ];
  printer.out(
    `${style("green", "Indexed")} ${formatCount(files, "file")} in ${formatCount(chunks, "chunk")} ` +
      `(${changes.join(", ")}) in ${formatDuration(report.tookMs / 1000)}, ${formatBytes(report.bytes)}.\n`,
  );
  if (report.notice !== undefined) printer.out(`${style("yellow", "note:")} ${report.notice}\n`);
  else if (report.embedder.startsWith("none"))
    printer.out("It is searched by words alone: embeddings are turned off.\n");
  else if (embeddedPercent < 100) {
    const how = options["lexical-only"] === true ? "without --lexical-only " : "";
    printer.out(`${embeddedPercent}% of it has embeddings; run it again ${how}for the rest.\n`);
  }
  if (report.roo !== null) {
    const { files: written, removed: gone, foreign } = report.roo;
    const left = foreign > 0 ? `; ${formatCount(foreign, "file")} that others wrote are left alone` : "";
    printer.out(`Roo Code's collection: ${formatCount(written, "file")} written, ${gone} removed${left}.\n`);
  }
  const where = positionals[0] === undefined ? "" : ` --workspace ${quote(path.resolve(positionals[0]))}`;
  printer.out(`Search it:  ${style("bold", `${program} search "where is …"${where}`)}\n`);
}

function quote(word: string): string {
  return /^[\w./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
