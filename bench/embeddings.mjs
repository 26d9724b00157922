// The embedding service under load: node bench/embeddings.mjs HOME MODEL [--chunks 600] [--spec FILE] [--workers N] [--threads N]
//   [--peer DIR_WITH_TRANSFORMERS --peer-models DIR --peer-model NAME --peer-dtype q8] [--requests 2000]
// Prints a table, and with --json the figures. Run `codelab-mcp models pull MODEL` with CODELAB_HOME=HOME before.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { atOnce, chunksOf, post, rooLoad } from "./embeddings/load.mjs";
import { usage } from "./embeddings/processes.mjs";

const here = (name) => fileURLToPath(new URL(`embeddings/${name}`, import.meta.url));
const text = { type: "string" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    chunks: text,
    spec: text,
    workers: text,
    threads: text,
    requests: text,
    json: { type: "boolean" },
    peer: text,
    "peer-models": text,
    "peer-model": text,
    "peer-dtype": text,
  },
});
const [home, model] = positionals;
const chunks = chunksOf(fileURLToPath(new URL("../src", import.meta.url)), Number(values.chunks ?? 600));
const flags = ["spec", "workers", "threads"].flatMap((name) =>
  values[name] === undefined ? [] : [`--${name}`, values[name]],
);
const results = {};

await withServer([here("server.mjs"), home, model, ...flags], async (server) => {
  results.ours = await rooLoad(server, model, chunks);
  results.concurrency = {};
  for (const width of [1, 8, 64]) results.concurrency[width] = await rate(server, width, chunks.slice(0, 200));
  results.soak = await soak(server, Number(values.requests ?? 0));
});
if (values.peer !== undefined) {
  const args = [values.peer, values["peer-models"], values["peer-model"], values["peer-dtype"] ?? "q8"];
  await withServer(
    [here("peer-server.mjs"), ...args],
    async (server) => (results.peer = await rooLoad(server, model, chunks)),
  );
}
const folder = mkdtempSync(path.join(os.tmpdir(), "codelab-bench-"));
await withServer(
  [here("server.mjs"), home, model, ...flags, "--cache", path.join(folder, "cache.db")],
  async (server) => {
    const batches = Array.from({ length: 4 }, (_, index) => chunks.slice(index * 60, index * 60 + 60)).filter(
      (batch) => batch.length > 0,
    );
    for (const input of batches) await post(server.origin, { model, input });
    const repeats = Array.from({ length: 40 }, () => batches).flat();
    const before = usage(server.pid);
    const started = performance.now();
    await atOnce(
      10,
      repeats.map((input) => () => post(server.origin, { model, input })),
    );
    const texts = repeats.reduce((sum, batch) => sum + batch.length, 0);
    const cpuMs = usage(server.pid).cpuMs - before.cpuMs;
    results.cache = {
      textsPerSecond: (texts / (performance.now() - started)) * 1_000,
      cpuMicrosPerText: (cpuMs / texts) * 1_000,
    };
  },
);
rmSync(folder, { recursive: true, force: true });
print();

/** One text a request, so many requests at once. */
async function rate(server, width, texts) {
  const before = usage(server.pid);
  const started = performance.now();
  await atOnce(
    width,
    texts.map((input) => () => post(server.origin, { model, input })),
  );
  const seconds = (performance.now() - started) / 1_000;
  return {
    textsPerSecond: texts.length / seconds,
    cpuMsPerText: (usage(server.pid).cpuMs - before.cpuMs) / texts.length,
  };
}

/** Requests of mixed size at concurrency 64, a tenth of whose clients leave midway: does memory stay flat? */
async function soak(server, requests) {
  if (requests === 0) return undefined;
  let failures = 0;
  let done = 0;
  let early = 0;
  const sizes = [1, 1, 2, 5, 20];
  const tasks = Array.from({ length: requests }, (_, index) => async () => {
    const input = Array.from(
      { length: sizes[index % sizes.length] },
      (_unused, item) => `${index} ${item} ${"word ".repeat((index * 7 + item) % 60)}`,
    );
    const leaves = index % 10 === 9;
    await post(server.origin, { model, input }, leaves ? AbortSignal.timeout(30) : undefined).catch(
      () => (failures += leaves ? 0 : 1),
    );
    done += 1;
    if (done === Math.ceil(requests / 10)) early = usage(server.pid).rssMb;
  });
  const started = performance.now();
  await atOnce(64, tasks);
  const { rssMb } = usage(server.pid);
  return { requests, failures, seconds: (performance.now() - started) / 1_000, rssMbAtTenth: early, rssMbAtEnd: rssMb };
}

async function withServer(args, body) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const origin = await new Promise((resolve, reject) => {
      child.stdout.once("data", (data) => resolve(String(data).trim()));
      child.once("exit", (code) => reject(new Error(`${args[0]} ended with ${code}`)));
    });
    await body({ origin, pid: child.pid });
  } finally {
    child.kill("SIGKILL");
  }
}

function print() {
  if (values.json) return console.log(JSON.stringify(results, null, 2));
  const round = (value) => (typeof value === "number" ? Math.round(value * 10) / 10 : value);
  console.log(`${model}, ${chunks.length} chunks, load ${os.loadavg()[0].toFixed(1)}`);
  for (const name of ["ours", "peer"]) {
    const row = results[name];
    if (row === undefined) continue;
    const { healthMs, queryMs } = row;
    console.log(
      `${name}: ${round(row.chunksPerSecond)} chunks/s, ${round(row.cpuMsPerChunk)} CPU-ms each, ${row.failures} failures`,
    );
    console.log(
      `  /health p95 ${healthMs.p95} p99 ${healthMs.p99} max ${healthMs.max} ms; query p50 ${queryMs.p50} p95 ${queryMs.p95} ms`,
    );
    console.log(`  peak RSS ${round(row.peakRssMb)} MB, PSS ${round(row.pssMb)} MB`);
  }
  for (const [width, { textsPerSecond, cpuMsPerText }] of Object.entries(results.concurrency)) {
    console.log(`concurrency ${width}: ${round(textsPerSecond)} texts/s, ${round(cpuMsPerText)} CPU-ms each`);
  }
  console.log(
    `cache: ${round(results.cache.textsPerSecond)} texts/s, ${round(results.cache.cpuMicrosPerText)} CPU-µs each`,
  );
  if (results.soak) console.log("soak:", JSON.stringify(results.soak));
}
