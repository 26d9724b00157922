// The engine's side of bench/engine.mjs: building a made-up index, and asking it.
import { statSync } from "node:fs";
import { createCodeSearch } from "../../dist/search/search-code.js";
import { CANDIDATES } from "../../dist/search/constants.js";
import { openDatabase } from "../../dist/sqlite.js";
import { openEmbeddedStore } from "../../dist/store/embedded-store.js";
import { MIGRATIONS } from "../../dist/store/schema.js";
import { stemOf } from "../../dist/terms.js";
import { cpuMsSince } from "../shared/numbers.mjs";
import { random, sources, vectorMaker, vocabulary, zipf } from "../shared/synthetic.mjs";
import { DIMENSIONS, SPACE, WORDS } from "./data.mjs";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export const openStore = (file) => openEmbeddedStore(file, { log: quiet });

/** Three words, as frequent as words are in the text, and a vector near those of the index. */
export function questions(store, seed) {
  const words = vocabulary(WORDS, random(1));
  const draw = zipf(WORDS, random(seed));
  const vector = vectorMaker(DIMENSIONS, SPACE, seed);
  const three = () => Array.from({ length: 3 }, () => words[draw()]);
  // Embedding is measured elsewhere: here the vector is there already.
  const embedder = { label: "none", fingerprint: "none", dimensions: DIMENSIONS, embed: async () => [vector()] };
  const search = createCodeSearch({
    store,
    embedder: () => embedder,
    facts: () => ({ freshness: "fresh", embedder: "none" }),
    verify: async () => new Map(),
  });
  return {
    lexical: () => store.searchLexical({ terms: three().map((word) => ({ text: stemOf(word) })), limit: CANDIDATES }),
    vector: () => store.searchVector(vector(), CANDIDATES),
    /** Query in, ranked hits out: places and scores. */
    hits: () => search.search({ query: three().join(" "), compact: true }),
    /** The same with the lines that matter of each hit. */
    whole: () => search.search({ query: three().join(" ") }),
    /** What asking itself costs: to be taken off. */
    nothing: async () => [three(), vector()],
  };
}

export async function build(file, chunks) {
  const store = await openStore(file);
  await store.acquireLease();
  await store.useVectors("synthetic", DIMENSIONS);
  const cpu = process.cpuUsage();
  let batch = [];
  for (const update of sources(chunks, 7, vocabulary(WORDS, random(1)))) {
    batch.push(update);
    if (batch.length < 100) continue;
    await store.apply({ put: batch, remove: [], touch: [] });
    batch = [];
  }
  await store.apply({ put: batch, remove: [], touch: [] });
  const vector = vectorMaker(DIMENSIONS, SPACE, SPACE);
  for (;;) {
    const pending = await store.pendingVectors(1000);
    if (pending.length === 0) break;
    await store.putVectors(pending.map(({ vectorKey }) => ({ vectorKey, vector: vector() })));
  }
  await store[Symbol.asyncDispose]();
  return Math.round(cpuMsSince(cpu) / 1_000);
}

export const diskBytes = (file) => statSync(file).size;

/** Of the ten nearest by exact cosine of the original vectors, the share that is found. */
export async function recall(store, file, chunks) {
  const tables = await openDatabase(file, { migrations: MIGRATIONS });
  const slotOf = (id) =>
    tables.get("SELECT v.id % 4294967296 AS slot FROM chunk c JOIN vector v ON v.text = c.text WHERE c.id = ?", id)
      .slot;
  const queries = Array.from({ length: chunks > 200_000 ? 20 : 50 }, vectorMaker(DIMENSIONS, SPACE, 1234));
  const best = queries.map(() => []);
  const vector = vectorMaker(DIMENSIONS, SPACE, SPACE);
  for (let slot = 0; slot < chunks; slot++) {
    const stored = vector();
    queries.forEach((query, index) => {
      let score = 0;
      for (let n = 0; n < DIMENSIONS; n++) score += query[n] * stored[n];
      const list = best[index];
      if (list.length === 10 && score <= list[9].score) return;
      list.push({ slot, score });
      list.sort((a, b) => b.score - a.score);
      list.length = Math.min(list.length, 10);
    });
  }
  let found = 0;
  for (const [index, query] of queries.entries()) {
    const slots = new Set((await store.searchVector(query, CANDIDATES)).slice(0, 10).map(({ id }) => slotOf(id)));
    found += best[index].filter(({ slot }) => slots.has(slot)).length;
  }
  tables.close();
  return +(found / (10 * queries.length)).toFixed(4);
}
