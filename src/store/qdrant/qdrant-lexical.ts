import type { Database } from "../../sqlite.ts";
import type { Candidate } from "../index-store.ts";
import type { Query, Word } from "../lexical/lexical-clauses.ts";
import { unitWeight } from "../lexical/lexical-weights.ts";
import { verifyPhrases } from "../lexical/phrases.ts";
import { POSTING_BYTES, docAt } from "../lexical/posting.ts";
import { tokenId } from "./sparse.ts";

/** Words that begin alike and are taken together, per segment, as in the embedded store. */
const MOST_EXPANSIONS = 64;

/** What the server is asked for a word of the query. */
export interface WeighedWord {
  /** The word, or those that begin with it. */
  readonly terms: readonly string[];
  /** What one unit of impact is worth, by how rare the word is in this index. */
  readonly weight: number;
}

/** A chunk as the server found it, with the impacts of its terms by their numbers. */
export interface ImpactedChunk {
  readonly id: number;
  readonly impacts: ReadonlyMap<number, number>;
}

/** The words of a query with the weights that the embedded full text gives them: the local books say how rare they are. */
export function weighWords(db: Database, words: readonly Word[]): WeighedWord[] {
  return db.snapshot(() => {
    const live = db.get<{ n: number | null }>("SELECT sum(live) AS n FROM segment")?.n ?? 0;
    return words.map((word) => {
      const { terms, found } = termsOf(db, word);
      return { terms, weight: unitWeight(found, live) };
    });
  });
}

/** The impacts in a point's vector as the server gives it back. */
export function impactsIn(vector: unknown): Map<number, number> {
  const sparse: unknown = typeof vector === "object" && vector !== null && "bm25" in vector ? vector.bm25 : null;
  if (typeof sparse !== "object" || sparse === null || !("indices" in sparse) || !("values" in sparse))
    return new Map();
  const { indices, values } = sparse;
  if (!Array.isArray(indices) || !Array.isArray(values)) return new Map();
  return new Map(indices.map((index, at) => [Number(index), Number(values[at])]));
}

/** The scores that the embedded full text gives these chunks, best first; without those that hold no term of the query. */
export function scoreHere(
  db: Database,
  query: Query,
  words: readonly WeighedWord[],
  found: readonly ImpactedChunk[],
): Candidate[] {
  const impacts = new Map(found.map((chunk) => [chunk.id, chunk.impacts]));
  const impactOf = (id: number, position: number) =>
    Math.max(0, ...(words[position]?.terms ?? []).map((term) => impacts.get(id)?.get(tokenId(term)) ?? 0));
  const worth = (id: number, positions: readonly number[]) => {
    const each = positions.map((position) => (words[position]?.weight ?? 0) * impactOf(id, position));
    return each.includes(0) ? 0 : each.reduce((sum, part) => sum + part, 0);
  };
  const scored = found
    .map(({ id }) => ({ id, score: query.clauses.reduce((sum, clause) => sum + worth(id, clause.words), 0) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || a.id - b.id);
  return query.clauses.some((clause) => clause.words.length > 1) ? verifyPhrases(db, query, scored, worth) : scored;
}

/** What stands for a word, and how many chunks have it. */
function termsOf(db: Database, { text, prefix, begun }: Word): { readonly terms: string[]; readonly found: number } {
  if (prefix) return expand(db, text);
  const found = count(db, text);
  return found > 0 || begun === undefined ? { terms: [text], found } : expand(db, begun);
}

/** Chunks that hold a word, those that are gone but not yet cleared away among them. */
function count(db: Database, term: string): number {
  const sql = "SELECT sum(length(p.docs)) AS n FROM segment s JOIN posting p ON p.segment = s.base AND p.term = ?";
  return (db.get<{ n: number | null }>(sql, term)?.n ?? 0) / POSTING_BYTES;
}

function expand(db: Database, prefix: string): { readonly terms: string[]; readonly found: number } {
  const terms = new Set<string>();
  let found = 0;
  for (const { base } of db.all<{ base: number }>("SELECT base FROM segment")) {
    const rows = db.all<{ term: string; docs: Uint8Array }>(
      "SELECT term, docs FROM posting WHERE segment = ? AND term >= ? AND term < ? LIMIT ?",
      base,
      prefix,
      `${prefix}\u{10FFFF}`,
      MOST_EXPANSIONS,
    );
    const docs = new Set<number>();
    for (const row of rows) {
      terms.add(row.term);
      for (let at = 0; at < row.docs.length; at += POSTING_BYTES) docs.add(docAt(row.docs, at));
    }
    found += docs.size;
  }
  return { terms: Array.from(terms), found };
}
