/** A vector of length 1 in whole numbers: component = data * scale. */
export interface QuantizedVector {
  readonly data: Int8Array;
  readonly scale: number;
}

/** Scales a vector to length 1 and rounds its components to 1/127 of the largest. A zero vector stays zero. */
export function quantize(vector: Float32Array): QuantizedVector {
  let squares = 0;
  let largest = 0;
  for (const component of vector) {
    squares += component * component;
    largest = Math.max(largest, Math.abs(component));
  }
  if (largest === 0) return { data: new Int8Array(vector.length), scale: 0 };
  const data = Int8Array.from(vector, (component) => Math.round((component / largest) * 127));
  return { data, scale: largest / 127 / Math.sqrt(squares) };
}

/** Bytes of a vector's sign bits, padded to the 16 that are compared at a time. */
export function codeBytes(dimensions: number): number {
  return 16 * Math.ceil(dimensions / 128);
}

/**
 * The sign bits of a vector: how many differ between two vectors estimates the angle between them (Charikar, 2002), at
 * 1/8 of the memory of whole numbers. Good enough to choose the few that are then compared precisely.
 */
export function signBits(data: Int8Array): Uint8Array {
  const bits = new Uint8Array(codeBytes(data.length));
  data.forEach((component, index) => {
    if (component > 0) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return bits;
}
