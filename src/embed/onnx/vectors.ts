import type { Pooling } from "./pool-graph.ts";

/** Pools token vectors (`tokens` rows of `dimensions`) to one of unit length: what the prepared graph does, done apart. */
export function poolTokens(values: Float32Array, tokens: number, dimensions: number, pooling: Pooling): Float32Array {
  if (pooling === "cls") return normalise(values.slice(0, dimensions));
  const sum = new Float32Array(dimensions);
  for (let token = 0, at = 0; token < tokens; token += 1) {
    for (let axis = 0; axis < dimensions; axis += 1, at += 1) sum[axis] = (sum[axis] ?? 0) + (values[at] ?? 0);
  }
  return normalise(sum);
}

/** One vector for a text embedded in windows: their mean, weighted by how many tokens each holds, at unit length. */
export function meanOfWindows(
  windows: readonly { readonly vector: Float32Array; readonly tokens: number }[],
): Float32Array {
  const [only] = windows;
  if (only !== undefined && windows.length === 1) return only.vector;
  const sum = new Float32Array(only?.vector.length ?? 0);
  for (const { vector, tokens } of windows) {
    for (let axis = 0; axis < sum.length; axis += 1) sum[axis] = (sum[axis] ?? 0) + (vector[axis] ?? 0) * tokens;
  }
  return normalise(sum);
}

/** Scales a vector to unit length, in place; one of zeros stays. */
export function normalise(vector: Float32Array): Float32Array {
  let squares = 0;
  // By index, as everything here: an iterator makes an object of each value.
  for (let axis = 0; axis < vector.length; axis += 1) squares += (vector[axis] ?? 0) ** 2;
  if (squares === 0) return vector;
  const scale = 1 / Math.sqrt(squares);
  for (let axis = 0; axis < vector.length; axis += 1) vector[axis] = (vector[axis] ?? 0) * scale;
  return vector;
}

/** Cosine of the angle between two vectors of unit length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let axis = 0; axis < a.length; axis += 1) sum += (a[axis] ?? 0) * (b[axis] ?? 0);
  return sum;
}
