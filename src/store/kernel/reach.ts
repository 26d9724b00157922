import type { Kernel } from "./kernel.ts";

/** Floats side by side in a kernel's memory; `count` is a multiple of 4. */
export interface Floats {
  readonly address: number;
  readonly count: number;
}

/**
 * A value that at least `count` of the floats reach and, where they can be told apart, not many more: the range from `low` to
 * `high`, in which that must lie, is halved until it is found. -Infinity where fewer reach `low`.
 */
export function reach(kernel: Kernel, floats: Floats, count: number, low: number, high: number): number {
  const reaching = (least: number) => kernel.countAtLeast(floats.address, floats.count, least);
  if (reaching(low) < count) return Number.NEGATIVE_INFINITY;
  for (let step = 0; step < MOST_HALVINGS; step++) {
    const middle = Math.fround((low + high) / 2);
    const found = reaching(middle);
    if (found < count) high = middle;
    else low = middle;
    if (found >= count && found <= count * CLOSE) break;
  }
  return low;
}

/** Halving a range so often leaves less of it than scores and estimates are told apart by. */
const MOST_HALVINGS = 24;
/** How many times as many as wanted are close enough. */
const CLOSE = 1.1;
