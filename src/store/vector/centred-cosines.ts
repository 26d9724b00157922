import type { Database } from "../../sqlite.ts";
import { SPACE_STRIDE } from "./code-blocks.ts";
import { activeSpace } from "./vector-writer.ts";

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
  /** Those that it was told by. */
  readonly sample: readonly QuantizedRow[];
}

/**
 * How near texts are once what all of them have in common is taken away. Small models lay all texts into a narrow cone
 * (the mean of unit vectors of gte-small has a length of 0.9): what is left tells texts apart better. Mu and Viswanath,
 * "All-but-the-Top" (2018), without its second step, which loses here as whitening does.
 */
export class CentredCosines {
  readonly #db: Database;
  #common: Common | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * The vector without what all have in common: by products with it texts come in nearly the order of `of`. null where there
   * are too few vectors to tell what that is. In a read transaction.
   */
  apart(vector: Float32Array): Float32Array | null {
    const common = this.#commonOf();
    return common && vector.map((component, axis) => component - (common.mean[axis] ?? 0));
  }

  /**
   * For each of these texts that has a vector in the active space by how many standard deviations it is nearer than texts
   * are on average: models differ in how far apart cosines lie, and so do questions. null as in `apart`. In a read transaction.
   */
  of(vector: Float32Array, texts: readonly number[]): ReadonlyMap<number, number> | null {
    const common = this.#commonOf();
    if (common === null) return null;
    const { space, mean, sample } = common;
    const query = Float64Array.from(vector, (component, axis) => component - (mean[axis] ?? 0));
    const length = Math.hypot(...query);
    const rows = this.#db.all<QuantizedRow>(
      "SELECT text, scale, data FROM vector WHERE space = ? AND text IN (SELECT value FROM json_each(?))",
      space,
      JSON.stringify(texts),
    );
    const usual = sample.map((row) => centredCosine(query, length, row, mean));
    const average = usual.reduce((sum, cosine) => sum + cosine, 0) / usual.length;
    const spread = Math.sqrt(usual.reduce((sum, cosine) => sum + (cosine - average) ** 2, 0) / usual.length);
    return new Map(
      rows.map((row) => {
        const deviation = centredCosine(query, length, row, mean) - average;
        return [row.text, spread === 0 ? 0 : deviation / spread];
      }),
    );
  }

  /** Of a sample of the first 2^n vectors: the same in every process, and anew when there are twice as many. */
  #commonOf(): Common | null {
    const space = activeSpace(this.#db);
    if (space === null || space.slots < LEAST) return null;
    const of = 2 ** Math.floor(Math.log2(space.slots));
    if (this.#common?.space === space.id && this.#common.of === of) return this.#common;
    const step = Math.max(1, of / SAMPLE);
    const ids = Array.from({ length: Math.min(of, SAMPLE) }, (_, index) => space.id * SPACE_STRIDE + index * step);
    const sample = this.#db.all<QuantizedRow>(
      "SELECT text, scale, data FROM vector WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    const mean = new Float64Array(space.dimensions);
    for (const { scale, data } of sample) {
      const components = new Int8Array(data.buffer, data.byteOffset, data.length);
      for (let axis = 0; axis < mean.length; axis++)
        mean[axis] = (mean[axis] ?? 0) + ((components[axis] ?? 0) * scale) / sample.length;
    }
    this.#common = { space: space.id, of, mean, sample };
    return this.#common;
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
