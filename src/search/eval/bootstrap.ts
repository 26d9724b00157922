/** A mean with the interval that holds it in 95 of 100 resamplings. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The mean of `values` and its 95 % bootstrap interval; the same values always give the same interval. */
export function bootstrap(values: readonly number[]): Interval {
  const mean = meanOf(values);
  if (values.length < 2) return { mean, low: mean, high: mean };
  const random = generator();
  const means = Float64Array.from({ length: RESAMPLINGS }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < values.length; drawn++) sum += values[Math.floor(random() * values.length)] ?? 0;
    return sum / values.length;
  }).toSorted();
  return {
    mean,
    low: means[Math.floor(RESAMPLINGS * 0.025)] ?? mean,
    high: means[Math.ceil(RESAMPLINGS * 0.975) - 1] ?? mean,
  };
}

/** The mean; 0 for none. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value below which `share` (0..1) of the values lie; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Mulberry32: small, even enough for resampling, and seeded, so that reports repeat. */
function generator(): () => number {
  let state = 42;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Enough for the second decimal of an interval's ends. */
const RESAMPLINGS = 2_000;
