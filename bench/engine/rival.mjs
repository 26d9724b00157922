// What one would put together instead: SQLite's FTS5 and sqlite-vec (brute force), fused by reciprocal rank.
import { createRequire } from "node:module";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { cpuMsSince } from "../shared/numbers.mjs";
import { random, sources, vectorMaker, vocabulary, zipf } from "../shared/synthetic.mjs";
import { DIMENSIONS, SPACE, WORDS } from "./data.mjs";

const LIST = 200;

/** Path of sqlite-vec as installed in `folder` (`npm install sqlite-vec` there); null where it is not. */
export function extensionIn(folder) {
  try {
    return createRequire(path.join(folder, "package.json"))("sqlite-vec").getLoadablePath();
  } catch {
    return null;
  }
}

export function open(file, extension) {
  const db = new DatabaseSync(file, { allowExtension: true });
  db.enableLoadExtension(true);
  db.loadExtension(extension);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -64000");
  return db;
}

export function build(file, extension, chunks) {
  const db = open(file, extension);
  const cpu = process.cpuUsage();
  db.exec(`CREATE TABLE chunk (id INTEGER PRIMARY KEY, path TEXT, symbol TEXT, start_line INTEGER, body TEXT);
    CREATE VIRTUAL TABLE words USING fts5(path, symbol, body, content='chunk', content_rowid='id');
    CREATE VIRTUAL TABLE vectors USING vec0(embedding float[${DIMENSIONS}] distance_metric=cosine);`);
  const chunk = db.prepare("INSERT INTO chunk VALUES (?, ?, ?, ?, ?)");
  const word = db.prepare("INSERT INTO words (rowid, path, symbol, body) VALUES (?, ?, ?, ?)");
  const vector = db.prepare("INSERT INTO vectors (rowid, embedding) VALUES (?, ?)");
  const make = vectorMaker(DIMENSIONS, SPACE, SPACE);
  let id = 0;
  for (const { state, chunks: parts } of sources(chunks, 7, vocabulary(WORDS, random(1)))) {
    if (id % 1000 === 0) db.exec(id === 0 ? "BEGIN" : "COMMIT; BEGIN");
    for (const { symbol, startLine, text } of parts) {
      chunk.run(++id, state.path, symbol, startLine, text);
      word.run(id, state.path, symbol, text);
      vector.run(BigInt(id), new Uint8Array(make().buffer));
    }
  }
  db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return Math.round(cpuMsSince(cpu) / 1_000);
}

/** The same questions as the engine's. */
export function questions(db, seed) {
  const words = vocabulary(WORDS, random(1));
  const draw = zipf(WORDS, random(seed));
  const vector = vectorMaker(DIMENSIONS, SPACE, seed);
  const byWords = db.prepare(
    `SELECT rowid AS id FROM words WHERE words MATCH ? ORDER BY bm25(words, 2, 4, 1) LIMIT ${LIST}`,
  );
  const byVector = db.prepare("SELECT rowid AS id FROM vectors WHERE embedding MATCH ? AND k = ? ORDER BY distance");
  const row = db.prepare("SELECT * FROM chunk WHERE id = ?");
  const lexical = () => byWords.all(Array.from({ length: 3 }, () => words[draw()]).join(" OR "));
  const near = () => byVector.all(new Uint8Array(vector().buffer), LIST);
  const whole = () => {
    const scores = new Map();
    for (const list of [lexical(), near()])
      list.forEach(({ id }, rank) => scores.set(id, (scores.get(id) ?? 0) + 1 / (60 + rank)));
    const best = Array.from(scores).sort((a, b) => b[1] - a[1]);
    return best.slice(0, 10).map(([id]) => row.get(id));
  };
  const all = async () => whole();
  return { lexical: async () => lexical(), vector: async () => near(), hits: all, whole: all };
}
