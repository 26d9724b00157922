// What a user would else pick, asked the same questions of the same files: SQLite's FTS5 with one row per file, and
// ripgrep with files ordered by how many distinct words of the question they hold, then by how often.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { rgPath } from "@vscode/ripgrep";
import { measure } from "../../dist/search/eval/metrics.js";
import { isStopWord } from "../../dist/search/stop-words.js";
import { connect } from "../../dist/sqlite-driver.js";
import { partsOf } from "../../dist/terms.js";

const ANSWER = 10;

/** Asks each question of each peer; `files` are the paths that were indexed. Gives rows {question, ndcg10, …} per peer. */
export async function askPeers(questions, root, files) {
  const fts = await fullText(root, files);
  const known = new Set(files);
  const peers = { "SQLite FTS5": (query) => fts.search(query), ripgrep: (query) => grep(root, query, known) };
  const rows = {};
  for (const [name, search] of Object.entries(peers)) {
    rows[name] = questions.map((question) => {
      const started = performance.now();
      const paths = search(question.query);
      const ms = performance.now() - started;
      const hits = paths.map((file) => ({ path: file, symbol: null, text: "" }));
      return { question, ms, paths, ...measure(hits, question.relevant) };
    });
  }
  fts.close();
  return rows;
}

/** Porter's stems, identifiers split, the path worth ten times the body: the best of six ways that were tried. */
async function fullText(root, files) {
  const db = await connect(":memory:", false);
  db.exec("CREATE VIRTUAL TABLE file USING fts5(path, body, tokenize = 'porter unicode61')");
  const add = db.prepare("INSERT INTO file VALUES (?, ?)");
  for (const file of files) {
    const body = readFileSync(path.join(root, file), "utf8");
    add.run(`${file} ${split(file)}`, `${body} ${split(body)}`);
  }
  const ask = db.prepare("SELECT rowid FROM file WHERE file MATCH ? ORDER BY bm25(file, 10, 1) LIMIT ?");
  return {
    search: (query) => {
      const words = wordsOf(query).flatMap((word) => [word, ...partsOf(word)]);
      if (words.length === 0) return [];
      const match = [...new Set(words)].map((word) => `"${word}"`).join(" OR ");
      return ask.all(match, ANSWER).map(({ rowid }) => files[Number(rowid) - 1]);
    },
    close: () => db.close(),
  };
}

/** The parts of the identifiers that have several. */
function split(text) {
  const compound = text.match(/[A-Za-z\d]+(?:_[A-Za-z\d]+)+|[a-z\d]+(?:[A-Z][A-Za-z\d]*)+/g) ?? [];
  return compound.flatMap((word) => partsOf(word)).join(" ");
}

function grep(root, query, known) {
  const found = new Map();
  for (const word of new Set(wordsOf(query).map((each) => each.toLowerCase()))) {
    for (const [file, times] of filesWith(root, word)) {
      if (!known.has(file)) continue;
      const { words, all } = found.get(file) ?? { words: 0, all: 0 };
      found.set(file, { words: words + 1, all: all + times });
    }
  }
  const ordered = [...found].toSorted(
    ([a, ofA], [b, ofB]) => ofB.words - ofA.words || ofB.all - ofA.all || (a < b ? -1 : 1),
  );
  return ordered.slice(0, ANSWER).map(([file]) => file);
}

/** The files that hold a word, each with how often. */
function filesWith(root, word) {
  try {
    const flags = ["--count-matches", "-i", "-F", "--hidden", "--no-ignore", "--threads", "2", "-e", word, "."];
    const out = execFileSync(rgPath, flags, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
    return Array.from(out.matchAll(/^(?:[.]\/)?(.+):(\d+)$/gm), ([, file, times]) => [file, Number(times)]);
  } catch (error) {
    if (error.status === 1) return [];
    throw error;
  }
}

function wordsOf(query) {
  return (query.match(/[\p{L}\p{N}_]+/gu) ?? []).filter((word) => !isStopWord(word.toLowerCase()));
}
