/**
 * The places of scores (none below 0), best first; `between` orders those of equal scores. Sorted natively as whole numbers:
 * the bits of short floats rise as they do, and below them stands the place. Where that rounds, neighbours are exchanged.
 */
export function bestFirst(scores: Float64Array, between: (a: number, b: number) => number): Uint32Array {
  const bits = new Uint32Array(new Float32Array(scores).buffer);
  const keys = new Float64Array(bits.length);
  for (let at = 0; at < keys.length; at++) keys[at] = (bits[at] ?? 0) * PLACES + PLACES - 1 - at;
  keys.sort();
  const order = new Uint32Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    const place = PLACES - 1 - ((keys[keys.length - 1 - at] ?? 0) % PLACES);
    let to = at;
    for (; to > 0 && isBehind(order[to - 1] ?? 0, place); to--) order[to] = order[to - 1] ?? 0;
    order[to] = place;
  }
  return order;

  function isBehind(one: number, other: number): boolean {
    const [own, others] = [scores[one] ?? 0, scores[other] ?? 0];
    return own < others || (own === others && between(one, other) > 0);
  }
}

/** More than are ever ranked; times the bits of a short float still a whole number that a double holds. */
const PLACES = 2 ** 21;
