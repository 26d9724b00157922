// Installs a model that the catalogue does not know, such as one of random weights in the shape of another:
//   npm run build && node bench/embeddings/install-model.mjs HOME NAME WEIGHTS.onnx TOKENIZER.json DIMENSIONS MAX_TOKENS
//     WINDOW [quantise] [clamp] [floats]
// Writes HOME/NAME.json, which the other benchmarks take as --spec. Measures nothing; takes a minute.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { pullModel } from "../../dist/embed/pull-model.js";
import { readFlags } from "../shared/flags.mjs";

const [given, name, weights, tokenizer, dimensions, maxTokens, windowTokens, ...ways] = readFlags().positionals;
const home = path.resolve(given);
const server = createServer((request, response) =>
  createReadStream(request.url.endsWith(".json") ? tokenizer : weights).pipe(response),
);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const pinned = (file, inRepository) => ({
  bytes: statSync(file).size,
  sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
  hub: { repository: "bench/model", revision: "1", path: inRepository },
});
const spec = {
  name,
  aliases: [],
  description: "",
  licence: "MIT",
  dimensions: Number(dimensions),
  maxTokens: Number(maxTokens),
  windowTokens: Number(windowTokens),
  pooling: "mean",
  queryPrefix: "",
  documentPrefix: "",
  quantise: ways.includes("quantise"),
  clampBias: ways.includes("clamp"),
  ...(ways.includes("floats") ? { precision: "float32" } : {}),
  weights: pinned(weights, "model.onnx"),
  tokenizer: pinned(tokenizer, "tokenizer.json"),
  mirrors: [],
};
const env = { ...process.env, HF_ENDPOINT: `http://127.0.0.1:${server.address().port}` };
const model = await pullModel(spec, { home, env });
writeFileSync(path.join(home, `${name}.json`), JSON.stringify(spec, null, 2));
console.log(
  `${name}: ${(model.bytes / 1e6).toFixed(0)} MB, lowest cosine to the original ${model.lowestCosine.toFixed(6)}`,
);
server.close();
