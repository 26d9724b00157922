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
    const rescore = (places: readonly number[]) => {
      const found = places.map((place) => slots[place] ?? 0);
      const exact = this.#rows.cosines(query, found);
      found.forEach((slot, index) => best.offer(this.#codes.textAt(slot), exact[index] ?? 0));
      return exact;
    };
    const first = selectLargest(estimates, least);
    const cosines = rescore(first);
    if (first.length < slots.length) {
      const border = borderOf(first, estimates, cosines);
      const done = new Set(first);
      rescore(Array.from(slots.keys()).filter((place) => !done.has(place) && (estimates[place] ?? 0) >= border));
    }
    return best.sorted().map(({ item, score }) => ({ id: item, score }));
  }
}

/** What an estimate must reach for its vector to be among the nearest; told by what the estimates of others were off by. */
function borderOf(places: readonly number[], estimates: Float32Array, cosines: Float64Array): number {
  const errors = Float64Array.from(places, (place, index) => (cosines[index] ?? 0) - (estimates[place] ?? 0));
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const spread = Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length);
  const nth = cosines.toSorted().at(-SURE_OF) ?? Number.NEGATIVE_INFINITY;
  return nth - mean - SPREADS * spread;
}
