import type { Database } from "../../sqlite.ts";
import { termsOf } from "../../terms.ts";
import { type StoredText, fromStored } from "../chunk-rows.ts";
import type { Candidate } from "../index-store.ts";
import { type Query, type Word, containsPhrase } from "./lexical-clauses.ts";

/**
 * Takes back what phrases gave to chunks in which their words stand apart, and drops chunks that were found by nothing
 * else. `worth` says what a phrase (as positions in `query.words`) gave to a chunk.
 */
export function verifyPhrases(
  db: Database,
  query: Query,
  candidates: readonly Candidate[],
  worth: (id: number, words: readonly number[]) => number,
): Candidate[] {
  const wordsOf = (positions: readonly number[]) => positions.flatMap((position) => query.words[position] ?? []);
  const verified: Candidate[] = [];
  for (const { id, score } of candidates) {
    const fields = fieldsOf(db, id);
    const holds = (words: readonly Word[]) => fields.some((terms) => containsPhrase(terms, words));
    let rest = score;
    let found = false;
    for (const { words } of query.clauses) {
      if (holds(wordsOf(words))) found = true;
      else if (words.length > 1) rest -= worth(id, words);
    }
    if (found) verified.push({ id, score: rest });
  }
  return verified.sort((a, b) => b.score - a.score || a.id - b.id);
}

function fieldsOf(db: Database, id: number): string[][] {
  const row = db.get<{ body: StoredText; symbol: StoredText | null; defines: string | null; path: string }>(
    `SELECT b.body, c.symbol, c.defines, s.path FROM chunk c JOIN chunk_text b ON b.chunk = c.id
      JOIN source s ON s.id = c.source WHERE c.id = ?`,
    id,
  );
  if (row === undefined) return [];
  const defines = row.defines === null ? [] : (JSON.parse(row.defines) as string[]);
  return [fromStored(row.body), row.path, fromStored(row.symbol ?? ""), ...defines].map((field) => termsOf(field));
}
