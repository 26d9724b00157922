// What one would write instead: node:http and transformers.js. node transformers-server.mjs TRANSFORMERS_DIR MODELS_DIR MODEL DTYPE
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, models, model, dtype] = process.argv.slice(2);
const entry = createRequire(path.join(path.resolve(modules), "x.js")).resolve("@huggingface/transformers");
const { env, pipeline } = await import(pathToFileURL(entry).href);
env.localModelPath = models;
env.allowRemoteModels = false;
const extract = await pipeline("feature-extraction", model, { dtype });
await extract("warm up", { pooling: "mean", normalize: true });

const server = createServer(async (request, response) => {
  const reply = (value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (request.method === "GET") return reply({ status: "ok" });
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { input, encoding_format } = JSON.parse(Buffer.concat(pieces));
  const texts = Array.isArray(input) ? input : [input];
  const vectors = (await extract(texts, { pooling: "mean", normalize: true })).tolist();
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: encoding_format === "base64" ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector,
  }));
  return reply({ object: "list", data, usage: { prompt_tokens: 0, total_tokens: 0 } });
});
// Its event loop stands still for minutes: with the default of five seconds it would drop its clients.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
