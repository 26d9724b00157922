import type { Database } from "../sqlite.ts";
import type { Candidate, LexicalTerm } from "./index-store.ts";
import { parseQuery } from "./lexical-clauses.ts";
import { readPostings } from "./lexical-postings.ts";
import { type Segment, Segments } from "./lexical-segments.ts";
import { unitWeight } from "./lexical-weights.ts";
import { verifyPhrases } from "./phrases.ts";
import { PostingCache } from "./posting-cache.ts";
import { POSTING_BYTES } from "./posting.ts";
import { SegmentScores } from "./segment-scores.ts";
import { TopK } from "./top-k.ts";

/** A phrase needs a look at the text of its candidates; this many of the best are looked at. */
const PHRASE_CANDIDATES = 200;

/** Full text over everything that is indexed, segment by segment, so that memory does not grow with the index. */
export class LexicalSearch {
  readonly #db: Database;
  readonly #segments: Segments;
  readonly #cache: PostingCache;

  constructor(db: Database) {
    this.#db = db;
    this.#segments = new Segments(db);
    this.#cache = new PostingCache(db);
  }

  /** Reads what changed since the last call; `revision` is the database's, read in the same transaction. */
  refresh(revision: number): void {
    this.#segments.refresh(revision);
  }

  /**
   * The chunks that hold at least one of the terms, by BM25F. `accepts` restricts by chunk id. In a read transaction,
   * after `refresh`.
   */
  search(terms: readonly LexicalTerm[], limit: number, accepts?: (id: number) => boolean): Candidate[] {
    const query = parseQuery(terms);
    if (query.clauses.length === 0 || limit <= 0) return [];
    const { all: segments, live } = this.#segments;
    const postings = readPostings(this.#db, this.#cache, segments, query.words);
    const weights = postings.map((lists) => unitWeight(countOf(lists), live));
    const hasPhrase = query.clauses.some(({ words }) => words.length > 1);
    const best = new TopK(hasPhrase ? Math.max(PHRASE_CANDIDATES, limit) : limit);
    const scores = new SegmentScores(query, weights);
    const listsIn = (index: number) => postings.map((lists) => lists[index] ?? new Uint8Array());
    segments.forEach((segment, index) => {
      scores.add(listsIn(index), best.threshold);
      collect(segment, scores, best, accepts);
    });
    const candidates = best.sorted().map(({ item, score }) => ({ id: item, score }));
    if (!hasPhrase) return candidates;
    const verified = verifyPhrases(this.#db, query, candidates, (id, words) => {
      const place = this.#segments.locate(id);
      return place === null ? 0 : scores.phraseScore(words, listsIn(place.segment), place.doc);
    });
    return verified.slice(0, limit);
  }
}

function countOf(lists: readonly Uint8Array[]): number {
  return lists.reduce((sum, list) => sum + list.length, 0) / POSTING_BYTES;
}

/** Offers the scored documents and leaves the scores clean. */
function collect(segment: Segment, scored: SegmentScores, best: TopK, accepts?: (id: number) => boolean): void {
  const { scores, touched, count } = scored;
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
