import { UserError } from "../errors.ts";
import { defineCommand } from "./command.ts";
import { createProgressBar } from "./progress.ts";
import { formatBytes } from "./units.ts";

export const modelsCommand = defineCommand({
  name: "models",
  summary: "List the embedding models, or download one",
  positionals: [
    { name: "ACTION", description: "list (default) or pull." },
    { name: "MODEL", description: "What to pull (default: the model that is configured)." },
  ],
  examples: [
    { line: "models", does: "what there is, and what is already on this machine" },
    { line: "models pull gte-small", does: "download a model before it is needed" },
  ],
  run: async ({ positionals: [action = "list", name], config, printer, json, signal }) => {
    const { listModels, pullModel } = await import("../app/models.ts");
    const resolved = await config();
    if (action === "list" && name === undefined) {
      const models = listModels(resolved);
      if (json) return printer.json(models);
      for (const model of models) {
        const state = model.installed ? printer.style("green", "installed") : model.isDefault ? "default" : "";
        const facts = `${model.dimensions} dimensions, ${model.maxTokens} tokens, ${model.licence}`;
        printer.out(`${printer.style("bold", model.name.padEnd(32))} ${facts.padEnd(50)} ${state}\n`);
      }
      return undefined;
    }
    if (action !== "pull") {
      throw new UserError("request.bad-arguments", `models: unknown action "${action}"`, {
        hint: "It is list or pull.",
      });
    }
    const bar = createProgressBar(printer);
    const pulled = await pullModel(resolved, name, {
      signal,
      onProgress: ({ activity, done, total }) => bar.update(activity, done, total, "bytes"),
    }).finally(() => bar.clear());
    if (json) return printer.json(pulled);
    printer.out(`${pulled.name} is installed: ${pulled.file} (${formatBytes(pulled.bytes)})\n`);
    return undefined;
  },
});
