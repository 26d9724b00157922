// Are the vectors those of the model?
//   npm run build && node bench/embeddings/reference.mjs HOME [--keep DIR]
// Fetches the full-precision weights of MiniLM and gte-small, and compares with values that were published, with the
// runtime run plainly (graph as published, default options, one padded batch), and across orders and company. With --keep
// the weights and our vectors are left in DIR for reference.py, which computes them once more without this runtime. Takes a few
// minutes, most of them the download of 220 MB.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { modelNamed } from "../../dist/embed/catalogue.js";
import { extractNpmPackage } from "../../dist/embed/fetch/npm-package.js";
import { createOnnxEmbedder } from "../../dist/embed/onnx-embedder.js";
import { PROBES } from "../../dist/embed/onnx/probes.js";
import { ensureRuntime } from "../../dist/embed/onnx/runtime.js";
import { createTextEncoder } from "../../dist/embed/onnx/text-encoder.js";
import { cosine, poolTokens } from "../../dist/embed/onnx/vectors.js";
import { pullModel } from "../../dist/embed/pull-model.js";
import { createLogger } from "../../dist/log.js";
import { readFlags } from "../shared/flags.mjs";

const { flags, positionals } = readFlags({ keep: undefined });
const home = path.resolve(positionals[0]);
const gte = modelNamed("gte-small");
const [mirror] = gte.mirrors;
const folder = "dist/Xenova/all-MiniLM-L6-v2";
const minilm = {
  ...modelNamed("all-MiniLM-L6-v2"),
  name: "all-MiniLM-L6-v2-fp32",
  weights: {
    bytes: 90_387_606,
    sha256: "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e",
    hub: { repository: "Xenova/all-MiniLM-L6-v2", revision: "main", path: "onnx/model.onnx" },
  },
  mirrors: [{ ...mirror, paths: { weights: `${folder}/onnx/model.onnx`, tokenizer: `${folder}/tokenizer.json` } }],
};
const sentence = "This is an example sentence";
/** As sentence-transformers' own documentation and several others print them. */
const PUBLISHED = [0.06766, 0.0635, 0.04871, 0.0793, 0.03745];

const scratch = flags.keep ?? mkdtempSync(path.join(os.tmpdir(), "reference-"));
mkdirSync(scratch, { recursive: true });
const directory = await ensureRuntime({ home });
const runtime = createRequire(path.join(directory, "package.json"))("onnxruntime-node");
const log = createLogger("error");
const texts = [sentence, ...PROBES];

for (const spec of [minilm, gte]) {
  const kind = spec.quantise ? "int8" : "full precision";
  const [{ paths }] = spec.mirrors;
  const files = new Set(Object.values(paths));
  await extractNpmPackage(spec.mirrors[0], scratch, { wanted: (file) => files.has(file), activity: "reference" });
  await pullModel(spec, { home });
  const embedder = createOnnxEmbedder(spec, { home, log });
  const ask = (input) => embedder.embed(input, { role: "document" });
  // One window each: what follows is another matter of definition.
  const encoder = createTextEncoder(JSON.parse(readFileSync(path.join(scratch, paths.tokenizer), "utf8")));
  const short = texts.filter((text) => encoder.encode(text).length < spec.windowTokens - 2);
  const ours = await ask(short);
  const plain = await runPlainly(path.join(scratch, paths.weights), encoder, short);
  const cosines = ours.map((vector, index) => cosine(vector, plain[index]));
  console.log(
    `${spec.name} (${kind}), ${short.length} texts: cosine to the plain runtime at least ${Math.min(...cosines).toFixed(6)}`,
  );
  const again = await ask(short.toReversed());
  const alone = [];
  for (const text of short) alone.push(...(await ask([text])));
  console.log(
    `  largest difference by order ${farthest(ours, again.toReversed())}, by company ${farthest(ours, alone)}`,
  );
  if (kind === "full precision") {
    const off = Math.max(...PUBLISHED.map((value, axis) => Math.abs(value - ours[0][axis])));
    console.log(`  largest difference to the published values ${off.toFixed(6)} (they have five digits)`);
    const kept = {
      weights: paths.weights,
      ids: short.map((text) => encoded(encoder, text)),
      vectors: ours.map((vector) => [...vector]),
    };
    writeFileSync(path.join(scratch, "reference.json"), JSON.stringify(kept));
  }
  await embedder[Symbol.asyncDispose]();
}
if (flags.keep === undefined) rmSync(scratch, { recursive: true });

function encoded(encoder, text) {
  return [...encoder.before, ...encoder.encode(text), ...encoder.after];
}

/** One batch, padded to the longest, of the published graph; pooled here, by the mask. */
async function runPlainly(weights, encoder, inputs) {
  const session = await runtime.InferenceSession.create(weights);
  const rows = inputs.map((text) => encoded(encoder, text));
  const width = Math.max(...rows.map((row) => row.length));
  const padded = (value) =>
    BigInt64Array.from(
      rows.flatMap((row) => Array.from({ length: width }, (_, at) => (at < row.length ? value(row[at]) : 0n))),
    );
  const tensor = (value) => new runtime.Tensor("int64", padded(value), [rows.length, width]);
  const feeds = { input_ids: tensor(BigInt), attention_mask: tensor(() => 1n), token_type_ids: tensor(() => 0n) };
  const { last_hidden_state: state } = await session.run(feeds);
  const size = state.dims[2];
  return rows.map((row, index) =>
    poolTokens(state.data.slice(index * width * size, (index * width + row.length) * size), row.length, size, "mean"),
  );
}

function farthest(some, others) {
  return Math.max(
    ...some.map((vector, index) => Math.max(...vector.map((value, axis) => Math.abs(value - others[index][axis])))),
  );
}
