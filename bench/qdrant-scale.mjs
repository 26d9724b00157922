// Search on a Qdrant server through the store and by the bare client: node bench/qdrant-scale.mjs [vectors] [dimensions]
// (default 100000 768). Loaded once under the system's temporary directory (or CODELAB_BENCH_DIR) and kept there.
// Prints a table and writes bench/results/qdrant-scale-N.json.
import { QdrantClient } from "@qdrant/js-client-rest";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openQdrantStore } from "../dist/store/qdrant/qdrant-store.js";
import { diskBytes, percentiles, startQdrant, usageOf } from "./qdrant-process.mjs";
import { random, vectorMaker, vocabulary, zipf } from "./synthetic.mjs";

const COUNT = Number(process.argv[2] ?? 100_000);
const DIMENSIONS = Number(process.argv[3] ?? 768);
const QUERIES = 100;
const CALLERS = 32;
const BATCH = 1000;
const directory = path.join(process.env.CODELAB_BENCH_DIR ?? tmpdir(), `codelab-bench-qdrant-${COUNT}`);
const quiet = { debug() {}, info() {}, warn: console.error, error: console.error };
const seconds = (from) => (performance.now() - from) / 1000;
const cpuSeconds = (from) => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
};
const queries = (() => {
  const make = vectorMaker(DIMENSIONS, 5, 99);
  return Array.from({ length: QUERIES }, make);
})();

mkdirSync(directory, { recursive: true });
const server = await startQdrant(path.join(directory, "server"));
const store = await openQdrantStore(path.join(directory, "index.db"), {
  server: { url: server.url, timeoutMs: 600_000 },
  log: quiet,
  name: "scale",
  tenant: "bench",
});
try {
  const built = await once("built.json", build);
  const sent = await once("sent.json", send);
  const results = { count: COUNT, dimensions: DIMENSIONS, built: built.figures, sent, ...(await measure(built.truth)) };
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`qdrant-scale-${COUNT}.json`, folder), JSON.stringify(results, null, 2));
  console.log(JSON.stringify({ built: built.figures, sent, memory: results.memory, disk: results.disk }, null, 2));
  console.table(results.rows);
} finally {
  await store[Symbol.asyncDispose]();
  await server.stop();
}

/** The result of a step that need not be repeated. */
async function once(name, step) {
  const file = path.join(directory, name);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const result = await step();
  writeFileSync(file, JSON.stringify(result));
  return result;
}

/** Chunks and vectors into the local books; the exact neighbours of each query are kept on the way. */
async function build() {
  const words = vocabulary(20_000, random(1));
  const draw = zipf(words.length, random(7));
  const vector = vectorMaker(DIMENSIONS, 5, 1);
  const nearest = queries.map(() => []);
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  let ours = 0;
  await store.useVectors("synthetic", DIMENSIONS);
  for (let at = 0; at < COUNT; at += BATCH) {
    const chunks = Array.from({ length: Math.min(BATCH, COUNT - at) }, (_, n) => chunkOf(at + n, words, draw));
    const vectors = chunks.map(({ vectorKey }) => ({ vectorKey, vector: vector() }));
    vectors.forEach((each, n) => rememberNearest(nearest, each.vector, at + n + 1));
    const before = process.cpuUsage();
    await store.apply({ put: [{ state: stateOf(`src/part${at / BATCH}.ts`), chunks }], remove: [], touch: [] });
    await store.putVectors(vectors);
    ours += cpuSeconds(before);
    if (at % 50_000 === 0) console.error(`built ${at} in ${seconds(from).toFixed(0)} s`);
  }
  const figures = { seconds: +seconds(from).toFixed(0), cpu: +cpuSeconds(cpu).toFixed(0), storeCpu: +ours.toFixed(0) };
  return { truth: nearest.map((list) => list.map(({ id }) => id)), figures };
}

function chunkOf(number, words, draw) {
  const text = `${Array.from({ length: 20 }, () => words[draw()]).join(" ")} ${number}`;
  const vectorKey = createHash("sha256").update(text).digest("hex");
  const place = { startLine: 1 + (number % BATCH) * 20, endLine: 20 + (number % BATCH) * 20 };
  const rest = { language: "typescript", kind: "function", symbol: null, defines: [], embedText: null, session: null };
  return { ...place, text, vectorKey, ...rest };
}

function stateOf(file) {
  const facts = { size: 1, mtimeMs: 1, inode: 1, hash: file, language: "typescript", chunker: "1", skipped: null };
  return { path: file, ...facts };
}

