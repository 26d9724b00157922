// llama.cpp behind node:http, by the npm package node-llama-cpp. node llama-server.mjs NODE_LLAMA_CPP_DIR MODEL.gguf
// random-gguf.mjs writes a model of MiniLM's shape, where no real one can be had: speed does not depend on the weights.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, modelPath] = process.argv.slice(2);
const entry = createRequire(path.join(path.resolve(modules), "x.js")).resolve("node-llama-cpp");
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({ gpu: false, build: "never", logLevel: "error" });
const model = await llama.loadModel({ modelPath });
const context = await model.createEmbeddingContext({ contextSize: 512, batchSize: 512 });

const server = createServer(async (request, response) => {
  const reply = (value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (request.method === "GET") return reply({ status: "ok" });
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { input } = JSON.parse(Buffer.concat(pieces));
  const data = [];
  for (const text of Array.isArray(input) ? input : [input]) {
    const ids = model.tokenize(text).slice(0, 500);
    const { vector } = await context.getEmbeddingFor(ids);
    const embedding = Buffer.from(Float32Array.from(vector).buffer).toString("base64");
    data.push({ object: "embedding", index: data.length, embedding });
  }
  return reply({ object: "list", data, usage: { prompt_tokens: 0, total_tokens: 0 } });
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
