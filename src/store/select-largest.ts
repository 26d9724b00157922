const BUCKETS = 2048;

/**
 * The positions of the `count` largest values, rising; of equal values at the border the first ones. What is no number is
 * left out. Values are counted
 * in buckets between the smallest and the largest, and only those of the bucket at the border are sorted. Indexed loops:
 * each search passes thousands of values through here, and callbacks cost ten times as much.
 */
export function selectLargest(values: Float32Array, count: number): Uint32Array {
  const chosen = new Uint32Array(Math.min(count, values.length));
  if (values.length <= count) {
    for (let at = 0; at < chosen.length; at++) chosen[at] = at;
    return chosen;
  }
  const { least, ties } = borderOf(values, count);
  let found = 0;
  let left = ties;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value > least || (value === least && left-- > 0)) chosen[found++] = at;
  }
  return chosen.subarray(0, found);
}

/** The smallest of the `count` largest values, and how many of them are equal to it. */
function borderOf(values: Float32Array, count: number): { readonly least: number; readonly ties: number } {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = high > low ? (BUCKETS - 1) / (high - low) : 0;
  const bucketOf = (value: number) => ((value - low) * scale) | 0;
  const sizes = new Uint32Array(BUCKETS);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    // What is no number is in no bucket.
    if (value < low || value !== value) continue;
    const bucket = bucketOf(value);
    sizes[bucket] = (sizes[bucket] ?? 0) + 1;
  }
  let border = BUCKETS - 1;
  let above = 0;
  for (; border > 0 && above + (sizes[border] ?? 0) < count; border--) above += sizes[border] ?? 0;
  const undecided = new Float32Array(sizes[border] ?? 0);
  let size = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value >= low && bucketOf(value) === border) undecided[size++] = value;
  }
  undecided.sort();
  const first = Math.max(0, size - (count - above));
  const least = undecided[first] ?? Number.POSITIVE_INFINITY;
  let ties = 0;
  for (let at = first; at < size && undecided[at] === least; at++) ties++;
  return { least, ties };
}
