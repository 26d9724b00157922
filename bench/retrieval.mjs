// How well search finds: asks the questions of an evaluation folder of indexes of the repositories they are about, with
// the real chunker, store, ranking and (unless --no-model) embedder, and prints NDCG@10 and the rest per set and kind.
//
//   npm run build && node bench/retrieval.mjs --data DIR --checkouts DIR [--work DIR] [--model NAME | --no-model]
//     [--source-vectors] [--scope root] [--ablate] [--peers] [--folds] [--cosqa | --made] [--vendor]
//     [--repos a,b] [--run FILE] [--json FILE]
//
// DIR/code holds questions (*.jsonl rows {id,set,repo,lang,query,category,relevant}) and repos.json (with
// `benchmark_root`); the checkouts are one folder per repository name. Indexes and vectors are kept in the work folder,
// so that another run embeds nothing. --source-vectors leaves tests, docs and data to full text. --peers asks SQLite's FTS5,
// ripgrep and vectors alone the same questions, and prints the published figures beside; --folds chooses weights on the
// other repositories (leave one out); --cosqa asks DIR/code/cosqa_queries.jsonl of its corpus instead; --made asks for names
// and paths that the indexes hold. --vendor puts the next project into third_party of each, as vendored code lies there.
// Takes about three minutes for 15 repositories whose vectors are kept, and five for each --ablate, --peers or --folds.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createChunker } from "../dist/chunk/chunk-pool.js";
import { indexProject } from "../dist/indexer/index-project.js";
import { createLogger } from "../dist/log.js";
import { RANKING } from "../dist/search/constants.js";
import { PARTS, ablate, contributions } from "../dist/search/eval/ablation.js";
import { askAll } from "../dist/search/eval/ask-all.js";
import { formatContributions, formatSummaries } from "../dist/search/eval/format-report.js";
import { parseQuestions } from "../dist/search/eval/questions.js";
import { summarise, summaryOf } from "../dist/search/eval/summary.js";
import { roleOf } from "../dist/search/path-role.js";
import { createCodeSearch } from "../dist/search/search-code.js";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { heldOut, variants } from "./retrieval/folds.mjs";
import { madeQuestions } from "./retrieval/made.mjs";
import { askPeers } from "./retrieval/peers.mjs";
import { sideBySide } from "./retrieval/side-by-side.mjs";
import { readFlags } from "./shared/flags.mjs";
import { homeOfModels, openCachedEmbedder } from "./shared/vector-cache.mjs";

const { flags } = readFlags({
  data: process.env.CODELAB_EVAL,
  checkouts: process.env.CODELAB_EVAL_CHECKOUTS,
  work: path.join(os.tmpdir(), "codelab-retrieval"),
  home: homeOfModels(),
  model: undefined,
  "no-model": false,
  "source-vectors": false,
  scope: "whole",
  sets: "semble,commits",
  repos: undefined,
  ablate: false,
  peers: false,
  folds: false,
  cosqa: false,
  made: false,
  vendor: false,
  run: undefined,
  json: undefined,
});
if (!flags.data || !flags.checkouts || !existsSync(flags.data)) {
  console.log("Nothing measured: give --data and --checkouts (or CODELAB_EVAL and CODELAB_EVAL_CHECKOUTS).");
  process.exit(0);
}

const log = createLogger("warn");
const code = path.join(flags.data, "code");
mkdirSync(flags.work, { recursive: true });
const { repos, checkouts, questions } = flags.cosqa ? cosqa() : checkedOut();
const embedder = flags["no-model"] ? null : await openCachedEmbedder(flags);
const signal = new AbortController().signal;

