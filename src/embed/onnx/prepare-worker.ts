import { readFileSync, writeFileSync } from "node:fs";
import { messageOf } from "../../errors.ts";
import { clampAttentionBias } from "./clamp-bias.ts";
import { dequantise } from "./dequantise.ts";
import { hiddenStateOf, openInference } from "./inference.ts";
import { outputNamesOf, readModel, writeModel } from "./model-file.ts";
import { poolInGraph, POOLED_OUTPUT } from "./pool-graph.ts";
import type { PrepareReply, PrepareRequest } from "./prepare-model.ts";
import { PROBES } from "./probes.ts";
import { quantise } from "./quantise.ts";
import { loadRuntime } from "./runtime.ts";
import { createTextEncoder } from "./text-encoder.ts";
import { cosine, poolTokens } from "./vectors.ts";

// A process of its own: opening a graph takes several times its size in memory, which is given back only by ending.
process.once("message", (request: PrepareRequest) => {
  prepare(request)
    .catch((error: unknown): PrepareReply => ({ failure: messageOf(error) }))
    .then((reply) => process.send?.(reply, () => process.disconnect()))
    .catch(() => process.exit(1));
});

/** Rewrites the graph, and tells how close its vectors are to the original's at worst. */
async function prepare(request: PrepareRequest): Promise<PrepareReply> {
  const model = readModel(readFileSync(request.weights));
  const hiddenState = hiddenStateOf({ outputNames: outputNamesOf(model) });
  if (request.clampBias) clampAttentionBias(model);
  const unrounded = request.floats && dequantise(model);
  const rounded = request.quantise && !request.floats;
  if (rounded) quantise(model);
  poolInGraph(model, hiddenState, request.pooling, request.floats);
  writeFileSync(request.target, writeModel(model), { mode: 0o600 });

  const runtime = loadRuntime(request.runtime);
  const encoder = createTextEncoder(JSON.parse(readFileSync(request.tokenizer, "utf8")));
  const texts = PROBES.map((text) => [
    ...encoder.before,
    ...encoder.encode(text).slice(0, request.windowTokens - encoder.before.length - encoder.after.length),
    ...encoder.after,
  ]);
  const options = { threads: 2, device: "cpu" };
  const original = await openInference(runtime, request.weights, hiddenState, options);
  const expected: Float32Array[] = [];
  for (const ids of texts) {
    const { values, dims } = await original.run([ids]);
    expected.push(poolTokens(values, dims[1] ?? 0, dims[2] ?? 0, request.pooling));
  }
  await original.release();
  const prepared = await openInference(runtime, request.target, POOLED_OUTPUT, options);
  let lowest = 1;
  for (const [index, ids] of texts.entries()) {
    const { values } = await prepared.run([ids]);
    lowest = Math.min(lowest, cosine(values, expected[index] ?? new Float32Array()));
  }
  await prepared.release();
  return { lowestCosine: lowest, arithmetic: unrounded ? "unrounded" : rounded ? "rounded" : "exact" };
}