function rememberNearest(nearest, vector, id) {
  nearest.forEach((list, query) => {
    const asked = queries[query];
    let score = 0;
    for (let n = 0; n < DIMENSIONS; n++) score += asked[n] * vector[n];
    if (list.length === 10 && score <= list[9].score) return;
    list.push({ id, score });
    list.sort((a, b) => b.score - a.score);
    list.length = Math.min(10, list.length);
  });
}

/** The queue to the server, and the wait until its graph is built. */
async function send() {
  const [from, cpu, before] = [performance.now(), process.cpuUsage(), usageOf(server.pid)];
  await store.synchronize({
    onProgress: (done, left) => done % 51_200 < 256 && console.error(`sent ${done}, ${left} left, ${seconds(from)} s`),
  });
  const sending = { seconds: +seconds(from).toFixed(0), ourCpu: +cpuSeconds(cpu).toFixed(0) };
  await untilGreen();
  const { cpuSeconds: spent } = usageOf(server.pid);
  return { ...sending, untilIndexed: +seconds(from).toFixed(0), serverCpu: Math.round(spent - before.cpuSeconds) };
}

async function collection() {
  const client = new QdrantClient({ url: server.url, checkCompatibility: false, timeout: 600_000 });
  const { collections } = await client.getCollections();
  return { client, name: collections[0].name };
}

async function untilGreen() {
  const { client, name } = await collection();
  for (let green = 0; green < 5;) {
    const { status, indexed_vectors_count } = await client.getCollection(name);
    green = status === "green" ? green + 1 : 0;
    if (Math.random() < 0.02) console.error(`${status}, ${indexed_vectors_count} indexed`);
    await sleep(1000);
  }
}

async function measure(truth) {
  const { client, name } = await collection();
  const filter = { must: [{ key: "project_id", match: { value: "bench" } }] };
  const bare = (quantization) => async (vector) => {
    const params = { hnsw_ef: 128, quantization };
    const request = { query: Array.from(vector), using: "dense", limit: 10, filter, params, with_payload: ["chunk"] };
    const { points } = await client.query(name, request);
    return points.map(({ payload }) => payload.chunk);
  };
  const ways = {
    "store, int8 rescored": async (vector) => (await store.searchVector(vector, 10)).map(({ id }) => id),
    "bare, int8 rescored": bare({ rescore: true, oversampling: 2 }),
    "bare, int8 alone": bare({ rescore: false }),
    "bare, no quantisation": bare({ ignore: true }),
  };
  const rows = {};
  for (const ask of Object.values(ways)) for (const query of queries) await ask(query);
  const fresh = usageOf(server.pid);
  for (const round of [1, 2]) {
    for (const [label, ask] of Object.entries(ways)) {
      const row = await run(ask, truth);
      rows[`${label} (${round})`] = row;
    }
  }
  const { residentMb, ownMb } = usageOf(server.pid);
  const memory = { residentMb, ownMb, freshResidentMb: fresh.residentMb, clientMb: process.memoryUsage.rss() / 1e6 };
  const disk = { serverMb: diskBytes(path.join(directory, "server")) / 1e6 };
  const books = statSync(path.join(directory, "index.db")).size / 1e6;
  return { rows, memory, disk: { ...disk, booksMb: books } };
}

async function run(ask, truth) {
  const found = [];
  for (const [n, query] of queries.entries()) {
    const ids = await ask(query);
    found.push(ids.filter((id) => truth[n].includes(id)).length / 10);
  }
  const one = await callers(1, 300, ask);
  const many = await callers(CALLERS, 3000, ask);
  return {
    recall: +(found.reduce((a, b) => a + b) / found.length).toFixed(4),
    ...one.times,
    perSecond: one.perSecond,
    clientMs: one.clientMs,
    serverMs: one.serverMs,
    [`p95 at ${CALLERS}`]: many.times.p95,
    [`per second at ${CALLERS}`]: many.perSecond,
  };
}

async function callers(count, questions, ask) {
  const times = [];
  let next = 0;
  const [from, cpu, before] = [performance.now(), process.cpuUsage(), usageOf(server.pid)];
  const caller = async () => {
    while (next < questions) {
      const query = queries[next++ % queries.length];
      const asked = performance.now();
      await ask(query);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: count }, caller));
  return {
    times: percentiles(times),
    perSecond: Math.round(questions / seconds(from)),
    clientMs: +((1000 * cpuSeconds(cpu)) / questions).toFixed(2),
    serverMs: +((1000 * (usageOf(server.pid).cpuSeconds - before.cpuSeconds)) / questions).toFixed(2),
  };
}
