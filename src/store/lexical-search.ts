import type { Database } from "../sqlite.ts";
import { termsOf } from "../terms.ts";
import { type StoredText, fromStored } from "./chunk-rows.ts";
import type { Candidate, LexicalTerm } from "./index-store.ts";
import { type Clause, type Query, containsPhrase, parseQuery } from "./lexical-clauses.ts";
import { type Postings, docAt, impactIn, readPostings } from "./lexical-postings.ts";
import type { Segment, Segments } from "./lexical-segments.ts";
import { unitWeight } from "./lexical-weights.ts";
import { POSTING_BYTES, SEGMENT_DOCS } from "./posting.ts";
import { TopK } from "./top-k.ts";

/** Scores kept per document of one segment; reused from segment to segment. */
interface Scratch {
  readonly scores: Float32Array;
  readonly touched: Uint16Array;
  readonly stage: Uint16Array;
}

/** A phrase needs a look at the text of its candidates; this many of the best are looked at. */
const PHRASE_CANDIDATES = 200;

/**
 * The chunks that hold at least one of the terms, by BM25F over everything that is indexed; segment by segment, so that
 * memory does not grow with the index. `accepts` restricts by chunk id. In a read transaction, segments refreshed.
 */
export function searchLexical(
  db: Database,
  segments: Segments,
  terms: readonly LexicalTerm[],
  limit: number,
  accepts?: (id: number) => boolean,
): Candidate[] {
  const query = parseQuery(terms);
  if (query.clauses.length === 0 || limit <= 0) return [];
  const found = readPostings(db, segments.bases, query.words);
  const weights = weightsOf(query, found, segments.live);
  const hasPhrase = query.clauses.some((clause) => clause.words.length > 1);
  const best = new TopK(hasPhrase ? Math.max(PHRASE_CANDIDATES, limit) : limit);
  const scratch = {
    scores: new Float32Array(SEGMENT_DOCS),
    touched: new Uint16Array(SEGMENT_DOCS),
    stage: new Uint16Array(SEGMENT_DOCS),
  };
  for (const base of segments.bases) {
    const segment = segments.get(base);
    const postings = found.get(base);
    if (segment === undefined || postings === undefined) continue;
    const count = scoreSegment(query, postings, weights, scratch);
    collect(segment, scratch, count, best, accepts);
  }
  const candidates = best.sorted().map(({ item, score }) => ({ id: item, score }));
  return hasPhrase ? verify(db, query, candidates, segments, found, weights, limit) : candidates;
}

function weightsOf(query: Query, found: ReadonlyMap<number, readonly Postings[]>, live: number): number[] {
  const counts = query.words.map(() => 0);
  for (const list of found.values()) {
    for (const { word, bytes } of list) counts[word] = (counts[word] ?? 0) + bytes.length / POSTING_BYTES;
  }
  return counts.map((count) => unitWeight(count, live));
}

/** Adds up the clauses' scores of each document; returns how many documents were touched. */
function scoreSegment(query: Query, postings: readonly Postings[], weights: readonly number[], scratch: Scratch) {
  let count = 0;
  for (const clause of query.clauses) {
    const lists = listsOf(clause, postings);
    if (lists === null) continue;
    count = lists.length === 1 ? addWord(lists[0], weights, scratch, count) : addPhrase(lists, weights, scratch, count);
  }
  return count;
}

function listsOf(clause: Clause, postings: readonly Postings[]): Postings[] | null {
  const lists = clause.words.flatMap((word) => postings.find((list) => list.word === word) ?? []);
  return lists.length === clause.words.length ? lists : null;
}

function addWord(list: Postings | undefined, weights: readonly number[], scratch: Scratch, before: number): number {
  if (list === undefined) return before;
  const { scores, touched } = scratch;
  const { bytes } = list;
  const weight = weights[list.word] ?? 0;
  let count = before;
  for (let at = 0; at < bytes.length; at += POSTING_BYTES) {
    const doc = docAt(bytes, at);
    const score = scores[doc] ?? 0;
    if (score === 0) touched[count++] = doc;
    scores[doc] = score + weight * (bytes[at + 2] ?? 0);
  }
  return count;
}

/** Documents with all words of a phrase, wherever they stand; whether side by side is seen later, for the best only. */
function addPhrase(lists: readonly Postings[], weights: readonly number[], scratch: Scratch, before: number): number {
  const { scores, touched, stage } = scratch;
  stage.fill(0);
  let count = before;
  lists.forEach(({ bytes }, step) => {
    for (let at = 0; at < bytes.length; at += POSTING_BYTES) {
      const doc = docAt(bytes, at);
      if (stage[doc] !== step) continue;
      stage[doc] = step + 1;
      if (step + 1 < lists.length) continue;
      if (scores[doc] === 0) touched[count++] = doc;
      scores[doc] = (scores[doc] ?? 0) + phraseScore(lists, doc, weights);
    }
  });
  return count;
}

function phraseScore(lists: readonly Postings[], doc: number, weights: readonly number[]): number {
  return lists.reduce((sum, { word, bytes }) => sum + (weights[word] ?? 0) * impactIn(bytes, doc), 0);
}

/** Offers the touched documents and leaves the scratch clean. */
function collect(
  segment: Segment,
  { scores, touched }: Scratch,
  count: number,
  best: TopK,
  accepts?: (id: number) => boolean,
): void {
  let { threshold } = best;
  for (let index = 0; index < count; index++) {
    const doc = touched[index] ?? 0;
    const score = scores[doc] ?? 0;
    scores[doc] = 0;
    if (score < threshold) continue;
    const id = segment.docs[doc] ?? 0;
    if (id === 0 || accepts?.(id) === false) continue;
    best.offer(id, score);
    ({ threshold } = best);
  }
}

/** Takes back what phrases gave to chunks in which their words stand apart. */
function verify(
  db: Database,
  query: Query,
  candidates: readonly Candidate[],
  segments: Segments,
  found: ReadonlyMap<number, readonly Postings[]>,
  weights: readonly number[],
  limit: number,
): Candidate[] {
  const phrases = query.clauses.filter((clause) => clause.words.length > 1);
  const verified: Candidate[] = [];
  for (const { id, score } of candidates) {
    const place = segments.locate(id);
    if (place === null) continue;
    const fields = fieldsOf(db, id);
    let rest = score;
    let matches = query.clauses.length - phrases.length > 0 && hasWord(query, found.get(place.base) ?? [], place.doc);
    for (const clause of phrases) {
      const lists = listsOf(clause, found.get(place.base) ?? []);
      if (lists === null || lists.some(({ bytes }) => impactIn(bytes, place.doc) === 0)) continue;
      const words = clause.words.flatMap((word) => query.words[word] ?? []);
      if (fields.some((terms) => containsPhrase(terms, words))) matches = true;
      else rest -= phraseScore(lists, place.doc, weights);
    }
    if (matches) verified.push({ id, score: rest });
  }
  return verified.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, limit);
}

function hasWord(query: Query, postings: readonly Postings[], doc: number): boolean {
  return query.clauses.some((clause) => {
    const lists = clause.words.length === 1 ? listsOf(clause, postings) : null;
    return lists !== null && lists.every(({ bytes }) => impactIn(bytes, doc) > 0);
  });
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
