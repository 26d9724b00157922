/** A vector of length 1 in whole numbers: component = data * scale. */
export interface QuantizedVector {
  readonly data: Int8Array;
  readonly scale: number;
}

/**
 * Rounds a vector's components to 1/127 of the largest and scales what that leaves to length 1: what rounding does along the
 * vector itself cancels out, which is most of what it does to the cosine of near neighbours. A zero vector stays zero.
 */
export function quantize(vector: Float32Array): QuantizedVector {
  // Indexed loops here and below: each text that is indexed passes through, and callbacks cost ten times as much.
  const data = new Int8Array(vector.length);
  let largest = 0;
  for (let axis = 0; axis < vector.length; axis++) largest = Math.max(largest, Math.abs(vector[axis] ?? 0));
  if (largest === 0) return { data, scale: 0 };
  let squares = 0;
  for (let axis = 0; axis < vector.length; axis++) {
    const rounded = Math.round(((vector[axis] ?? 0) / largest) * 127);
    data[axis] = rounded;
    squares += rounded * rounded;
  }
  return { data, scale: 1 / Math.sqrt(squares) };
}

/** A vector of length 1 in finer whole numbers, of 16 bits: component = data * scale. */
export interface FineVector {
  readonly data: Int16Array;
  readonly scale: number;
}

/** Steps of a fine vector for one of a quantized one: products of many dimensions must not grow too large to be added up. */
function finenessFor(dimensions: number): number {
  return dimensions <= 2048 ? 254 : 64;
}

/**
 * Quantizes a query: rounded as its neighbours are, it would lose as much again as the vectors that it is compared with
 * have lost, and with that a third of the places among the ten nearest that quantizing costs.
 */
export function quantizeFinely(vector: Float32Array): FineVector {
  const steps = 127 * finenessFor(vector.length);
  const data = new Int16Array(vector.length);
  let squares = 0;
  let largest = 0;
  for (let axis = 0; axis < vector.length; axis++) {
    const component = vector[axis] ?? 0;
    squares += component * component;
    largest = Math.max(largest, Math.abs(component));
  }
  if (largest === 0) return { data, scale: 0 };
  for (let axis = 0; axis < vector.length; axis++) {
    data[axis] = Math.round(((vector[axis] ?? 0) / largest) * steps);
  }
  return { data, scale: largest / steps / Math.sqrt(squares) };
}

/** Bytes of a vector's sign bits, padded to the 16 that are compared at a time. */
export function codeBytes(dimensions: number): number {
  return 16 * Math.ceil(dimensions / 128);
}

/**
 * The sign bits of a vector: together with a query they tell the cosine nearly (`signFactor`), at 1/8 of the memory of
 * whole numbers.
 */
export function signBits(data: Int8Array): Uint8Array {
  const bits = new Uint8Array(codeBytes(data.length));
  for (let axis = 0; axis < data.length; axis++) {
    if ((data[axis] ?? 0) > 0) bits[axis >> 3] = (bits[axis >> 3] ?? 0) | (1 << (axis & 7));
  }
  return bits;
}

/**
 * What turns the inner product of a query and a vector's signs into an estimate of their cosine: 1 / the sum of the
 * vector's magnitudes at length 1 (the unbiased estimator of RaBitQ, Gao and Long, 2024).
 */
export function signFactor({ data, scale }: QuantizedVector): number {
  let sum = 0;
  for (let axis = 0; axis < data.length; axis++) sum += Math.abs(data[axis] ?? 0);
  const magnitudes = sum * scale;
  return magnitudes === 0 ? 0 : 1 / magnitudes;
}

/** What a query gives to each value of each four bits of a code, as the kernel takes it. */
export interface QueryTables {
  /** Two tables of 16 entries (0..63) for each byte of a code: for its lower and its upper four bits. */
  readonly tables: Uint8Array;
  /** Bias + 2 * the sum of a code's entries = the inner product of the query's rounded components and the code's signs. */
  readonly bias: number;
  /** A query's component at length 1 = its rounded component * scale. */
  readonly scale: number;
}

/** Entries of more would not fit into a byte four at a time, and more dimensions not into the sum of a code. */
const ROUNDED_TO = 15;
const MOST_DIMENSIONS_ROUNDED = 4096;

/** Rounds a query to 5 bits: what that loses is little beside what one bit per component has lost of the vectors. */
export function queryTables({ data, scale }: QuantizedVector): QueryTables {
  const steps = data.length <= MOST_DIMENSIONS_ROUNDED ? ROUNDED_TO : ROUNDED_TO >> 1;
  const rounded = new Int8Array(8 * codeBytes(data.length));
  for (let axis = 0; axis < data.length; axis++) rounded[axis] = Math.round(((data[axis] ?? 0) * steps) / 127);
  const tables = new Uint8Array(4 * rounded.length);
  let bias = 0;
  for (let first = 0; first < rounded.length; first += 4) {
    // Entries begin with that of the bits which take the negative components alone, so that none is below 0.
    let least = 0;
    let sum = 0;
    for (let bit = 0; bit < 4; bit++) {
      const component = rounded[first + bit] ?? 0;
      least += Math.min(0, component);
      sum += component;
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
  return { tables, bias, scale: (scale * 127) / steps };
}
