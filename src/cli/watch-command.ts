import { defineCommand } from "./command.ts";
import { formatCount } from "./units.ts";

export const watchCommand = defineCommand({
  name: "watch",
  summary: "Keep the index fresh in the background",
  details:
    "Stays in the foreground until it is stopped. A running `serve` does the same for its project, so this is for machines\n" +
    "where no agent runs all the time. Of several processes on one index, one works and the others wait.",
  positionals: [{ name: "PATH", description: "Directory to watch (default: the workspace)." }],
  options: {
    conversations: { type: "boolean", description: "Keep conversations fresh too (default: yes)." },
    once: { type: "boolean", description: "Bring everything up to date once and end." },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
  },
  examples: [
    { line: "watch", does: "keep the project you are in fresh" },
    { line: "watch --once --json", does: "one sweep, for a scheduler" },
  ],
  run: async ({ positionals: [directory], options, config, printer, json, signal }) => {
    const { openApp } = await import("../app.ts");
    await using app = await openApp(await config(directory === undefined ? {} : { workspace: directory }));
    const conversations = options["conversations"] !== false;
    if (options["once"] === true) {
      const code = await app.index({ full: false, lexicalOnly: false, signal, onEvent: () => {} });
      const memory = conversations ? await app.conversations() : null;
      const imported = (await memory?.sync("quick", signal)) ?? null;
      await memory?.embed(signal);
      if (json) return printer.json({ code, conversations: imported });
      printer.out(`${formatCount(code.indexed + code.removed, "change")} in ${formatCount(code.files, "file")}`);
      printer.out(imported === null ? ".\n" : `, ${formatCount(imported.imported, "conversation log")} imported.\n`);
      return undefined;
    }
    const { keepFresh } = await import("../app/watch.ts");
    const background = await keepFresh(app, { conversations, signal });
    if (!json) printer.err(`Watching ${app.workspace.root}; Ctrl-C stops.\n`);
    await background.done;
    if (json) printer.json(background.statuses());
    return 0;
  },
});
