// Engine latency and throughput apart from embedding: node bench/engine.mjs [chunks…] (default 10000 100000). Each size is
// built once under the system's temporary directory and kept there. Prints a table and writes bench/results/engine.json.
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { openDatabase } from "../dist/sqlite.js";
import { MIGRATIONS } from "../dist/store/schema.js";
import { stemOf } from "../dist/terms.js";
import { random, sources, vectorMaker, vocabulary, zipf } from "./synthetic.mjs";

const DIMENSIONS = 384;
const LIMIT = 100;
const WORDS = 50_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const seconds = (from) => (performance.now() - from) / 1000;
const cpuSeconds = (from) => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
};

if (isMainThread) await main();
else await answer();

async function main() {
  const sizes = process.argv.slice(2).map(Number);
  const rows = [];
  for (const chunks of sizes.length > 0 ? sizes : [10_000, 100_000]) rows.push(await measure(chunks));
  const results = new URL("results/", import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL("engine.json", results), JSON.stringify(rows, null, 2));
}

async function measure(chunks) {
  const directory = path.join(tmpdir(), `codelab-bench-engine-${chunks}`);
  const file = path.join(directory, "index.db");
  const built = existsSync(path.join(directory, "built")) ? null : await build(file, chunks);
  const store = await openEmbeddedStore(file, { log: quiet });
  const before = process.memoryUsage().rss;
  const ask = questions(store, 99);
  const cold = performance.now();
  await ask.both();
  const row = {
    chunks,
    ...built,
    diskMb: Math.round(statSync(file).size / 1e6),
    firstMs: +(seconds(cold) * 1000).toFixed(0),
  };
  for (let n = 0; n < 100; n++) await ask.both();
  for (const kind of ["lexical", "vector", "both"]) row[kind] = await alone(ask[kind]);
  row.rssMb = Math.round(process.memoryUsage().rss / 1e6);
  row.searchMb = Math.round((process.memoryUsage().rss - before) / 1e6);
  row.recallAt10 = await recall(store, file, chunks);
  await store[Symbol.asyncDispose]();
  for (const threads of [1, 2]) row[`throughput${threads}`] = await together(file, threads);
  console.log(JSON.stringify(row));
  return row;
}

/** Questions of three words, as frequent as words are in the text, and vectors near those of the index. */
function questions(store, seed) {
  const words = vocabulary(WORDS, random(1));
  const draw = zipf(WORDS, random(seed));
  const vector = vectorMaker(DIMENSIONS, 5, seed);
  const lexical = () =>
    store.searchLexical({ terms: Array.from({ length: 3 }, () => ({ text: stemOf(words[draw()]) })), limit: LIMIT });
  const near = () => store.searchVector(vector(), LIMIT);
  return { lexical, vector: near, both: () => Promise.all([lexical(), near()]) };
}

async function alone(ask) {
  const times = [];
  const cpu = process.cpuUsage();
  for (let n = 0; n < 300; n++) {
    const from = performance.now();
    await ask();
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  const at = (share) => +times[Math.floor(share * times.length)].toFixed(2);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), cpuMs: +((1000 * cpuSeconds(cpu)) / times.length).toFixed(2) };
}

/** Questions a second that 32 callers get answered, lexical and vector both, by so many threads. */
async function together(file, threads) {
  const counts = await Promise.all(
    Array.from(
      { length: threads },
      (_, n) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), {
            workerData: { file, seed: 200 + n, callers: 32 / threads },
          });
          worker.once("message", resolve).once("error", reject);
        }),
    ),
  );
  return {
    perSecond: Math.round(counts.reduce((sum, { perSecond }) => sum + perSecond, 0)),
    p95: Math.max(...counts.map(({ p95 }) => p95)),
  };
}

async function answer() {
  const { file, seed, callers } = workerData;
  const store = await openEmbeddedStore(file, { log: quiet });
  const ask = questions(store, seed);
  for (let n = 0; n < 200; n++) await ask.both();
  const times = [];
  const from = performance.now();
  const caller = async () => {
    while (seconds(from) < 4) {
      const asked = performance.now();
      await ask.both();
      times.push(performance.now() - asked);
      await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  times.sort((a, b) => a - b);
  parentPort.postMessage({
    perSecond: times.length / seconds(from),
    p95: +times[Math.floor(0.95 * times.length)].toFixed(1),
  });
  await store[Symbol.asyncDispose]();
}

async function build(file, chunks) {
  const store = await openEmbeddedStore(file, { log: quiet });
  await store.acquireLease();
  await store.useVectors("synthetic", DIMENSIONS);
  let [applySeconds, applyCpu] = [0, 0];
  const batch = [];
  const flush = async () => {
    const [from, cpu] = [performance.now(), process.cpuUsage()];
    await store.apply({ put: batch.splice(0), remove: [], touch: [] });
    applySeconds += seconds(from);
    applyCpu += cpuSeconds(cpu);
  };
  for (const update of sources(chunks, 7, vocabulary(WORDS, random(1)))) if (batch.push(update) >= 100) await flush();
  await flush();
  const vector = vectorMaker(DIMENSIONS, 5, 5);
  let [putSeconds, done] = [0, 0];
  while (done < chunks) {
    const pending = await store.pendingVectors(1000);
    if (pending.length === 0) break;
    const vectors = pending.map(({ vectorKey }) => ({ vectorKey, vector: vector() }));
    const from = performance.now();
    await store.putVectors(vectors);
    putSeconds += seconds(from);
    done += pending.length;
  }
  await store[Symbol.asyncDispose]();
  writeFileSync(path.join(path.dirname(file), "built"), "");
  return {
    chunksPerSecond: Math.round(chunks / applySeconds),
    chunksPerCpuSecond: Math.round(chunks / applyCpu),
    vectorsPerSecond: Math.round(done / putSeconds),
  };
}

/** Of the ten nearest by exact cosine of the original vectors, the share that is found. */
async function recall(store, file, chunks) {
  const tables = await openDatabase(file, { migrations: MIGRATIONS });
  const slotOf = (id) =>
    tables.get("SELECT v.id % 4294967296 AS slot FROM chunk c JOIN vector v ON v.text = c.text WHERE c.id = ?", id)
      .slot;
  const queries = Array.from({ length: chunks > 200_000 ? 20 : 50 }, vectorMaker(DIMENSIONS, 5, 1234));
  const best = queries.map(() => []);
  const vector = vectorMaker(DIMENSIONS, 5, 5);
  for (let slot = 0; slot < chunks; slot++) {
    const stored = vector();
    queries.forEach((query, index) => {
      let score = 0;
      for (let n = 0; n < DIMENSIONS; n++) score += query[n] * stored[n];
      const list = best[index];
      if (list.length < 10 || score > list[9].score) {
        list.push({ slot, score });
        list.sort((a, b) => b.score - a.score);
        list.length = Math.min(list.length, 10);
      }
    });
  }
  let found = 0;
  for (const [index, query] of queries.entries()) {
    const slots = new Set((await store.searchVector(query, 10)).map(({ id }) => slotOf(id)));
    found += best[index].filter(({ slot }) => slots.has(slot)).length;
  }
  tables.close();
  return +(found / (10 * queries.length)).toFixed(4);
}
