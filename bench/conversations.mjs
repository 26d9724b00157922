// How well past conversations are found: asks labelled questions of an index of real logs, with the real importer, store,
// ranking and embedder, beside words alone, vectors alone and plain SQLite full text over the same messages, in one run.
//
//   npm run build && node bench/conversations.mjs --logs DIR --questions FILE [--every N] [--no-model] [--model NAME] [--tune]
//     [--needles FILE] [--files N] [--home DIR] [--work DIR] [--threads N] [--json FILE]
//
// Questions are JSON lines: {query, relevant: [{path: SESSION}]} or {query, session}, with `category` or `kind` to group
// by. --every N asks only each N-th of the kind `exact`. --needles asks also for what it plants in a copy of the logs, in
// other words (bench/conversations/needles.jsonl has 180). --files asks which sessions touched N of the files. --tune chooses
// the weights on four fifths of the questions and measures them on the last, in turn. Vectors are kept in the work folder:
// the first run embeds all, another takes about a minute.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DEFAULT_LIMIT } from "../dist/chunk/limits.js";
import { TALK_PARTNER } from "../dist/embed/catalogue.js";
import { joinEmbedders } from "../dist/embed/joined-embedder.js";
import { createTranscriptImporter } from "../dist/indexer/import-transcripts.js";
import { embedPending } from "../dist/indexer/embed-pending.js";
import { createLogger } from "../dist/log.js";
import { CONVERSATION_RANKING, CONVERSATION_WEIGHTS } from "../dist/search/constants.js";
import { bootstrap } from "../dist/search/eval/bootstrap.js";
import { findCandidates } from "../dist/search/find-candidates.js";
import { analyseQuery } from "../dist/search/query.js";
import { createQueryVectors } from "../dist/search/query-vector.js";
import { readFinds } from "../dist/search/finds.js";
import { rankConversations } from "../dist/search/rank-conversations.js";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { fileQuestions } from "./conversations/file-questions.mjs";
import { plantNeedles } from "./conversations/plant-needles.mjs";
import { openPlainIndex } from "./conversations/plain-full-text.mjs";
import { readFlags } from "./shared/flags.mjs";
import { homeOfModels, openCachedEmbedder } from "./shared/vector-cache.mjs";

const { flags } = readFlags({
  logs: undefined,
  questions: undefined,
  every: 1,
  "no-model": false,
  model: undefined,
  tune: false,
  needles: undefined,
  files: 0,
  home: homeOfModels(),
  work: path.join(os.tmpdir(), "codelab-conversations"),
  threads: 2,
  json: undefined,
});
if (!flags.logs || !flags.questions) {
  console.log("Nothing measured: give --logs and --questions.");
  process.exit(0);
}
const log = createLogger("warn");
const FOLDS = 5;
const now = Date.now();
mkdirSync(flags.work, { recursive: true });
const logs = flags.needles === undefined ? flags.logs : path.join(flags.work, "planted");
const needles = flags.needles === undefined ? [] : plantNeedles(flags.logs, flags.needles, logs);
const embedder = flags["no-model"] ? null : await openEmbedder();
const store = await imported();
const questions = [...readQuestions(), ...needles, ...fileQuestions(await allHeads(), flags.files)];
const queryVector = createQueryVectors({ waitMs: 600_000, kept: 10_000 });
const plain = openPlainIndex(logs);

const methods = {
  ours: (query) => ranked(query, embedder, CONVERSATION_RANKING),
  "words alone": (query) => ranked(query, null, CONVERSATION_RANKING),
  ...(embedder && { "vectors alone": byVectors }),
  "SQLite FTS5": (query) => plain.sessions(query),
};
const result = { logs, embedder: embedder?.label ?? null, ...(await store.stats()), methods: {} };
for (const [name, search] of Object.entries(methods)) {
  const ranks = [];
  for (const question of questions) ranks.push(rankOf(await search(question.query), question));
  result.methods[name] = measure(ranks);
}
if (flags.tune) result.methods["ours, weights chosen on other questions"] = measure(await crossValidated());
for (const kind of Object.keys(Object.values(result.methods)[0])) {
  console.log(
    `\n${kind}: ${questions.filter((question) => kind === "all" || question.kind === kind).length} questions`,
  );
  console.table(
    Object.fromEntries(Object.entries(result.methods).map(([name, kinds]) => [name, formatted(kinds[kind])])),
  );
}
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
await store[Symbol.asyncDispose]();
await embedder?.[Symbol.asyncDispose]();
process.exit(0);

