import type { QuantizedVector } from "./quantize.ts";

/** What is left of a vector for a first look at it. */
export interface SignCode {
  /** The sign bits of what it is apart from the centre of its space. */
  readonly code: Uint8Array;
  /** Times the inner product of a query and the signs: an estimate of the query's product with what it is apart. */
  readonly factor: number;
  /** The inner product of what it is apart and the centre. */
  readonly share: number;
}

/** Bytes of a vector's sign bits, padded to the 16 that are compared at a time. */
export function codeBytes(dimensions: number): number {
  return 16 * Math.ceil(dimensions / 128);
}

/**
 * The signs of a vector once the centre of its space is taken away: together with a query they tell the cosine nearly, at 1/8
 * of the memory of whole numbers. Signs err in proportion to the length of what they stand for, and small models lay all
 * texts into a narrow cone: of vectors by gte-small half of the length is left, of the error a sixth. The factor is that of
 * the unbiased estimator of RaBitQ (Gao and Long, 2024): squares / the sum of magnitudes.
 */
export function signCode({ data, scale }: QuantizedVector, centre: Float32Array | null): SignCode {
  const code = new Uint8Array(codeBytes(data.length));
  let [squares, magnitudes, share] = [0, 0, 0];
  // An indexed loop: each text that is indexed passes through.
  for (let axis = 0; axis < data.length; axis++) {
    const common = centre === null ? 0 : (centre[axis] ?? 0);
    const apart = (data[axis] ?? 0) * scale - common;
    squares += apart * apart;
    share += apart * common;
    magnitudes += Math.abs(apart);
    if (apart > 0) code[axis >> 3] = (code[axis >> 3] ?? 0) | (1 << (axis & 7));
  }
  return { code, factor: magnitudes === 0 ? 0 : squares / magnitudes, share };
}

/** A query in the two parts that its product with a vector is estimated by, and a sum that is the same for all. */
export interface PartedQuery {
  /** What of it is across the centre: its product with the signs, times the factor of a vector, is one part. */
  readonly across: Float32Array;
  /** How many times the centre it holds: times the share of a vector, the other part. */
  readonly along: number;
  /** Its product with the centre. */
  readonly common: number;
}

/** Parts a query, brought to length 1; `centre` is that of the codes. */
export function partedQuery(query: Float32Array, centre: Float32Array | null): PartedQuery {
  let [own, common, squares] = [0, 0, 0];
  for (let axis = 0; axis < query.length; axis++) {
    const component = query[axis] ?? 0;
    const middle = centre === null ? 0 : (centre[axis] ?? 0);
    own += component * component;
    common += component * middle;
    squares += middle * middle;
  }
  const length = own === 0 ? 1 : Math.sqrt(own);
  common /= length;
  const along = squares === 0 ? 0 : common / squares;
  return {
    across: query.map((component, axis) => component / length - along * (centre === null ? 0 : (centre[axis] ?? 0))),
    along,
    common,
  };
}
