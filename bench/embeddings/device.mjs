// A device beside the processor:
//   npm run build && node bench/embeddings/device.mjs HOME MODEL DEVICE [--spec FILE] [--texts 2000] [--json]
// (`DEVICE_TYPE=webgpu codelab-mcp models pull MODEL` with CODELAB_HOME=HOME before.)
// Are its vectors those of the same graph on the processor, whatever the company? How many texts a second does the service
// embed on it, one text a request at 1, 8 and 64 at once and 60 texts a request at 10 at once, beside the runtime alone in
// a loop over full batches? Takes a minute on a fast card.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { modelNamed, modelsFor } from "../../dist/embed/catalogue.js";
import { openInference } from "../../dist/embed/onnx/inference.js";
import { createOnnxEmbedder } from "../../dist/embed/onnx-embedder.js";
import { POOLED_OUTPUT } from "../../dist/embed/onnx/pool-graph.js";
import { loadRuntime, runtimeDirectory } from "../../dist/embed/onnx/runtime.js";
import { createTextEncoder } from "../../dist/embed/onnx/text-encoder.js";
import { cosine } from "../../dist/embed/onnx/vectors.js";
import { findLocalModel } from "../../dist/embed/pull-model.js";
import { createLogger } from "../../dist/log.js";
import { readFlags } from "../shared/flags.mjs";
import { atOnce, chunksOf, post } from "./load.mjs";
import { withOurs } from "./servers.mjs";

// As in the workers: see worker-link.ts.
process.env.NVIDIA_TF32_OVERRIDE ??= "0";
const { flags, positionals } = readFlags({ spec: undefined, texts: 2_000, json: false });
const [given, name, device] = positionals;
const home = path.resolve(given);
const spec = flags.spec ? JSON.parse(readFileSync(flags.spec, "utf8")) : modelNamed(name, modelsFor(device));
const chunks = chunksOf(fileURLToPath(new URL("../../src", import.meta.url)), flags.texts);
const loads = {
  "100 tokens": chunks.map((chunk) => chunk.slice(0, 360)),
  mixed: chunks.map((chunk, index) => chunk.slice(0, [40, 120, 300, 600, 1_000][index % 5])),
};
const result = { model: name, device, ...(await compareVectors()), throughput: {} };

for (const [load, texts] of Object.entries(loads)) {
  const bare = await bareRate(texts);
  const row = { bare };
  await withOurs({ home, model: name, spec: flags.spec, env: { DEVICE_TYPE: device } }, async ({ origin }) => {
    await rate(origin, texts.slice(0, 600), 64, 1);
    for (const width of [1, 8, 64]) row[`${width} at once`] = await rate(origin, texts.slice(0, 60 * width), width, 1);
    row["60 texts, 10 at once"] = await rate(origin, texts, 10, 60);
  });
  result.throughput[load] = row;
}
if (flags.json) console.log(JSON.stringify(result));
else {
  const { cosineToProcessor, byCompany } = result;
  console.log(`${name} on ${device}: lowest cosine to the processor's vectors ${cosineToProcessor.toFixed(7)}`);
  console.log(`  largest difference by company ${byCompany.toExponential(1)}`);
  for (const [load, row] of Object.entries(result.throughput)) {
    const cells = Object.entries(row).map(([what, perSecond]) => `${what} ${perSecond.toFixed(0)}`);
    console.log(`  ${load}, texts a second: ${cells.join(" | ")}`);
  }
}

async function compareVectors() {
  const log = createLogger("error");
  const texts = loads.mixed.slice(0, 200);
  const vectors = async (on, batches) => {
    const embedder = createOnnxEmbedder(spec, { home, log, device: on });
    const all = [];
    for (const batch of batches) all.push(...(await embedder.embed(batch, { role: "document" })));
    await embedder[Symbol.asyncDispose]();
    return all;
  };
  const together = await vectors(device, [texts]);
  const alone = await vectors(
    device,
    texts.map((text) => [text]),
  );
  const processor = await vectors("cpu", [texts]);
  const apart = together.map((vector, row) =>
    Math.max(...vector.map((value, axis) => Math.abs(value - alone[row][axis]))),
  );
  const cosines = together.map((vector, row) => cosine(vector, processor[row]));
  return { cosineToProcessor: Math.min(...cosines), byCompany: Math.max(...apart) };
}

/** Texts a second of the runtime alone, over batches of near length as large as the device takes. */
async function bareRate(texts) {
  const model = findLocalModel(spec, home);
  const encoder = createTextEncoder(JSON.parse(readFileSync(model.tokenizer, "utf8")));
  const room = spec.windowTokens - encoder.before.length - encoder.after.length;
  const inference = await openInference(loadRuntime(runtimeDirectory(home)), model.graph, POOLED_OUTPUT, {
    threads: 1,
    device,
  });
  const ids = texts
    .map((text) => [...encoder.before, ...encoder.encode(text).slice(0, room), ...encoder.after])
    .toSorted((a, b) => a.length - b.length);
  const batches = [[]];
  for (const text of ids) {
    if ((batches.at(-1).length + 1) * text.length > inference.batchTokens) batches.push([]);
    batches.at(-1).push(text);
  }
  for (const batch of batches) await inference.run(batch);
  const started = performance.now();
  for (const batch of batches) await inference.run(batch);
  const perSecond = (1_000 * texts.length) / (performance.now() - started);
  await inference.release();
  return perSecond;
}

async function rate(origin, texts, width, size) {
  const batches = Array.from({ length: Math.ceil(texts.length / size) }, (_, index) =>
    texts.slice(index * size, (index + 1) * size),
  );
  const started = performance.now();
  await atOnce(
    width,
    batches.map((input) => () => post(origin, { model: name, input })),
  );
  return (1_000 * texts.length) / (performance.now() - started);
}
