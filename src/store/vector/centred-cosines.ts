import type { Database } from "../../sqlite.ts";
import { SPACE_STRIDE, activeSpace } from "./vector-writer.ts";

interface QuantizedRow {
  readonly text: number;
  readonly scale: number;
  readonly data: Uint8Array;
}

/** What most vectors of a space have in common. */
interface Common {
  readonly space: number;
  /** How many of the first vectors of the space it tells of. */
  readonly of: number;
  readonly mean: Float64Array;
}

/**
 * Cosines of vectors once what all of them have in common is taken away. Small models lay all texts into a narrow cone
 * (the mean of unit vectors of gte-small has a length of 0.9): what is left tells texts apart better. Mu and Viswanath,
 * "All-but-the-Top" (2018), without its second step.
 */
export class CentredCosines {
  readonly #db: Database;
  #common: Common | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * -1..1 for each of these texts that has a vector in the active space; null where there are too few vectors to tell what
   * they have in common. In a read transaction.
   */
  of(vector: Float32Array, texts: readonly number[]): ReadonlyMap<number, number> | null {
    const space = activeSpace(this.#db);
    if (space === null || space.slots < LEAST) return null;
    const mean = this.#meanOf(space);
    const query = Float64Array.from(vector, (component, axis) => component - (mean[axis] ?? 0));
    const rows = this.#db.all<QuantizedRow>(
      "SELECT text, scale, data FROM vector WHERE space = ? AND text IN (SELECT value FROM json_each(?))",
      space.id,
      JSON.stringify(texts),
    );
    const length = Math.hypot(...query);
    return new Map(rows.map((row) => [row.text, centredCosine(query, length, row, mean)]));
  }

  /** The mean of a sample of the first 2^n vectors: the same in every process, and anew when there are twice as many. */
  #meanOf({ id, slots }: { readonly id: number; readonly slots: number }): Float64Array {
    const of = 2 ** Math.floor(Math.log2(slots));
    if (this.#common?.space === id && this.#common.of === of) return this.#common.mean;
    const step = Math.max(1, of / SAMPLE);
    const ids = Array.from({ length: Math.min(of, SAMPLE) }, (_, index) => id * SPACE_STRIDE + index * step);
    const rows = this.#db.all<QuantizedRow>(
      "SELECT text, scale, data FROM vector WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    const mean = new Float64Array(rows[0]?.data.length ?? 0);
    for (const { scale, data } of rows) {
      const components = new Int8Array(data.buffer, data.byteOffset, data.length);
      for (let axis = 0; axis < mean.length; axis++)
        mean[axis] = (mean[axis] ?? 0) + ((components[axis] ?? 0) * scale) / rows.length;
    }
    this.#common = { space: id, of, mean };
    return mean;
  }
}

function centredCosine(query: Float64Array, length: number, { scale, data }: QuantizedRow, mean: Float64Array): number {
  const components = new Int8Array(data.buffer, data.byteOffset, data.length);
  let product = 0;
  let squares = 0;
  for (let axis = 0; axis < query.length; axis++) {
    const rest = (components[axis] ?? 0) * scale - (mean[axis] ?? 0);
    product += (query[axis] ?? 0) * rest;
    squares += rest * rest;
  }
  return squares === 0 || length === 0 ? 0 : product / (length * Math.sqrt(squares));
}

/** A mean of fewer says more of them than of their model. */
const LEAST = 128;
/** Enough: with all 27,000 of an index the same is found. */
const SAMPLE = 512;
