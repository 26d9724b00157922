import { type StoredText, fromStored, toStored } from "./chunk-rows.ts";
import type { Passage } from "./index-store.ts";
import type { Database } from "../sqlite.ts";
import { type VectorSpace, queueText, textRow } from "./vector/vector-writer.ts";

/** Writes the passages of a new chunk and queues them for embedding. Inside a transaction. */
export function insertPassages(
  db: Database,
  space: VectorSpace | null,
  { chunk, mtime }: { readonly chunk: number; readonly mtime: number },
  passages: readonly Passage[],
): void {
  for (const { vectorKey, text } of passages) {
    const row = textRow(db, vectorKey);
    db.prepare("INSERT INTO passage VALUES (?, ?, ?)").run(chunk, row.id, toStored(text));
    if (space !== null) queueText(db, space, row.id, row.isNew, mtime);
  }
}

/** Takes the passages of a chunk that is gone, and what of them nobody else has off the queue. Inside a transaction. */
export function deletePassages(db: Database, chunk: number): void {
  const rows = db.prepare("DELETE FROM passage WHERE chunk = ? RETURNING text").all(chunk) as {
    readonly text: number;
  }[];
  for (const { text } of rows) unqueue(db, text);
}

/** Takes a text off the queue unless something still means it. */
export function unqueue(db: Database, text: number): void {
  db.prepare("DELETE FROM pending WHERE text = ?1 AND NOT EXISTS (SELECT 1 FROM meaning WHERE text = ?1)").run(text);
}

/** The texts of the passages of these chunks. */
export function passageTexts(db: Database, chunks: readonly number[]): number[] {
  return db
    .all<{ text: number }>(
      "SELECT text FROM passage WHERE chunk IN (SELECT value FROM json_each(?))",
      JSON.stringify(chunks),
    )
    .map(({ text }) => text);
}

/** The passages of those of these chunks that have any, in their order. */
export function readPassages(db: Database, chunks: readonly number[]): Map<number, Passage[]> {
  const found = new Map<number, Passage[]>();
  const rows = db.all<{ chunk: number; key: Uint8Array; body: StoredText }>(
    `SELECT p.chunk, t.key, p.body FROM passage p JOIN text t ON t.id = p.text
      WHERE p.chunk IN (SELECT value FROM json_each(?)) ORDER BY p.rowid`,
    JSON.stringify(chunks),
  );
  for (const { chunk, key, body } of rows) {
    const passage = { vectorKey: Buffer.from(key).toString("hex"), text: fromStored(body) };
    found.set(chunk, [...(found.get(chunk) ?? []), passage]);
  }
  return found;
}

/** What these texts say, of those that are passages. */
export function readPassageTexts(db: Database, texts: readonly number[]): Map<number, string> {
  const rows = db.all<{ text: number; body: StoredText }>(
    "SELECT text, body FROM passage WHERE text IN (SELECT value FROM json_each(?)) GROUP BY text",
    JSON.stringify(texts),
  );
  return new Map(rows.map(({ text, body }) => [text, fromStored(body)]));
}

/** Whether any chunk has its meaning in passages. */
export function hasPassages(db: Database): boolean {
  return db.get("SELECT 1 FROM passage LIMIT 1") !== undefined;
}
