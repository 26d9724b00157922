// Engine latency, throughput, recall, memory and disk, apart from embedding:
//   npm run build && node bench/engine.mjs [chunks…] [--rival FOLDER] [--rival-chunks N] [--json FILE]
// Default 10000 100000. FOLDER has sqlite-vec installed (npm install sqlite-vec@0.1.9): then SQLite FTS5 + sqlite-vec,
// which is brute force, are measured beside it up to N chunks (default 100000).
// "hits" is query in, ranked places out; "with text" adds the lines that matter of each. Threads have a store each; a server
// answers in one. What a user gets through a server, `node bench/serve.mjs` measures. Each index is built once under the
// system's temporary directory and kept there. Prints three tables: one caller, many callers, growth. Takes
// about two minutes a size, and building 1000000 a quarter of an hour before.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import * as ours from "./engine/ours.mjs";
import * as rival from "./engine/rival.mjs";
import { readFlags } from "./shared/flags.mjs";
import { cpuMsSince, percentiles, round, secondsSince } from "./shared/numbers.mjs";

const SECONDS = 4;

if (isMainThread) await main();
else await answer();

async function main() {
  const { flags, positionals } = readFlags({ rival: undefined, "rival-chunks": 100_000, json: undefined });
  const sizes = positionals.length > 0 ? positionals.map(Number) : [10_000, 100_000];
  const extension = flags.rival === undefined ? null : rival.extensionIn(path.resolve(flags.rival));
  if (flags.rival !== undefined && extension === null) throw new Error(`No sqlite-vec in ${flags.rival}.`);
  const rows = [];
  for (const chunks of sizes) {
    rows.push(await measure("codelab-mcp", chunks, "index.db", null));
    if (extension !== null && chunks <= flags["rival-chunks"])
      rows.push(await measure("FTS5 + sqlite-vec", chunks, "rival.db", extension));
  }
  print(rows);
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
}

async function measure(engine, chunks, name, extension) {
  const directory = path.join(tmpdir(), `codelab-bench-engine-${chunks}`);
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, name);
  const row = { engine, chunks };
  const built = `${file}.built`;
  if (!existsSync(built)) {
    // What an interrupted build left.
    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    row.buildCpuSeconds = extension === null ? await ours.build(file, chunks) : rival.build(file, extension, chunks);
    writeFileSync(built, "");
  }
  row.diskMb = Math.round(ours.diskBytes(file) / 1e6);
  Object.assign(row, await inThread({ file, extension, chunks, task: "alone" }));
  row.together = [];
  for (const [kind, callers, threads] of [
    ["hits", 1, 1],
    ["hits", 32, 1],
    ["hits", 32, 2],
    ["whole", 32, 2],
  ]) {
    const parts = await Promise.all(
      Array.from({ length: threads }, (_, n) =>
        inThread({ file, extension, task: "together", seed: 200 + n, kind, callers: callers / threads }),
      ),
    );
    const times = parts.flatMap((part) => part.times);
    const perSecond = Math.round(parts.reduce((sum, part) => sum + part.perSecond, 0));
    row.together.push({ kind, callers, threads, perSecond, ...percentiles(times) });
  }
  // Exact vectors are made again for this, so it comes last and in a thread that is not measured.
  if (extension === null) row.recallAt10 = await inThread({ file, extension, chunks, task: "recall" });
  return row;
}

/** A thread with a heap and a store of its own, so that one measurement leaves nothing to the next. */
function inThread(workerData) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData });
    worker.once("message", resolve).once("error", reject);
  });
}

async function answer() {
  const { file, extension, chunks, task, seed = 99, kind, callers } = workerData;
  const store = extension === null ? await ours.openStore(file) : rival.open(file, extension);
  if (task === "recall") parentPort.postMessage(await ours.recall(store, file, chunks));
  else {
    const before = process.memoryUsage().rss;
    const ask = extension === null ? ours.questions(store, seed) : rival.questions(store, seed);
    const result = task === "alone" ? await alone(ask) : await together(ask[kind], callers);
    if (task === "alone") result.rssMb = Math.round((process.memoryUsage().rss - before) / 1e6);
    parentPort.postMessage(result);
  }
  await store[Symbol.asyncDispose]?.();
}

