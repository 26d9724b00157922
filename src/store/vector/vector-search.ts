import type { Database } from "../../sqlite.ts";
import type { Candidate } from "../index-store.ts";
import { quantize, quantizeFinely } from "./quantize.ts";
import { selectLargest } from "../select-largest.ts";
import { TopK } from "../top-k.ts";
import { VectorCodes } from "./vector-codes.ts";
import { VectorRows } from "./vector-rows.ts";
import type { VectorSpace } from "./vector-writer.ts";

/**
 * How many of the nearest by their signs may be compared as whole numbers: the more vectors there are, the more lie between
 * the true neighbours by signs alone. Of 1,000,000 in tight clusters 4000 hold 99 % of the exact ten nearest, 8000 all.
 */
const LEAST_RESCORED = 300;
const MOST_RESCORED = 16_000;
const VECTORS_PER_RESCORED = 62.5;
/** How many of them are in any case. */
const RESCORED_PER_RESULT = 3;

/**
 * The others only where their estimate, at its best, reaches the cosine of this neighbour: most queries are sure of their
 * nearest early. Of those 1,000,000, where rounding leaves 99 % at best, so many times the spread of what estimates are
 * off by gives 99 % for 1,900 compared in the mean; three times 96 %.
 */
const SURE_OF = 10;
const SPREADS = 4;

/**
 * Nearest texts of one space in two steps: by the signs of their components, which are in memory (dimensions / 8 bytes
 * per vector), and the best of them again as whole numbers, which come from the database as needed.
 */
export class VectorSearch {
  readonly #codes: VectorCodes;
  readonly #rows: VectorRows;

  constructor(db: Database, space: VectorSpace) {
    this.#codes = new VectorCodes(db, space);
    this.#rows = new VectorRows(db, space);
  }

  get space(): VectorSpace {
    return this.#codes.space;
  }

  /** Reads what changed since the last call; `revision` is the database's, read in the same transaction. */
  refresh(revision: number): void {
    this.#codes.refresh(revision);
  }

  /** The texts nearest to a vector, by cosine, as row ids of `text`. In a read transaction, after `refresh`. */
  nearest(vector: Float32Array, limit: number, accepts?: (text: number) => boolean): Candidate[] {
    if (limit <= 0) return [];
    const share = Math.min(MOST_RESCORED, Math.floor(this.#codes.slots / VECTORS_PER_RESCORED));
    const least = Math.max(LEAST_RESCORED, RESCORED_PER_RESULT * limit);
    const { slots, estimates } = this.#codes.nearest(quantize(vector), Math.max(share, least), accepts);
    this.#rows.warm(this.#codes.slots);
    const query = quantizeFinely(vector);
    const best = new TopK(limit);
    const rescore = (places: Uint32Array) => {
      const found = new Uint32Array(places.length);
      for (let at = 0; at < places.length; at++) found[at] = slots[places[at] ?? 0] ?? 0;
      const exact = this.#rows.cosines(query, found);
      const texts = this.#codes.textsAt(found);
      for (let at = 0; at < found.length; at++) best.offer(texts[at] ?? 0, exact[at] ?? 0);
      return exact;
    };
    const first = selectLargest(estimates, least);
    const cosines = rescore(first);
    if (first.length < slots.length) rescore(othersAbove(borderOf(first, estimates, cosines), first, estimates));
    return best.sorted().map(({ item, score }) => ({ id: item, score }));
  }
}

/** The places of estimates that reach the border, without those that are `done` (rising). */
function othersAbove(border: number, done: Uint32Array, estimates: Float32Array): Uint32Array {
  const others = new Uint32Array(estimates.length);
  let found = 0;
  let next = 0;
  for (let place = 0; place < estimates.length; place++) {
    if (place === done[next]) next++;
    else if ((estimates[place] ?? 0) >= border) others[found++] = place;
  }
  return others.subarray(0, found);
}

/** What an estimate must reach for its vector to be among the nearest; told by what the estimates of others were off by. */
function borderOf(places: Uint32Array, estimates: Float32Array, cosines: Float64Array): number {
  const errors = new Float64Array(places.length);
  let sum = 0;
  for (let at = 0; at < places.length; at++) {
    const error = (cosines[at] ?? 0) - (estimates[places[at] ?? 0] ?? 0);
    errors[at] = error;
    sum += error;
  }
  const mean = sum / errors.length;
  let squares = 0;
  for (let at = 0; at < errors.length; at++) squares += ((errors[at] ?? 0) - mean) ** 2;
  const nth = cosines.toSorted().at(-SURE_OF) ?? Number.NEGATIVE_INFINITY;
  return nth - mean - SPREADS * Math.sqrt(squares / errors.length);
}
