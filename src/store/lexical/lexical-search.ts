import type { Database } from "../../sqlite.ts";
import type { Candidate, LexicalTerm } from "../index-store.ts";
import { Largest } from "../largest.ts";
import { parseQuery } from "./lexical-clauses.ts";
import { readPostings } from "./lexical-postings.ts";
import { type Segment, Segments } from "./lexical-segments.ts";
import { unitWeight } from "./lexical-weights.ts";
import { verifyPhrases } from "./phrases.ts";
import { PostingCache } from "./posting-cache.ts";
import { NO_POSTINGS, type PostingList } from "./posting-list.ts";
import { SegmentScores, phraseScore } from "./segment-scores.ts";

/** A phrase needs a look at the text of its candidates; this many of the best are looked at. */
const PHRASE_CANDIDATES = 200;

/** Full text over everything that is indexed, segment by segment, so that memory does not grow with the index. */
export class LexicalSearch {
  readonly #db: Database;
  readonly #segments: Segments;
  readonly #cache: PostingCache;
  readonly #scores = new SegmentScores();
  readonly #best = new Largest();

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
    const most = hasPhrase ? Math.max(PHRASE_CANDIDATES, limit) : limit;
    // Ids rise from segment to segment: of equal scores the smaller id is the better.
    const best = this.#best;
    best.begin(most);
    const listsIn = (index: number) => postings.map((lists) => lists[index] ?? NO_POSTINGS);
    segments.forEach((segment, index) => {
      this.#scores.add(query, weights, listsIn(index));
      collect(segment, this.#scores, best, accepts);
    });
    const { items, values } = best.sorted();
    // An indexed loop: hundreds are found by every query, and iterating makes garbage of each.
    const candidates: Candidate[] = [];
    for (let at = 0; at < items.length; at++) candidates.push({ id: items[at] ?? 0, score: values[at] ?? 0 });
    if (!hasPhrase) return candidates;
    const verified = verifyPhrases(this.#db, query, candidates, (id, words) => {
      const place = this.#segments.locate(id);
      return place === null ? 0 : phraseScore(words, weights, listsIn(place.segment), place.doc);
    });
    return verified.slice(0, limit);
  }
}

function countOf(lists: readonly PostingList[]): number {
  return lists.reduce((sum, { count }) => sum + count, 0);
}

/** Offers the documents that can be among the best. */
function collect(segment: Segment, scores: SegmentScores, best: Largest, accepts?: (id: number) => boolean): void {
  const { docs, live } = segment;
  let found = scores.atLeast(best.threshold, docs.length);
  if (found.length > MANY * best.count && accepts === undefined) {
    // As many are gone at most.
    best.raise(scores.reach(best.count + docs.length - live));
    found = scores.atLeast(best.threshold, docs.length);
  }
  for (let at = 0; at < found.length; at++) {
    const doc = found[at] ?? 0;
    const score = scores.scoreOf(doc);
    // What was offered meanwhile has raised it.
    if (score < best.threshold) continue;
    const id = docs[doc] ?? 0;
    if (id !== 0 && accepts?.(id) !== false) best.offer(id, score);
  }
}

/** To look for a border first costs less from here on than to offer them all. */
const MANY = 2;
