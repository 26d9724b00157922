// The load of bench/qdrant-scale.mjs: chunks and vectors into the books, the books to the server. Both may be stopped at any
// moment and go on where they stopped; what is done already is not done again.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMsSince, secondsSince } from "../shared/numbers.mjs";
import { usageOf } from "../shared/processes.mjs";
import { random, quickVectorMaker, vocabulary, zipf } from "../shared/synthetic.mjs";

const BATCH = 1000;
/** Batches between two notes of how far it is: those since the last one are made again, and change nothing. */
const NOTED = 10;

/** Chunks and vectors into the local books; the exact neighbours of each question are kept on the way. */
export async function build(store, { directory, count, dimensions, questions }) {
  const note = noteIn(path.join(directory, "built.json"));
  const empty = { done: 0, seconds: 0, cpu: 0, storeCpu: 0, nearest: questions.map(() => []) };
  const progress = note.read() ?? empty;
  if (progress.done >= count) return progress;
  const words = vocabulary(20_000, random(1));
  const vector = quickVectorMaker(dimensions, 5, 1);
  let [from, cpu] = [performance.now(), process.cpuUsage()];
  await store.useVectors("synthetic", dimensions);
  for (let at = progress.done; at < count; at += BATCH) {
    const draw = zipf(words.length, random(at + 7));
    vector.reseed(at + 1);
    const chunks = Array.from({ length: Math.min(BATCH, count - at) }, (_, n) => chunkOf(at + n, words, draw));
    const vectors = chunks.map(({ vectorKey }) => ({ vectorKey, vector: vector() }));
    vectors.forEach((each, n) => rememberNearest(progress.nearest, questions, each.vector, at + n + 1));
    const before = process.cpuUsage();
    await store.apply({ put: [{ state: stateOf(`src/part${at / BATCH}.ts`), chunks }], remove: [], touch: [] });
    await store.putVectors(vectors);
    progress.storeCpu += cpuMsSince(before) / 1_000;
    progress.done = at + chunks.length;
    if ((at / BATCH) % NOTED !== NOTED - 1 && progress.done < count) continue;
    progress.seconds += secondsSince(from);
    progress.cpu += cpuMsSince(cpu) / 1_000;
    [from, cpu] = [performance.now(), process.cpuUsage()];
    note.write(progress);
    if (progress.done % 50_000 === 0) console.error(`built ${progress.done} in ${progress.seconds.toFixed(0)} s`);
  }
  return progress;
}

/** The queue to the server, and the wait until its graph is built. */
export async function send(store, server, { directory, collection }) {
  const note = noteIn(path.join(directory, "sent.json"));
  const progress = note.read() ?? { sent: 0, seconds: 0, ourCpu: 0, serverCpu: 0, untilIndexed: 0, isDone: false };
  if (progress.isDone) return progress;
  let [from, cpu, before, noted] = [performance.now(), process.cpuUsage(), usageOf(server.pid).cpuMs, 0];
  const add = (done, isSending) => {
    const spent = usageOf(server.pid).cpuMs;
    progress.sent += done - noted;
    if (isSending) progress.seconds += secondsSince(from);
    if (isSending) progress.ourCpu += cpuMsSince(cpu) / 1_000;
    progress.untilIndexed += secondsSince(from);
    progress.serverCpu += (spent - before) / 1_000;
    [from, cpu, before, noted] = [performance.now(), process.cpuUsage(), spent, done];
    note.write(progress);
  };
  const moved = await store.synchronize({
    onProgress: (done, left) => {
      if (done - noted < 25_000) return;
      add(done, true);
      console.error(`sent ${done}, ${left} left, ${progress.seconds.toFixed(0)} s`);
    },
  });
  add(moved, true);
  for (let green = 0, asked = 0; green < 5; asked++) {
    const { status, indexed_vectors_count, segments_count } = await collection();
    green = status === "green" ? green + 1 : 0;
    if (asked % 30 === 0) {
      console.error(`${status}, ${indexed_vectors_count} indexed, ${segments_count} segments`);
      add(noted, false);
    }
    await sleep(1000);
  }
  progress.isDone = true;
  add(noted, false);
  return progress;
}

function noteIn(file) {
  return {
    read: () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null),
    write: (value) => {
      writeFileSync(`${file}.new`, JSON.stringify(value));
      renameSync(`${file}.new`, file);
    },
  };
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

function rememberNearest(nearest, questions, vector, id) {
  nearest.forEach((list, query) => {
    const asked = questions[query];
    let score = 0;
    for (let n = 0; n < vector.length; n++) score += asked[n] * vector[n];
    if (list.length === 10 && score <= list[9].score) return;
    list.push({ id, score });
    list.sort((a, b) => b.score - a.score);
    list.length = Math.min(10, list.length);
  });
}
