import { Arena, type Kernel, createKernel } from "../kernel/kernel.ts";
import { reach } from "../kernel/reach.ts";
import type { Query } from "./lexical-clauses.ts";
import { SEGMENT_DOCS } from "./posting.ts";
import { NO_POSTINGS, type PostingList, docsIn, impactIn } from "./posting-list.ts";

/** Below every score that a document can have, above 0. */
const LEAST_SCORE = 1e-30;
/** Impacts are bytes; one more, for what rounding may add to a sum. */
const MOST_IMPACT = 256;

/**
 * Adds up the scores of one segment's documents; its memory serves one segment after the other. Every posting is added:
 * with 16 documents at a time that takes less than deciding which ones could be left out.
 */
export class SegmentScores {
  readonly #kernel: Kernel = createKernel();
  readonly #scoresAt: number;
  readonly #listAt: number;
  readonly #foundAt: number;
  readonly #scores: Float32Array;
  readonly #list: Uint8Array;
  readonly #found: Uint32Array;
  /** No document scores more. */
  #most = 0;

  constructor() {
    const arena = new Arena(this.#kernel.memory, 0);
    this.#scoresAt = arena.reserve(4 * SEGMENT_DOCS);
    this.#listAt = arena.reserve(SEGMENT_DOCS);
    this.#foundAt = arena.reserve(4 * SEGMENT_DOCS);
    const { buffer } = this.#kernel.memory;
    this.#scores = new Float32Array(buffer, this.#scoresAt, SEGMENT_DOCS);
    this.#list = new Uint8Array(buffer, this.#listAt, SEGMENT_DOCS);
    this.#found = new Uint32Array(buffer, this.#foundAt, SEGMENT_DOCS);
  }

  /** The scores of a segment's documents. `lists` are the postings of the query's words in it, `weights` their units. */
  add(query: Query, weights: readonly number[], lists: readonly PostingList[]): void {
    this.#scores.fill(0);
    this.#most = 0;
    for (const { words } of query.clauses) {
      for (const word of words) this.#most += (weights[word] ?? 0) * MOST_IMPACT;
      const [word = 0] = words;
      if (words.length > 1) this.#addPhrase(words, weights, lists);
      else this.#addWord(lists[word] ?? NO_POSTINGS, weights[word] ?? 0);
    }
  }

  /** The documents (numbers below `docs`) that score at least `threshold`; valid until the next call. */
  atLeast(threshold: number, docs: number): Uint32Array {
    const least = Math.max(threshold, LEAST_SCORE);
    return this.#found.subarray(0, this.#kernel.atLeast(this.#scoresAt, docs, least, this.#foundAt));
  }

  /** A score that at least `count` of the documents have and not many more; -Infinity where fewer have any. */
  reach(count: number): number {
    return reach(this.#kernel, { address: this.#scoresAt, count: SEGMENT_DOCS }, count, LEAST_SCORE, this.#most);
  }

  scoreOf(doc: number): number {
    return this.#scores[doc] ?? 0;
  }

  #addWord({ bytes, isDense, count }: PostingList, weight: number): void {
    if (count === 0) return;
    this.#list.set(bytes);
    if (!isDense) return this.#kernel.addSparse(this.#listAt, count, weight, this.#scoresAt);
    // What an earlier list left behind the end of this one would be taken for impacts.
    this.#list.fill(0, bytes.length, bytes.length + 16);
    this.#kernel.addDense(this.#listAt, bytes.length, weight, this.#scoresAt);
  }

  /** Documents with all words of a phrase, wherever they stand; whether side by side is seen later, for the best only. */
  #addPhrase(words: readonly number[], weights: readonly number[], lists: readonly PostingList[]): void {
    const [rarest = NO_POSTINGS] = words
      .map((word) => lists[word] ?? NO_POSTINGS)
      .toSorted((a, b) => a.count - b.count);
    for (const doc of docsIn(rarest)) {
      const score = phraseScore(words, weights, lists, doc);
      if (score > 0) this.#scores[doc] = (this.#scores[doc] ?? 0) + score;
    }
  }
}

/** What a phrase gives to a document; 0 unless it holds all of its words. */
export function phraseScore(
  words: readonly number[],
  weights: readonly number[],
  lists: readonly PostingList[],
  doc: number,
): number {
  let sum = 0;
  for (const word of words) {
    const impact = impactIn(lists[word] ?? NO_POSTINGS, doc);
    if (impact === 0) return 0;
    sum += (weights[word] ?? 0) * impact;
  }
  return sum;
}
