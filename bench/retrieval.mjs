// How well search finds: asks the questions of an evaluation folder of indexes of the repositories they are about, with
// the real chunker, store, ranking and (unless --no-model) embedder, and prints NDCG@10 and the rest per set and kind.
//
//   npm run build && node bench/retrieval.mjs --data DIR --checkouts DIR [--work DIR] [--model NAME | --no-model]
//     [--source-vectors] [--scope root] [--ablate] [--repos a,b] [--run FILE] [--json FILE]
//
// DIR/code holds questions (*.jsonl rows {id,set,repo,lang,query,category,relevant}) and repos.json (with
// `benchmark_root`); the checkouts are one folder per repository name. Indexes and vectors are kept in the work folder,
// so that another run embeds nothing. --source-vectors leaves tests, docs and data to full text.
import { mkdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createChunker } from "../dist/chunk/chunk-pool.js";
import { createEmbedder } from "../dist/embed/create-embedder.js";
import { indexProject } from "../dist/indexer/index-project.js";
import { createLogger } from "../dist/log.js";
import { RANKING } from "../dist/search/constants.js";
import { ablate, contributions } from "../dist/search/eval/ablation.js";
import { askAll } from "../dist/search/eval/ask-all.js";
import { formatContributions, formatSummaries } from "../dist/search/eval/format-report.js";
import { parseQuestions } from "../dist/search/eval/questions.js";
import { summarise } from "../dist/search/eval/summary.js";
import { roleOf } from "../dist/search/path-role.js";
import { createCodeSearch } from "../dist/search/search-code.js";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { openVectorCache } from "./vector-cache.mjs";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: process.env.CODELAB_EVAL },
    checkouts: { type: "string", default: process.env.CODELAB_EVAL_CHECKOUTS },
    work: { type: "string", default: path.join(os.tmpdir(), "codelab-retrieval") },
    home: { type: "string", default: process.env.CODELAB_HOME ?? path.join(os.homedir(), ".codelab-mcp") },
    model: { type: "string" },
    "no-model": { type: "boolean", default: false },
    "source-vectors": { type: "boolean", default: false },
    scope: { type: "string", default: "whole" },
    sets: { type: "string", default: "semble,commits" },
    repos: { type: "string" },
    ablate: { type: "boolean", default: false },
    run: { type: "string" },
    json: { type: "string" },
  },
});
if (!flags.data || !flags.checkouts || !existsSync(flags.data)) {
  console.log("Nothing measured: give --data and --checkouts (or CODELAB_EVAL and CODELAB_EVAL_CHECKOUTS).");
  process.exit(0);
}

const log = createLogger("warn");
const code = path.join(flags.data, "code");
const repos = JSON.parse(readFileSync(path.join(code, "repos.json"), "utf8"));
const questions = flags.sets
  .split(",")
  .flatMap((set) => parseQuestions(readFileSync(path.join(code, `${set}.jsonl`), "utf8")));
mkdirSync(flags.work, { recursive: true });
const embedder = flags["no-model"] ? null : await cachedEmbedder();
const signal = new AbortController().signal;

const all = [];
const ablated = new Map();
for (const [name, { benchmark_root: folder }] of Object.entries(repos)) {
  const own = questions.filter(({ repo }) => repo === name);
  if (own.length === 0 || (flags.repos && !flags.repos.split(",").includes(name))) continue;
  if (flags.scope === "root" && !own.some(({ set }) => set === "semble")) continue;
  const root = path.join(flags.checkouts, name, flags.scope === "root" ? folder : "");
  const store = await indexed(name, root);
  const searchWith = (weights) =>
    createCodeSearch({
      store,
      embedder: () => embedder,
      facts: () => ({ freshness: "fresh", embedder: embedder?.label ?? "none" }),
      verify: async () => new Map(),
      weights,
      embedWaitMs: 60_000,
    });
  const scoped = flags.scope === "root" ? own.map((question) => within(question, folder)) : own;
  const asked = await askAll(scoped, searchWith(RANKING), signal);
  all.push(...asked);
  if (flags.ablate) {
    for (const { part, asked: without } of await ablate(scoped, searchWith, signal)) {
      ablated.set(part, [...(ablated.get(part) ?? []), ...without]);
    }
  }
  const { chunks, files, texts, embedded } = await store.stats();
  const mean = asked.reduce((sum, { ndcg10 }) => sum + ndcg10, 0) / asked.length;
  console.log(
    `${name}: ${files} files, ${chunks} chunks, ${embedded} of ${texts} texts embedded, NDCG@10 ${mean.toFixed(4)}`,
  );
  await store[Symbol.asyncDispose]();
}
const summaries = summarise(all);
console.log(`\nembedder: ${embedder?.label ?? "none"}, scope: ${flags.scope}\n${formatSummaries(summaries)}`);
const parts = contributions(
  all,
  Array.from(ablated, ([part, asked]) => ({ part, asked })),
);
if (flags.ablate) console.log(`\n${formatContributions(parts)}`);
if (flags.run) {
  const rows = all.map(({ question, paths }) =>
    JSON.stringify({ id: question.id, results: paths.map((file) => ({ path: file })) }),
  );
  writeFileSync(flags.run, `${rows.join("\n")}\n`);
}
if (flags.json)
  writeFileSync(
    flags.json,
    JSON.stringify({ embedder: embedder?.label ?? null, scope: flags.scope, summaries, parts }, null, 2),
  );
await embedder?.[Symbol.asyncDispose]();

/** The published figures index one folder only: paths are told from there. */
function within(question, folder) {
  const prefix = folder === "" ? "" : `${folder}/`;
  const relevant = question.relevant.map((place) => ({ ...place, path: place.path.replace(prefix, "") }));
  return { ...question, relevant };
}

async function indexed(name, root) {
  const file = path.join(flags.work, `${name}-${flags.scope}${flags["no-model"] ? "-lexical" : ""}.db`);
  const store = await openEmbeddedStore(file, { log });
  const chunker = createChunker();
  const ports = { store, chunker, root, ignore: {}, maxFileBytes: 1_000_000 };
  const run = { full: false, lexicalOnly: true, signal, onEvent: () => {} };
  await indexProject({ ...ports, openEmbedder: async () => null, embedBatch: 64 }, run);
  if (embedder) await embedTexts(store);
  return store;
}

/** The second stage; what `--source-vectors` leaves out stays without a vector. */
async function embedTexts(store) {
  await store.acquireLease();
  await store.useVectors(embedder.fingerprint, embedder.dimensions);
  const wanted = await wantedTexts(store);
  for (let at = 0; at < wanted.length; at += 64) {
    const batch = wanted.slice(at, at + 64);
    const vectors = await embedder.embed(
      batch.map(({ text }) => text),
      { role: "document" },
    );
    await store.putVectors(batch.map(({ vectorKey }, index) => ({ vectorKey, vector: vectors[index] })));
  }
  await store.releaseLease();
}

async function wantedTexts(store) {
  const pending = await store.pendingVectors(1_000_000);
  if (!flags["source-vectors"]) return pending;
  const sources = new Set();
  for (const file of (await store.sources()).keys()) {
    if (!["source", "declaration"].includes(roleOf(file))) continue;
    for (const { vectorKey } of await store.chunksOf(file)) sources.add(vectorKey);
  }
  return pending.filter(({ vectorKey }) => sources.has(vectorKey));
}

async function cachedEmbedder() {
  const real = await createEmbedder({
    provider: "local",
    model: flags.model,
    home: flags.home,
    workers: 1,
    threads: 1,
    log,
  });
  return openVectorCache(path.join(flags.work, "vectors"), real);
}
