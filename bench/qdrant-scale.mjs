// Search on a Qdrant server through the store and by the bare client:
//
//   node bench/qdrant-scale.mjs [vectors] [dimensions] [--load]      (default 100000 768; --load: without measuring)
//
// The load is kept under the system's temporary directory (or CODELAB_BENCH_DIR); stopped, it goes on where it stopped.
// Prints a table and writes bench/results/qdrant-scale-N.json.
import { QdrantClient } from "@qdrant/js-client-rest";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { openQdrantStore } from "../dist/store/qdrant/qdrant-store.js";
import { build, send } from "./qdrant-load.mjs";
import { diskBytes, freePort, percentiles, startQdrant, usageOf } from "./qdrant-process.mjs";
import { quickVectorMaker } from "./synthetic.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { load: { type: "boolean", default: false } },
});
const [COUNT = 100_000, DIMENSIONS = 768] = positionals.map(Number);
const QUERIES = 100;
const CALLERS = 32;
const directory = path.join(process.env.CODELAB_BENCH_DIR ?? tmpdir(), `codelab-bench-qdrant-${COUNT}`);
const quiet = { debug() {}, info() {}, warn: console.error, error: console.error };
const seconds = (from) => (performance.now() - from) / 1000;
const cpuSeconds = (from) => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
};
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
    const folder = new URL("results/", import.meta.url);
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL(`qdrant-scale-${COUNT}.json`, folder), JSON.stringify(results, null, 2));
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
    perSecond: Math.round(questions / seconds(from)),
    clientMs: +((1000 * cpuSeconds(cpu)) / questions).toFixed(2),
    serverMs: +((1000 * (usageOf(server.pid).cpuSeconds - before.cpuSeconds)) / questions).toFixed(2),
  };
}
