import { defineCommand } from "./command.ts";
import { portOf } from "./port.ts";
import { createProgressBar } from "./progress.ts";

export const embeddingsCommand = defineCommand({
  name: "embeddings",
  summary: "Serve embeddings on this machine, as OpenAI's API does",
  details:
    "Answers POST /v1/embeddings with the models of the catalogue, for Roo Code, Continue, or anything that speaks OpenAI's\n" +
    "API. Listens on this machine only, unless a key is set. /metrics, /healthz, /readyz and /info tell how it is.",
  options: {
    host: { type: "string", value: "HOST", description: "Address to listen on (default 127.0.0.1)." },
    port: { type: "string", value: "PORT", description: "Port to listen on (default 4000)." },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Model that is loaded at once." },
    "api-key": { type: "string", value: "KEY", setting: "embeddingApiKey", description: "Key that clients must send." },
    overflow: {
      type: "string",
      value: "HOW",
      setting: "embeddingOverflow",
      description: "Texts too long for the model: window (default), truncate or refuse.",
    },
    cache: {
      type: "boolean",
      description: "Keep computed vectors (default: yes; --no-cache computes every text anew).",
    },
    pull: { type: "boolean", description: "First download the model, where it is not on this machine." },
    "print-config": {
      type: "string",
      value: "CLIENT",
      description:
        "Show how to configure a client, and end: roo, zoo, kilo, continue, openai-node, openai-python, langchain, llamaindex.",
    },
  },
  examples: [
    { line: "embeddings", does: "serve on http://127.0.0.1:4000/v1" },
    { line: "embeddings --model jina-code-v2", does: "serve another model" },
    { line: "embeddings --print-config roo", does: "what to type into Roo Code's settings" },
  ],
  run: async ({ options, config, printer, json, signal }) => {
    const { describeClient, expectKey, serveEmbeddings } = await import("../app/embeddings.ts");
    const host = typeof options["host"] === "string" ? options["host"] : "127.0.0.1";
    const client = options["print-config"];
    const resolved = await config();
    const address = { host, port: portOf("embeddings", options["port"], resolved.embeddingsPort) };
    if (typeof client === "string") {
      const text = describeClient(resolved, client, address);
      return json ? printer.json({ client, config: text }) : printer.out(`${text.trimEnd()}\n`);
    }
    expectKey(resolved, host);
    if (options["pull"] === true) {
      const { pullModel } = await import("../app/models.ts");
      const bar = createProgressBar(printer);
      await pullModel(resolved, undefined, {
        signal,
        onProgress: ({ activity, done, total }) => bar.update(activity, done, total, "bytes"),
      }).finally(() => bar.clear());
    }
    await serveEmbeddings(resolved, {
      ...address,
      cached: options["cache"] !== false,
      signal,
      onListening: (origin) =>
        json
          ? printer.json({ url: `${origin}/v1` })
          : printer.err(`Serving embeddings on ${origin}/v1; Ctrl-C stops.\n`),
      onReady: (model) => {
        if (!json) printer.err(`${model} is ready.\n`);
      },
    });
    return 0;
  },
});
