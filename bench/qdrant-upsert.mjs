// How fast points reach a Qdrant server through the store, beside the bare client with the least that it could send (vectors as
// fractions, and texts), and beside the bare client with the same points (words, all fields and their indexes) made beforehand:
//
//   npm run build && node bench/qdrant-upsert.mjs [chunks] [dimensions]
//
// Default 20000 384. Runs A B C A B C on one server. Takes about three minutes. Linux only.
import { QdrantClient } from "@qdrant/js-client-rest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../dist/sqlite.js";
import { QdrantConnection } from "../dist/store/qdrant/qdrant-client.js";
import { ensureCollection } from "../dist/store/qdrant/qdrant-collection.js";
import { openQdrantStore } from "../dist/store/qdrant/qdrant-store.js";
import { pointsOf } from "../dist/store/qdrant/qdrant-points.js";
import { SparseEncoder } from "../dist/store/qdrant/sparse.js";
import { MIGRATIONS } from "../dist/store/schema.js";
import { activeSpace } from "../dist/store/vector/vector-writer.js";
import { startQdrant } from "./qdrant/server.mjs";
import { readFlags } from "./shared/flags.mjs";
import { cpuMsSince, round, secondsSince } from "./shared/numbers.mjs";
import { usageOf } from "./shared/processes.mjs";
import { random, sources, vectorMaker, vocabulary } from "./shared/synthetic.mjs";

const [COUNT = 20_000, DIMENSIONS = 384] = readFlags().positionals.map(Number);
const BATCH = 256;
const STREAMS = 3;
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const directory = mkdtempSync(path.join(tmpdir(), "codelab-bench-upsert-"));
const server = await startQdrant(path.join(directory, "server"));
const client = new QdrantClient({ url: server.url, checkCompatibility: false });
const space = { fingerprint: "synthetic", dimensions: DIMENSIONS };
const rows = [];
try {
  const file = path.join(directory, "index.db");
  const vectors = await build(file);
  for (const run of [1, 2]) {
    rows.push({ way: `store (${run})`, ...(await timed(() => throughStore(file, `store${run}`))) });
    rows.push({ way: `bare, least (${run})`, ...(await timed(() => bare(vectors, `least${run}`))) });
    const ready = await readAll(file);
    rows.push({ way: `bare, same points (${run})`, ...(await timed(() => same(ready, `same${run}`))) });
  }
  rows.push({ way: "store: reading points from the books alone", ...(await timed(() => readOnly(file))) });
  console.table(rows);
  console.log(JSON.stringify(summary(), null, 2));
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** The better of both runs each: how fast beside the bare client, and how much of all processor time is ours. */
function summary() {
  const best = (way) => {
    const runs = rows.filter((row) => row.way.startsWith(way));
    return {
      rate: Math.max(...runs.map((row) => row["points per second"])),
      ours: Math.min(...runs.map((row) => row["our ms per point"])),
      theirs: Math.min(...runs.map((row) => row["server ms per point"])),
    };
  };
  const [store, least, same] = [best("store ("), best("bare, least"), best("bare, same points")];
  const ratio = (one, other) => round(one / other);
  const cpu = ({ ours, theirs }) => ours + theirs;
  return {
    "rate, store to bare with the same points": ratio(store.rate, same.rate),
    "rate, store to bare with the least": ratio(store.rate, least.rate),
    "processor time of both sides, bare with the same points to store": ratio(cpu(same), cpu(store)),
    "processor time of both sides, bare with the least to store": ratio(cpu(least), cpu(store)),
    "our share of the store's processor time": ratio(store.ours, cpu(store)),
  };
}

/** Times work on an idle server: what it does of itself with the points that came before would count as well. */
async function timed(work) {
  await untilIdle();
  const [from, cpu, before] = [performance.now(), process.cpuUsage(), usageOf(server.pid).cpuMs];
  await work();
  return {
    "points per second": Math.round(COUNT / secondsSince(from)),
    "our ms per point": round(cpuMsSince(cpu) / COUNT, 3),
    "server ms per point": round((usageOf(server.pid).cpuMs - before) / COUNT, 3),
  };
}

async function untilIdle() {
  for (let green = 0, asked = 0; green < 3 && asked < 1000; asked++) {
    const { collections } = await client.getCollections();
    const infos = await Promise.all(collections.map(({ name }) => client.getCollection(name)));
    green = infos.every(({ status }) => status === "green") ? green + 1 : 0;
    await sleep(300);
  }
}

async function build(file) {
  const store = await openQdrantStore(file, { server: { url: server.url }, log, name: "never-sent" });
  await store.useVectors("synthetic", DIMENSIONS);
  const make = vectorMaker(DIMENSIONS, 5, 1);
  const all = [];
  for (const update of sources(COUNT, 1, vocabulary(50_000, random(1)))) {
    await store.apply({ put: [update], remove: [], touch: [] });
    const vectors = update.chunks.map(({ vectorKey }) => ({ vectorKey, vector: make() }));
    await store.putVectors(vectors);
    all.push(...vectors.map(({ vector }, n) => ({ vector, text: update.chunks[n].text })));
  }
  await store[Symbol.asyncDispose]();
  return all;
}

async function throughStore(file, name) {
  const store = await openQdrantStore(file, { server: { url: server.url }, log, name });
  await store.synchronize();
  await store[Symbol.asyncDispose]();
}

/** The same vectors as fractions and the same texts, without words: the least that a client could send. */
async function bare(all, name) {
  await client.createCollection(name, { vectors: { dense: { size: DIMENSIONS, distance: "Cosine", on_disk: true } } });
  await inStreams(all.length, (from, to) => {
    const points = all.slice(from, to).map(({ vector, text }, n) => ({
      id: from + n,
      vector: { dense: Array.from(vector) },
      payload: { text },
    }));
    return client.upsert(name, { wait: true, points });
  });
}

/** Everything that the store sends, into a collection as the store's is. */
async function same(ready, name) {
  const collection = await ensureCollection(new QdrantConnection({ url: server.url }), { name }, space, COUNT);
  await inStreams(ready.length, (from, to) =>
    client.upsert(collection, { wait: true, points: ready.slice(from, to).map((point) => ({ ...point })) }),
  );
}

async function inStreams(count, send) {
  let next = 0;
  const stream = async () => {
    while (next < count) {
      const from = next;
      next += BATCH;
      await send(from, Math.min(count, from + BATCH));
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, stream));
}

async function readAll(file) {
  const db = await openDatabase(file, { migrations: MIGRATIONS });
  const ids = Array.from({ length: COUNT }, (_, n) => n + 1);
  const points = pointsOf(db, "t", activeSpace(db), ids, new SparseEncoder());
  db.close();
  return points;
}

async function readOnly(file) {
  const db = await openDatabase(file, { migrations: MIGRATIONS });
  const words = new SparseEncoder();
  for (let at = 1; at <= COUNT; at += BATCH) {
    JSON.stringify(
      pointsOf(
        db,
        "t",
        activeSpace(db),
        Array.from({ length: BATCH }, (_, n) => at + n),
        words,
      ),
    );
  }
  db.close();
}
