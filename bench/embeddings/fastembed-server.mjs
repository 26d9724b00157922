// The npm package fastembed behind node:http. node fastembed-server.mjs FASTEMBED_DIR MODEL_DIR
// MODEL_DIR holds model.onnx (or model_optimized.onnx) and the tokenizer's files, laid flat. Its vectors are pooled by the
// first token whatever the model wants: only its speed compares.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const [modules, model] = process.argv.slice(2);
const { FlagEmbedding, EmbeddingModel } = createRequire(path.join(path.resolve(modules), "x.js"))("fastembed");
const embedder = await FlagEmbedding.init({
  model: EmbeddingModel.CUSTOM,
  modelAbsoluteDirPath: path.resolve(model),
  modelName: "model.onnx",
});

const server = createServer(async (request, response) => {
  const reply = (value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (request.method === "GET") return reply({ status: "ok" });
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { input } = JSON.parse(Buffer.concat(pieces));
  const data = [];
  for await (const batch of embedder.embed(Array.isArray(input) ? input : [input], 60)) {
    for (const vector of batch) {
      const embedding = Buffer.from(Float32Array.from(vector).buffer).toString("base64");
      data.push({ object: "embedding", index: data.length, embedding });
    }
  }
  return reply({ object: "list", data, usage: { prompt_tokens: 0, total_tokens: 0 } });
});
// Its event loop stands still for minutes: with the default of five seconds it would drop its clients.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
