import { choiceHint } from "../edit-distance.ts";
import type { ListedModel } from "../app/models.ts";
import { UserError } from "../errors.ts";
import { defineCommand } from "./command.ts";
import type { Printer } from "./printer.ts";
import { createProgressBar } from "./progress.ts";
import { formatBytes } from "./units.ts";

export const modelsCommand = defineCommand({
  name: "models",
  summary: "List the embedding models, or download one",
  positionals: [
    { name: "ACTION", description: "list (default) or pull." },
    { name: "MODEL", description: "What to pull (default: all that the configuration asks for)." },
  ],
  examples: [
    { line: "models", does: "what there is, and what is already on this machine" },
    { line: "models pull", does: "download what is needed by default, before it is" },
    { line: "models pull gte-small", does: "download one model" },
  ],
  run: async ({ positionals: [action = "list", name], config, printer, json, signal }) => {
    const { listModels, pullModel, pullNeeded } = await import("../app/models.ts");
    const resolved = await config();
    if (action === "list") {
      if (name !== undefined)
        throw new UserError("request.bad-arguments", `models: list takes no model, such as "${name}"`);
      const models = listModels(resolved);
      if (json) return printer.json(models);
      for (const line of table(models, printer)) printer.out(`${line}\n`);
      return undefined;
    }
    if (action !== "pull") {
      throw new UserError("request.bad-arguments", `models: unknown action "${action}"`, {
        hint: choiceHint(action, ["list", "pull"]),
      });
    }
    const bar = createProgressBar(printer);
    const options = {
      signal,
      onProgress: ({ activity, done, total }: { activity: string; done: number; total: number }) =>
        bar.update(activity, done, total, "bytes"),
    };
    const pulled = await (
      name === undefined ? pullNeeded(resolved, options) : pullModel(resolved, name, options).then((model) => [model])
    ).finally(() => bar.clear());
    // One is told as one, as ever.
    if (json) return printer.json(pulled.length === 1 ? pulled[0] : pulled);
    for (const { name: model, file, bytes } of pulled) {
      printer.out(`${model} is installed: ${file} (${formatBytes(bytes)})\n`);
    }
    return undefined;
  },
});

/** A line for each model, its columns one below the other. */
function table(models: readonly ListedModel[], { style }: Printer): string[] {
  const rows = models.map((model) => [
    model.name,
    `${model.dimensions} dimensions`,
    `${model.maxTokens.toLocaleString("en")} tokens`,
    model.bytes === null ? "" : formatBytes(model.bytes),
    model.licence,
    [
      ...(model.isDefault ? ["default"] : []),
      ...(model.installed ? [style("green", "installed")] : model.from === "hub" ? ["from its model hub only"] : []),
      ...model.aliases.slice(0, 1).map((alias) => style("dim", `alias ${alias}`)),
    ].join(", "),
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const [name = "", ...facts] = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return [style("bold", name), ...facts].join("  ").trimEnd();
  });
}
