import { codeBytes } from "./sign-code.ts";

/** What a query gives to each value of each four bits of a code, as the kernel takes it. */
export interface QueryTables {
  /** Two tables of 16 entries (0..63) for each byte of a code: for its lower and its upper four bits. */
  readonly tables: Uint8Array;
  /** Bias + 2 * the sum of a code's entries = the inner product of the query's rounded components and the code's signs. */
  readonly bias: number;
  /** A query's component = its rounded component * scale. */
  readonly scale: number;
  /** The sum of the magnitudes of the rounded components: no product with signs is larger. */
  readonly magnitudes: number;
}

/** Entries of more would not fit into a byte four at a time, and more dimensions not into the sum of a code. */
const ROUNDED_TO = 15;
const MOST_DIMENSIONS_ROUNDED = 4096;

/** Rounds a query to 5 bits: what that loses is little beside what one bit per component has lost of the vectors. */
export function queryTables(query: Float32Array): QueryTables {
  const steps = query.length <= MOST_DIMENSIONS_ROUNDED ? ROUNDED_TO : ROUNDED_TO >> 1;
  let largest = 0;
  for (let axis = 0; axis < query.length; axis++) largest = Math.max(largest, Math.abs(query[axis] ?? 0));
  const scale = largest / steps;
  const rounded = new Int8Array(8 * codeBytes(query.length));
  if (scale > 0) for (let axis = 0; axis < query.length; axis++) rounded[axis] = Math.round((query[axis] ?? 0) / scale);
  const tables = new Uint8Array(4 * rounded.length);
  let [bias, magnitudes] = [0, 0];
  for (let first = 0; first < rounded.length; first += 4) {
    // Entries begin with that of the bits which take the negative components alone, so that none is below 0.
    let least = 0;
    let sum = 0;
    for (let bit = 0; bit < 4; bit++) {
      const component = rounded[first + bit] ?? 0;
      least += Math.min(0, component);
      sum += component;
      magnitudes += Math.abs(component);
    }
    const table = 4 * first;
    tables[table] = -least;
    for (let bit = 0; bit < 4; bit++) {
      const component = rounded[first + bit] ?? 0;
      for (let bits = 0; bits < 1 << bit; bits++) {
        tables[table + bits + (1 << bit)] = (tables[table + bits] ?? 0) + component;
      }
    }
    bias += 2 * least - sum;
  }
  return { tables, bias, scale, magnitudes };
}