function readQuestions() {
  const rows = readFileSync(flags.questions, "utf8").trim().split("\n");
  const all = rows.map((row) => {
    const { query, relevant, session, category, kind } = JSON.parse(row);
    return {
      query,
      kind: category ?? kind ?? "all",
      sessions: new Set(session ? [session] : relevant.map((each) => each.path)),
    };
  });
  return all.filter(({ kind }, index) => kind !== "exact" || index % flags.every === 0);
}

/** As the product embeds conversations, or with one model where --model names it. */
async function openEmbedder() {
  if (flags.model !== undefined) return await openCachedEmbedder(flags);
  return joinEmbedders([
    { embedder: await openCachedEmbedder(flags), weight: TALK_PARTNER.besides },
    { embedder: await openCachedEmbedder({ ...flags, model: TALK_PARTNER.name }), weight: TALK_PARTNER.weight },
  ]);
}

async function imported() {
  const opened = await openEmbeddedStore(path.join(flags.work, `${path.resolve(logs).replaceAll(/\W+/g, "-")}.db`), {
    log,
  });
  await opened.acquireLease();
  // As the product bounds prose: see PROSE_LIMIT of the composition root.
  const cut = {
    chunkSize: 10,
    maxTokens: DEFAULT_LIMIT.maxTokens,
    measure: (text) => Math.ceil(DEFAULT_LIMIT.measure(text) / 1.5),
  };
  await createTranscriptImporter({ roots: [logs], store: opened, cut, logger: log }).sweep({ check: "quick" });
  if (embedder !== null) {
    const stage = embedPending({ store: opened, embedder }, { batchSize: 128, signal: new AbortController().signal });
    for await (const { embedded, texts } of stage) {
      if (process.stderr.isTTY) process.stderr.write(`\rembedded ${embedded} of ${texts}`);
      await opened.acquireLease();
    }
  }
  return opened;
}

async function allHeads() {
  const heads = [];
  for (const file of (await store.sources()).keys()) heads.push(...(await store.chunksOf(file)));
  return heads;
}

async function ranked(text, model, weights, conversationWeights = CONVERSATION_WEIGHTS) {
  const sources = { store, embedder: model, queryVector };
  const { finds } = await findCandidates(sources, analyseQuery(text), {}, weights);
  return sessionsOf(
    rankConversations(await readFinds(store, finds), null, now, conversationWeights).map(({ chunk }) => chunk),
  );
}

async function byVectors(text) {
  const { vector } = await queryVector(embedder, text);
  const found = await store.searchVector(vector, 200);
  return sessionsOf(await store.heads(found.map(({ id }) => id)));
}

function sessionsOf(chunks) {
  return [...new Set(chunks.map(({ session }) => session.sessionId))];
}

function rankOf(sessions, question) {
  return 1 + sessions.findIndex((session) => question.sessions.has(session));
}

/** The ranks of questions, each asked with the weights that did best on the questions of the other folds. */
async function crossValidated() {
  const configurations = [0.1, 0.2, 0.4].flatMap((share) =>
    [0.75, 0.9].flatMap((most) =>
      [1, 1.5, 3].map((words) => ({
        ranking: {
          ...CONVERSATION_RANKING,
          vectorShare: share,
          pool: { ...CONVERSATION_RANKING.pool, words },
          coverage: { ...CONVERSATION_RANKING.coverage, share: most },
        },
        weights: CONVERSATION_WEIGHTS,
      })),
    ),
  );
  const ranks = [];
  for (const { ranking, weights } of configurations) {
    const own = [];
    for (const question of questions)
      own.push(rankOf(await ranked(question.query, embedder, ranking, weights), question));
    ranks.push(own);
  }
  return questions.map((_, index) => {
    const score = (own) =>
      own.reduce((sum, rank, other) => sum + (other % FOLDS === index % FOLDS ? 0 : reciprocal(rank)), 0);
    return ranks.toSorted((a, b) => score(b) - score(a))[0][index];
  });
}

function measure(ranks) {
  const kinds = ["all", ...new Set(questions.map(({ kind }) => kind).filter((kind) => kind !== "all"))];
  return Object.fromEntries(
    kinds.map((kind) => {
      const own = ranks.filter((_, index) => kind === "all" || questions[index].kind === kind);
      const within = (most) => bootstrap(own.map((rank) => (rank > 0 && rank <= most ? 1 : 0)));
      return [kind, { hit1: within(1), hit5: within(5), hit10: within(10), mrr10: bootstrap(own.map(reciprocal)) }];
    }),
  );
}

function reciprocal(rank) {
  return rank > 0 && rank <= 10 ? 1 / rank : 0;
}

function formatted(measures) {
  const shown = ({ mean, low, high }) => `${mean.toFixed(3)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  return Object.fromEntries(Object.entries(measures).map(([name, interval]) => [name, shown(interval)]));
}
