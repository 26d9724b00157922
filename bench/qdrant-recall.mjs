// How many of the exact ten nearest a Qdrant server finds, by how far its graph is searched and by what it rescores:
//
//   npm run build && node bench/qdrant-recall.mjs [--vectors FILE.f32,… --questions FILE.f32 [--times N]]
//     [--count N] [--dimensions N] [--m N] [--construct N]
//
// Without files: synthetic clusters (100000 of 768 dimensions), whose members are as far from each other in as many directions
// as can be, the worst for a graph. With files: real vectors, such as bench/qdrant-parity.mjs leaves in WORK/vectors; --times
// makes N of each, between it and one that was embedded soon after it, which is mostly of the same file. Takes
// some minutes for 100,000 vectors, an hour for a million. Linux only.
import { QdrantClient } from "@qdrant/js-client-rest";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { QdrantConnection } from "../dist/store/qdrant/qdrant-client.js";
import { startQdrant } from "./qdrant/server.mjs";
import { readFlags } from "./shared/flags.mjs";
import { percentiles, round } from "./shared/numbers.mjs";
import { usageOf } from "./shared/processes.mjs";
import { keepResults } from "./shared/results.mjs";
import { quickVectorMaker, random } from "./shared/synthetic.mjs";

const { flags } = readFlags({
  vectors: undefined,
  questions: undefined,
  times: 1,
  count: 100_000,
  dimensions: undefined,
  m: 16,
  construct: 128,
});
const DIMENSIONS = Number(flags.dimensions ?? (flags.vectors ? 384 : 768));
const BATCH = 500;
const QUESTIONS = 300;
const WAYS = [
  { rescore: true, oversampling: 2 },
  { rescore: true, oversampling: 5 },
  { rescore: false },
  { ignore: true },
];

const { count, vectors, questions } = flags.vectors ? fromFiles() : synthetic();
const directory = mkdtempSync(path.join(tmpdir(), "codelab-bench-recall-"));
const server = await startQdrant(path.join(directory, "server"));
const client = new QdrantClient({ url: server.url, checkCompatibility: false, timeout: 600_000 });
const connection = new QdrantConnection({ url: server.url, timeoutMs: 600_000 });
try {
  await load();
  const before = usageOf(server.pid).cpuMs;
  await client.updateCollection("recall", { optimizers_config: { indexing_threshold: 1000 } });
  for (let green = 0; green < 4; await sleep(700))
    green = (await client.getCollection("recall")).status === "green" ? green + 1 : 0;
  const graphSeconds = Math.round((usageOf(server.pid).cpuMs - before) / 1_000);
  const truth = [];
  for (const question of questions) truth.push(await ask(question, { exact: true }));
  const rows = [];
  for (const hnsw_ef of [64, 128, 256, 512, 1024])
    for (const quantization of WAYS) rows.push(await measure({ hnsw_ef, quantization }, truth));
  const graph = { m: flags.m, ef_construct: flags.construct, graphSeconds };
  const results = { count, dimensions: DIMENSIONS, real: flags.vectors !== undefined, graph, rows };
  console.log(JSON.stringify({ ...results, rows: undefined }));
  console.table(rows);
  keepResults(`qdrant-recall-${flags.vectors ? "real" : "synthetic"}-${count}`, results);
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** As the store's collections are: float16 on disk, a byte per component in memory, one graph for the tenant. */
async function load() {
  const quantization_config = { scalar: { type: "int8", quantile: 0.99, always_ram: true } };
  await client.createCollection("recall", {
    vectors: {
      dense: { size: DIMENSIONS, distance: "Cosine", datatype: "float16", on_disk: true, quantization_config },
    },
    hnsw_config: { m: 0, payload_m: flags.m, ef_construct: flags.construct },
    optimizers_config: { indexing_threshold: 0, default_segment_number: 2, max_segment_size: 10_000_000 },
  });
  const field_schema = { type: "keyword", is_tenant: true };
  await client.createPayloadIndex("recall", { field_name: "project_id", field_schema, wait: true });
  for (let at = 0; at < count; at += BATCH) {
    const points = Array.from({ length: Math.min(BATCH, count - at) }, (_, n) => ({
      id: at + n,
      vector: { dense: wholeNumbers(vectors(at + n)) },
      payload: { project_id: "bench" },
    }));
    await connection.post("/collections/recall/points/batch?wait=true", { operations: [{ upsert: { points } }] });
  }
}

async function ask(question, params) {
  const filter = { must: [{ key: "project_id", match: { value: "bench" } }] };
  const request = { query: question, using: "dense", limit: 10, filter, params };
  const { points } = await connection.post("/collections/recall/points/query", request);
  return points.map(({ id }) => id);
}

async function measure(params, truth) {
  for (const question of questions.slice(0, 30)) await ask(question, params);
  const times = [];
  const before = usageOf(server.pid).cpuMs;
  let found = 0;
  for (const [n, question] of questions.entries()) {
    const from = performance.now();
    const ids = await ask(question, params);
    times.push(performance.now() - from);
    found += ids.filter((id) => truth[n].includes(id)).length / truth[n].length;
  }
  return {
    ef: params.hnsw_ef,
    way: JSON.stringify(params.quantization),
    recall: round(found / questions.length, 4),
    ...percentiles(times),
    serverMs: round((usageOf(server.pid).cpuMs - before) / questions.length),
  };
}

function synthetic() {
  const make = quickVectorMaker(DIMENSIONS, 5, 1);
  const asked = Array.from({ length: QUESTIONS }, quickVectorMaker(DIMENSIONS, 5, 99));
  return { count: flags.count, vectors: () => make(), questions: asked.map(wholeNumbers) };
}

function fromFiles() {
  const read = (file) => {
    const all = new Float32Array(new Uint8Array(readFileSync(file)).buffer);
    return Array.from({ length: Math.floor(all.length / DIMENSIONS) }, (_, n) =>
      all.subarray(n * DIMENSIONS, (n + 1) * DIMENSIONS),
    );
  };
  const real = flags.vectors.split(",").flatMap(read);
  const asked = read(flags.questions);
  const next = random(1);
  const between = (n) => {
    const other = real[Math.min(real.length - 1, (n % real.length) + 1 + Math.floor(8 * next()))];
    const share = 0.8 * next();
    return real[n % real.length].map((value, axis) => value + share * (other[axis] - value) + 0.02 * (next() - 0.5));
  };
  return {
    count: real.length * flags.times,
    vectors: (n) => (n < real.length ? real[n] : between(n)),
    questions: asked.filter((_, n) => n % Math.ceil(asked.length / QUESTIONS) === 0).map(wholeNumbers),
  };
}

/** The server brings vectors to length 1 by itself: four digits hold a direction. */
function wholeNumbers(vector) {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return Array.from(vector, (value) => Math.round((9_999 * value) / largest));
}
