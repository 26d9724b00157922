import type { Query } from "./lexical-clauses.ts";
import { docAt, impactIn } from "./lexical-postings.ts";
import { POSTING_BYTES, SEGMENT_DOCS } from "./posting.ts";

/** A stored impact is one byte. */
const LARGEST_IMPACT = 255;

/** How many postings one can pass by in the time of one look-up among them. */
const LOOKUP_COST = 16;

/** Adds up the scores of one segment's documents; its arrays serve one segment after the other. */
export class SegmentScores {
  readonly scores = new Float32Array(SEGMENT_DOCS);
  /** Documents whose score is not 0, in no order: the first `count` of them. */
  readonly touched = new Uint16Array(SEGMENT_DOCS);
  count = 0;
  readonly #stage = new Uint16Array(SEGMENT_DOCS);
  readonly #query: Query;
  readonly #weights: readonly number[];

  constructor(query: Query, weights: readonly number[]) {
    this.#query = query;
    this.#weights = weights;
  }

  /**
   * Scores every document that can reach `threshold` (others perhaps too, perhaps in part). `lists` are the postings of
   * the query's words in this segment. Rare words come first; once those left cannot lift a new document over the
   * threshold, they only add to documents that have a score already (Turtle and Flood's MaxScore, 1995).
   */
  add(lists: readonly Uint8Array[], threshold: number): void {
    this.count = 0;
    const phrases = this.#query.clauses.filter(({ words }) => words.length > 1);
    const single = this.#query.clauses
      .flatMap(({ words }) => (words.length === 1 ? words : []))
      .filter((word) => (lists[word]?.length ?? 0) > 0)
      .sort((a, b) => this.#weight(b) - this.#weight(a));
    let reach = single.reduce((sum, word) => sum + this.#weight(word) * LARGEST_IMPACT, 0);
    for (const { words } of phrases) this.#addPhrase(words, lists);
    for (const word of single) {
      const list = lists[word] ?? new Uint8Array();
      if (reach >= threshold) this.#addWord(list, this.#weight(word));
      else if (this.count * LOOKUP_COST < list.length / POSTING_BYTES) this.#lookUp(list, this.#weight(word));
      else this.#addToTouched(list, this.#weight(word));
      reach -= this.#weight(word) * LARGEST_IMPACT;
    }
  }

  /** What a phrase gives to a document; 0 unless it holds all of its words. */
  phraseScore(words: readonly number[], lists: readonly Uint8Array[], doc: number): number {
    let sum = 0;
    for (const word of words) {
      const impact = impactIn(lists[word] ?? new Uint8Array(), doc);
      if (impact === 0) return 0;
      sum += this.#weight(word) * impact;
    }
    return sum;
  }

  #weight(word: number): number {
    return this.#weights[word] ?? 0;
  }

  #addWord(list: Uint8Array, weight: number): void {
    const { scores, touched } = this;
    let { count } = this;
    for (let at = 0; at < list.length; at += POSTING_BYTES) {
      const doc = docAt(list, at);
      const score = scores[doc] ?? 0;
      if (score === 0) touched[count++] = doc;
      scores[doc] = score + weight * (list[at + 2] ?? 0);
    }
    this.count = count;
  }

  #addToTouched(list: Uint8Array, weight: number): void {
    const { scores } = this;
    for (let at = 0; at < list.length; at += POSTING_BYTES) {
      const doc = docAt(list, at);
      const score = scores[doc] ?? 0;
      if (score !== 0) scores[doc] = score + weight * (list[at + 2] ?? 0);
    }
  }

  #lookUp(list: Uint8Array, weight: number): void {
    const { scores, touched } = this;
    for (let index = 0; index < this.count; index++) {
      const doc = touched[index] ?? 0;
      scores[doc] = (scores[doc] ?? 0) + weight * impactIn(list, doc);
    }
  }

  /** Documents with all words of a phrase, wherever they stand; whether side by side is seen later, for the best only. */
  #addPhrase(words: readonly number[], lists: readonly Uint8Array[]): void {
    const { scores, touched } = this;
    this.#stage.fill(0);
    words.forEach((word, step) => {
      const list = lists[word] ?? new Uint8Array();
      for (let at = 0; at < list.length; at += POSTING_BYTES) {
        const doc = docAt(list, at);
        if (this.#stage[doc] !== step) continue;
        this.#stage[doc] = step + 1;
        if (step + 1 < words.length) continue;
        if (scores[doc] === 0) touched[this.count++] = doc;
        scores[doc] = (scores[doc] ?? 0) + this.phraseScore(words, lists, doc);
      }
    });
  }
}
