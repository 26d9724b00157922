/** A vector of length 1 in whole numbers: component = data * scale. */
export interface QuantizedVector {
  readonly data: Int8Array;
  readonly scale: number;
}

/** Scales a vector to length 1 and rounds its components to 1/127 of the largest. A zero vector stays zero. */
export function quantize(vector: Float32Array): QuantizedVector {
  // Indexed loops here and below: each text that is indexed passes through, and callbacks cost ten times as much.
  const data = new Int8Array(vector.length);
  let squares = 0;
  let largest = 0;
  for (let axis = 0; axis < vector.length; axis++) {
    const component = vector[axis] ?? 0;
    squares += component * component;
    largest = Math.max(largest, Math.abs(component));
  }
  if (largest === 0) return { data, scale: 0 };
  for (let axis = 0; axis < vector.length; axis++) data[axis] = Math.round(((vector[axis] ?? 0) / largest) * 127);
  return { data, scale: largest / 127 / Math.sqrt(squares) };
}

/** A vector as `QuantizedVector`, and what rounding has left: component = (data + rest / FINENESS) * scale. */
export interface FineVector extends QuantizedVector {
  readonly rest: Int8Array;
}

/** Half a step is the most that rounding leaves. */
export const FINENESS = 254;

/**
 * Quantizes a query in two steps: rounded once, it would lose as much again as the vectors that it is compared with
 * have lost, and with that a third of the places among the ten nearest that quantizing costs.
 */
export function quantizeFinely(vector: Float32Array): FineVector {
  const { data, scale } = quantize(vector);
  const largest = vector.reduce((most, component) => Math.max(most, Math.abs(component)), 0);
  const rest = Int8Array.from(vector, (component, axis) =>
    largest === 0 ? 0 : Math.round(((component / largest) * 127 - (data[axis] ?? 0)) * FINENESS),
  );
  return { data, scale, rest };
}

/** Bytes of a vector's sign bits, padded to the 16 that are compared at a time. */
export function codeBytes(dimensions: number): number {
  return 16 * Math.ceil(dimensions / 128);
}

/**
 * The sign bits of a vector: how many differ between two vectors estimates the angle between them (Charikar, 2002), at
 * 1/8 of the memory of whole numbers.
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

/** A query's components in 4 bits each, as the kernel takes them, and what is needed to read its sums. */
export interface QueryPlanes {
  /** Four planes of one bit per component, the lowest first. */
  readonly bits: Uint8Array;
  /** Sum of all components, of -7 to 7. */
  readonly total: number;
  /** Component at length 1 = number * scale. */
  readonly scale: number;
}

/** Rounds a query to 4 bits: what that loses is little beside what one bit per component has lost of the vectors. */
export function queryPlanes({ data, scale }: QuantizedVector): QueryPlanes {
  const width = codeBytes(data.length);
  const bits = new Uint8Array(4 * width);
  let total = 0;
  data.forEach((component, index) => {
    const rounded = Math.round((component * 7) / 127);
    total += rounded;
    for (let plane = 0; plane < 4; plane++) {
      const at = plane * width + (index >> 3);
      bits[at] = (bits[at] ?? 0) | ((((rounded + 8) >> plane) & 1) << (index & 7));
    }
  });
  return { bits, total, scale: (scale * 127) / 7 };
}
