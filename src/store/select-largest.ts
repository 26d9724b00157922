const BUCKETS = 2048;

/**
 * The positions of the `count` largest values, in no order; of equal values at the border the first ones. Values are
 * sorted into buckets between the smallest and the largest, and only the bucket at the border is looked into.
 */
export function selectLargest(values: Float32Array, count: number): number[] {
  if (values.length <= count) return Array.from(values.keys());
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = high > low ? (BUCKETS - 1) / (high - low) : 0;
  const sizes = new Uint32Array(BUCKETS);
  const buckets = new Uint16Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const bucket = Math.floor(((values[at] ?? 0) - low) * scale);
    buckets[at] = bucket;
    sizes[bucket] = (sizes[bucket] ?? 0) + 1;
  }
  let border = BUCKETS;
  let above = 0;
  while (border > 0 && above + (sizes[border - 1] ?? 0) <= count) above += sizes[--border] ?? 0;
  const chosen: number[] = [];
  const undecided: number[] = [];
  for (let at = 0; at < values.length; at++) {
    const bucket = buckets[at] ?? 0;
    if (bucket >= border) chosen.push(at);
    else if (bucket === border - 1) undecided.push(at);
  }
  undecided.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  for (const at of undecided) {
    if (chosen.length === count) break;
    chosen.push(at);
  }
  return chosen;
}
