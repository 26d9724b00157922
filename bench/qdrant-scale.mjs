// Search on a Qdrant server through the store and by the bare client: what is found of the exact ten nearest, latency,
// queries a second, processor time of both sides, memory and disk.
//
//   npm run build && node bench/qdrant-scale.mjs [vectors] [dimensions] [--load]
//
// Default 100000 768; --load: without measuring. The load is kept under the system's temporary directory (or
// CODELAB_BENCH_DIR); stopped, it goes on where it stopped. Prints a table and writes bench/results/qdrant-scale-N.json.
// Loading 100,000 takes a few minutes, a million an hour; measuring takes two minutes. Linux only.
import { QdrantClient } from "@qdrant/js-client-rest";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openQdrantStore } from "../dist/store/qdrant/qdrant-store.js";
import { build, send } from "./qdrant/load.mjs";
import { diskBytes, freePort, startQdrant } from "./qdrant/server.mjs";
import { readFlags } from "./shared/flags.mjs";
import { cpuMsSince, percentiles, round, secondsSince } from "./shared/numbers.mjs";
import { usageOf } from "./shared/processes.mjs";
import { keepResults } from "./shared/results.mjs";
import { quickVectorMaker } from "./shared/synthetic.mjs";

const { flags, positionals } = readFlags({ load: false });
const [COUNT = 100_000, DIMENSIONS = 768] = positionals.map(Number);
const QUERIES = 100;
const CALLERS = 32;
const directory = path.join(process.env.CODELAB_BENCH_DIR ?? tmpdir(), `codelab-bench-qdrant-${COUNT}`);
const quiet = { debug() {}, info() {}, warn: console.error, error: console.error };
const queries = Array.from({ length: QUERIES }, quickVectorMaker(DIMENSIONS, 5, 99));

mkdirSync(directory, { recursive: true });
// The books know a server by its address: at another port they would send everything again.
const portFile = path.join(directory, "port");
const http = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : await freePort();
writeFileSync(portFile, String(http));
const server = await startQdrant(path.join(directory, "server"), { http });
const store = await openQdrantStore(path.join(directory, "index.db"), {
  server: { url: server.url, timeoutMs: 600_000 },
  log: quiet,
  name: "scale",
  tenant: "bench",
});
try {
  const load = { directory, count: COUNT, dimensions: DIMENSIONS, questions: queries };
  const { nearest, ...built } = await build(store, load);
  const sent = await send(store, server, {
    directory,
    collection: async () => {
      const { client, name } = await collection();
      return client.getCollection(name);
    },
  });
  console.log(JSON.stringify({ built, sent }, null, 2));
  if (!flags.load) {
    const measured = await measure(nearest.map((list) => list.map(({ id }) => id)));
    const results = { count: COUNT, dimensions: DIMENSIONS, built, sent, ...measured };
    keepResults(`qdrant-scale-${COUNT}`, results);
    console.log(JSON.stringify({ memory: results.memory, disk: results.disk }, null, 2));
    console.table(results.rows);
  }
} finally {
  await store[Symbol.asyncDispose]();
  await server.stop();
}

async function collection() {
  const client = new QdrantClient({ url: server.url, checkCompatibility: false, timeout: 600_000 });
  const { collections } = await client.getCollections();
  return { client, name: collections[0].name };
}

async function measure(truth) {
  const { client, name } = await collection();
  const filter = { must: [{ key: "project_id", match: { value: "bench" } }] };
  const bare = (quantization) => async (vector) => {
    // As the store has it: what is compared is the way there and back, at the same recall.
    const params = { hnsw_ef: 512, quantization };
    const request = { query: Array.from(vector), using: "dense", limit: 10, filter, params, with_payload: ["chunk"] };
    // The server closes connections that were idle for a while, and the client then fails once.
    const { points } = await client.query(name, request).catch(() => client.query(name, request));
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
  for (const run of [1, 2]) {
    for (const [label, ask] of Object.entries(ways)) {
      rows[`${label} (${run})`] = await measureWay(ask, truth);
    }
  }
  const { rssMb, ownMb } = usageOf(server.pid);
  const [residentMb, freshResidentMb] = [Math.round(rssMb), Math.round(fresh.rssMb)];
  const clientMb = process.memoryUsage.rss() / 1e6;
  const memory = { residentMb, ownMb: Math.round(ownMb), freshResidentMb, clientMb };
  const disk = { serverMb: diskBytes(path.join(directory, "server")) / 1e6 };
  const books = statSync(path.join(directory, "index.db")).size / 1e6;
  return { rows, memory, disk: { ...disk, booksMb: books } };
}

async function measureWay(ask, truth) {
  const found = [];
  for (const [n, query] of queries.entries()) {
    const ids = await ask(query);
    found.push(ids.filter((id) => truth[n].includes(id)).length / 10);
  }
  const one = await callers(1, 300, ask);
  const many = await callers(CALLERS, 3000, ask);
  return {
    recall: round(found.reduce((a, b) => a + b) / found.length, 4),
    ...one.times,
    perSecond: one.perSecond,
    clientMs: one.clientMs,
    serverMs: one.serverMs,
    [`p95 at ${CALLERS}`]: many.times.p95,
    [`per second at ${CALLERS}`]: many.perSecond,
    [`clientMs at ${CALLERS}`]: many.clientMs,
    [`serverMs at ${CALLERS}`]: many.serverMs,
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
    perSecond: Math.round(questions / secondsSince(from)),
    clientMs: round(cpuMsSince(cpu) / questions),
    serverMs: round((usageOf(server.pid).cpuMs - before.cpuMs) / questions),
  };
}
