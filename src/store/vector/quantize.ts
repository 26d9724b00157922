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