async function alone(ask) {
  const cold = performance.now();
  await ask.whole();
  const row = { firstMs: Math.round(performance.now() - cold) };
  const budget = performance.now();
  for (let n = 0; n < 300 && secondsSince(budget) < SECONDS; n++) await ask.whole();
  for (const kind of Object.keys(ask)) row[kind] = await timesOf(ask[kind]);
  return row;
}

async function timesOf(ask) {
  const times = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  while (times.length < 500 && (times.length < 40 || secondsSince(start) < 2 * SECONDS)) {
    const from = performance.now();
    await ask();
    times.push(performance.now() - from);
  }
  return { ...percentiles(times), cpuMs: round(cpuMsSince(cpu) / times.length) };
}

async function together(ask, callers) {
  // What a server that has been up for a while keeps in memory: the first thousand questions still read much of the index.
  const warm = performance.now();
  for (let n = 0; n < 2_000 && secondsSince(warm) < 2 * SECONDS; n++) await ask();
  const times = [];
  const from = performance.now();
  const caller = async () => {
    while (secondsSince(from) < SECONDS) {
      const asked = performance.now();
      await ask();
      times.push(performance.now() - asked);
      await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { perSecond: times.length / secondsSince(from), times };
}

/** What a million chunks would take, and how many times as much as the next smaller index of the same engine. */
function growth({ engine, chunks, rssMb, diskMb, hits, lexical, vector }, rows) {
  const smaller = rows.filter((row) => row.engine === engine && row.chunks < chunks).at(-1);
  const times = (value, before) => (before === undefined ? "" : `${(value / before).toFixed(1)} times`);
  return {
    engine,
    chunks: smaller === undefined ? chunks : `${chunks} (${times(chunks, smaller.chunks)})`,
    "memory MB per million": Math.round((rssMb * 1e6) / chunks),
    "disk MB per million": Math.round((diskMb * 1e6) / chunks),
    memory: times(rssMb, smaller?.rssMb),
    disk: times(diskMb, smaller?.diskMb),
    "lexical p50": times(lexical.p50, smaller?.lexical.p50),
    "vector p50": times(vector.p50, smaller?.vector.p50),
    "hits p50": times(hits.p50, smaller?.hits.p50),
  };
}

function print(rows) {
  const latency = ({ p50, p95, p99 }) => `${p50}/${p95}/${p99}`;
  const table = rows.map((row) => ({
    engine: row.engine,
    chunks: row.chunks,
    "lexical p50/95/99 ms": latency(row.lexical),
    "vector p50/95/99 ms": latency(row.vector),
    "hits p50/95/99 ms": latency(row.hits),
    "hits cpu ms": row.hits.cpuMs,
    "with text p50/95/99 ms": latency(row.whole),
    "with text cpu ms": row.whole.cpuMs,
    "recall@10": row.recallAt10 ?? "1 (brute force)",
    "memory MB": row.rssMb,
    "disk MB": row.diskMb,
  }));
  console.table(table);
  const many = rows.flatMap(({ engine, chunks, together: asked }) =>
    asked.map(({ kind, callers, threads, perSecond, ...times }) => {
      const what = kind === "hits" ? kind : "with text";
      return { engine, chunks, what, callers, threads, "q/s": perSecond, "p50/95/99 ms": latency(times) };
    }),
  );
  console.table(many);
  console.table(rows.map((row) => growth(row, rows)));
  for (const row of rows) {
    const own = rows.find(({ engine, chunks }) => engine === "codelab-mcp" && chunks === row.chunks);
    if (own === row || own === undefined) continue;
    const ratio = (kind, time) => `${kind} ${time} ${(row[kind][time] / own[kind][time]).toFixed(1)}`;
    const parts = ["lexical", "vector", "hits", "whole"].flatMap((kind) => [ratio(kind, "p50"), ratio(kind, "p95")]);
    console.log(`${row.chunks} chunks, ${row.engine} takes so many times as long: ${parts.join(", ")}`);
  }
}
