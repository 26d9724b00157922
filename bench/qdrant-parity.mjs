// Whether a Qdrant server answers as the embedded store does: the same questions over the same indexes, put to both.
//
//   npm run build && node bench/qdrant-parity.mjs --data DIR --checkouts DIR [--work DIR] [--model NAME | --no-model]
//     [--repos a,b] [--json FILE]
//
// Folders as for bench/retrieval.mjs. Prints, per repository, how much of the first ten both share, how often they are
// the same in the same order, and NDCG@10 of each. Takes a minute a repository, once its vectors are kept in the work folder.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createChunker } from "../dist/chunk/chunk-pool.js";
import { embedPending } from "../dist/indexer/embed-pending.js";
import { indexProject } from "../dist/indexer/index-project.js";
import { createLogger } from "../dist/log.js";
import { measure } from "../dist/search/eval/metrics.js";
import { parseQuestions } from "../dist/search/eval/questions.js";
import { createCodeSearch } from "../dist/search/search-code.js";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { openQdrantStore } from "../dist/store/qdrant/qdrant-store.js";
import { startQdrant } from "./qdrant/server.mjs";
import { readFlags } from "./shared/flags.mjs";
import { percentiles, round } from "./shared/numbers.mjs";
import { homeOfModels, openCachedEmbedder } from "./shared/vector-cache.mjs";

const { flags } = readFlags({
  data: process.env.CODELAB_EVAL,
  checkouts: process.env.CODELAB_EVAL_CHECKOUTS,
  work: path.join(os.tmpdir(), "codelab-qdrant-parity"),
  home: homeOfModels(),
  model: undefined,
  "no-model": false,
  repos: undefined,
  json: undefined,
});
if (!flags.data || !flags.checkouts || !existsSync(flags.data)) {
  console.log("Nothing measured: give --data and --checkouts (or CODELAB_EVAL and CODELAB_EVAL_CHECKOUTS).");
  process.exit(0);
}

const log = createLogger("warn");
const signal = new AbortController().signal;
const code = path.join(flags.data, "code");
const questions = ["semble", "commits"].flatMap((set) =>
  parseQuestions(readFileSync(path.join(code, `${set}.jsonl`), "utf8")),
);
mkdirSync(flags.work, { recursive: true });
const embedder = flags["no-model"] ? null : await openCachedEmbedder(flags);
const server = await startQdrant(path.join(flags.work, "server"));
const rows = [];
try {
  const wanted = flags.repos?.split(",") ?? Array.from(new Set(questions.map(({ repo }) => repo)));
  for (const name of wanted) {
    rows.push(
      await compare(
        name,
        questions.filter(({ repo }) => repo === name),
      ),
    );
    console.log(JSON.stringify(rows.at(-1)));
  }
  const total = rows.reduce((sum, { questions: n }) => sum + n, 0);
  const mean = (field) => round(rows.reduce((sum, row) => sum + row[field] * row.questions, 0) / total, 4);
  const fields = ["overlap", "sameOrder", "embeddedNdcg", "qdrantNdcg", "embeddedP50", "qdrantP50"];
  const all = { repo: "all", questions: total, ...Object.fromEntries(fields.map((field) => [field, mean(field)])) };
  console.table([...rows, all]);
  if (flags.json) writeFileSync(flags.json, JSON.stringify({ embedder: embedder?.label ?? null, rows, all }, null, 2));
} finally {
  await server.stop();
  await embedder?.[Symbol.asyncDispose]();
}

async function compare(name, asked) {
  const file = path.join(flags.work, `${name}${embedder ? "" : "-lexical"}.db`);
  const embedded = await openEmbeddedStore(file, { log });
  await index(embedded, path.join(flags.checkouts, name));
  await embedded[Symbol.asyncDispose]();
  const copy = `${file}.qdrant`;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
  copyFileSync(file, copy);
  const stores = [
    await openEmbeddedStore(file, { log }),
    await openQdrantStore(copy, { server: { url: server.url }, log, name: "parity" }),
  ];
  await stores[1].synchronize();
  const [one, other] = [[], []];
  for (const [answers, store] of [
    [one, stores[0]],
    [other, stores[1]],
  ]) {
    const search = createCodeSearch({
      store,
      embedder: () => embedder,
      facts: () => ({ freshness: "fresh", embedder: embedder?.label ?? "none" }),
      verify: async () => new Map(),
      embedWaitMs: 60_000,
    });
    for (const question of asked) {
      // The question's own vector costs both the same, and is not what is compared.
      if (embedder) await embedder.embed([question.query], { role: "query" });
      const from = performance.now();
      const { hits, notice } = await search.search({ query: question.query });
      if (notice) throw new Error(notice);
      answers.push({ hits, ms: performance.now() - from, ...measure(hits, question.relevant) });
    }
  }
  const { chunks, embedded: vectors } = await stores[0].stats();
  for (const store of stores) await store[Symbol.asyncDispose]();
  const shared = one.map(({ hits }, n) => {
    const places = other[n].hits.map(placeOf);
    const mine = hits.map(placeOf);
    const common = mine.filter((place) => places.includes(place)).length;
    return { overlap: common / Math.max(1, mine.length), same: mine.join() === places.join() };
  });
  const mean = (values) => round(values.reduce((sum, value) => sum + value, 0) / values.length, 4);
  return {
    repo: name,
    chunks,
    vectors,
    questions: asked.length,
    overlap: mean(shared.map(({ overlap }) => overlap)),
    sameOrder: mean(shared.map(({ same }) => Number(same))),
    embeddedNdcg: mean(one.map(({ ndcg10 }) => ndcg10)),
    qdrantNdcg: mean(other.map(({ ndcg10 }) => ndcg10)),
    embeddedP50: percentiles(one.map(({ ms }) => ms)).p50,
    qdrantP50: percentiles(other.map(({ ms }) => ms)).p50,
  };
}

function placeOf({ path: file, startLine }) {
  return `${file}:${startLine}`;
}

async function index(store, root) {
  const chunker = createChunker();
  const ports = { store, chunker, root, ignore: {}, maxFileBytes: 1_000_000 };
  const run = { full: false, lexicalOnly: true, signal, onEvent: () => {} };
  await indexProject({ ...ports, openEmbedder: async () => null, embedBatch: 64 }, run);
  await chunker[Symbol.asyncDispose]();
  if (embedder) for await (const _ of embedPending({ store, embedder }, { batchSize: 64, signal }));
}