const VECTORS_ALONE = {
  ...RANKING,
  vectorShare: 1,
  meaning: 0,
  meaningUnnamed: 0,
  definition: 0,
  fileStem: 0,
  folder: 0,
  scope: 0,
  path: 0,
  coherence: 0,
  saturation: 1,
  roles: Object.fromEntries(Object.keys(RANKING.roles).map((role) => [role, 1])),
};
const WORDS_ALONE = PARTS.find(({ name }) => name === "vectors").off(RANKING);
const all = [];
const ablated = new Map();
const beside = new Map();
const varied = new Map();
for (const [name, { benchmark_root: folder }] of Object.entries(repos)) {
  let own = questions.filter(({ repo }) => repo === name);
  if (own.length === 0 || (flags.repos && !flags.repos.split(",").includes(name))) continue;
  if (flags.scope === "root" && !own.some(({ set }) => set === "semble")) continue;
  const root = flags.vendor ? vendoring(name) : path.join(checkouts, name, flags.scope === "root" ? folder : "");
  const store = await indexed(name, root);
  if (flags.made) own = await madeQuestions(store, name);
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
      append(ablated, part, without);
    }
  }
  if (flags.peers) {
    const rows = await askPeers(scoped, root, indexedFiles(await store.sources()));
    for (const [peer, answers] of Object.entries(rows)) append(beside, peer, answers);
    append(beside, "words alone", await askAll(scoped, searchWith(WORDS_ALONE), signal));
    if (embedder) append(beside, "vectors alone", await askAll(scoped, searchWith(VECTORS_ALONE), signal));
  }
  if (flags.folds) {
    for (const { name: variant, weights } of variants()) {
      append(varied, variant, await askAll(scoped, searchWith(weights), signal));
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
if (flags.peers) {
  const ours = ["codelab-mcp", all];
  const rows = [ours, ...beside].flatMap(([name, asked]) => {
    return grouped(asked).map(([set, group]) => summaryOf(`${set}: ${name}`, group));
  });
  console.log(`\n${formatSummaries(rows.toSorted((a, b) => b.ndcg10.mean - a.ndcg10.mean))}`);
  console.log(`\n${sideBySide([ours, ...beside]).join("\n")}\n`);
  printPublished();
}
if (flags.folds) {
  const { asked, chosen } = heldOut(Array.from(varied, ([name, rows]) => ({ name, asked: rows })));
  console.log(`\nleave one repository out, chosen: ${JSON.stringify(chosen)}`);
  console.log(formatSummaries(grouped(asked).map(([set, group]) => summaryOf(`${set}, held out`, group))));
}
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

/** The questions of the folder and the checkouts that they are about. */
function checkedOut() {
  const rows = flags.sets
    .split(",")
    .flatMap((set) => parseQuestions(readFileSync(path.join(code, `${set}.jsonl`), "utf8")));
  return {
    repos: JSON.parse(readFileSync(path.join(code, "repos.json"), "utf8")),
    checkouts: flags.checkouts,
    questions: rows,
  };
}

/** CoSQA's functions, each a file of its own, and the web queries that were asked for them. */
function cosqa() {
  const folder = path.join(flags.work, "corpus");
  const corpus = readFileSync(path.join(code, "cosqa_corpus.jsonl"), "utf8").split("\n").filter(Boolean);
  mkdirSync(path.join(folder, "cosqa"), { recursive: true });
  for (const { id, code: text } of corpus.map((line) => JSON.parse(line))) {
    const file = path.join(folder, "cosqa", `${id}.py`);
    if (!existsSync(file)) writeFileSync(file, `${text}\n`);
  }
  const rows = parseQuestions(readFileSync(path.join(code, "cosqa_queries.jsonl"), "utf8"));
  const asked = rows.map((row) => ({ ...row, relevant: row.relevant.map((place) => ({ path: `${place.path}.py` })) }));
  return { repos: { cosqa: { benchmark_root: "" } }, checkouts: folder, questions: asked };
}

/** A copy of the project that holds the one after it in `third_party`. */
function vendoring(name) {
  const names = Object.keys(repos);
  const other = names[(names.indexOf(name) + 1) % names.length];
  const copy = path.join(flags.work, "vendoring", name);
  if (!existsSync(copy)) {
    cpSync(path.join(checkouts, name), copy, { recursive: true });
    cpSync(path.join(checkouts, other), path.join(copy, "third_party", other), { recursive: true });
  }
  return copy;
}

function append(map, key, rows) {
  map.set(key, [...(map.get(key) ?? []), ...rows]);
}

function grouped(asked) {
  const sets = new Map();
  for (const row of asked) append(sets, row.question.set, [row]);
  return [...sets];
}

function indexedFiles(sources) {
  return Array.from(sources.values()).flatMap(({ path: file, skipped }) => (skipped === null ? [file] : []));
}

/** The means over the repositories that were asked, as their authors published them (they index `benchmark_root` only). */
function printPublished() {
  const file = path.join(code, "published_semble.json");
  if (!existsSync(file)) return;
  const rows = Object.entries(JSON.parse(readFileSync(file, "utf8"))).filter(([repo]) =>
    all.some(({ question }) => question.repo === repo),
  );
  const tools = [...new Set(rows.flatMap(([, figures]) => Object.keys(figures)))];
  const means = tools.map((tool) => {
    const values = rows.flatMap(([, figures]) => (tool in figures ? [figures[tool]] : []));
    return [tool, values.reduce((sum, value) => sum + value, 0) / values.length];
  });
  for (const [tool, mean] of means.toSorted(([, a], [, b]) => b - a)) {
    console.log(`published, benchmark_root: ${tool.padEnd(28)} ${mean.toFixed(4)}`);
  }
}

/** The published figures index one folder only: paths are told from there. */
function within(question, folder) {
  const prefix = folder === "" ? "" : `${folder}/`;
  const relevant = question.relevant.map((place) => ({ ...place, path: place.path.replace(prefix, "") }));
  return { ...question, relevant };
}

async function indexed(name, root) {
  const file = path.join(
    flags.work,
    `${name}-${flags.vendor ? "vendoring" : flags.scope}${flags["no-model"] ? "-lexical" : ""}.db`,
  );
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
