/** The two clocks that expiry is judged by. */
export interface Clock {
  /** Milliseconds since the epoch; a person or a time service may set it. */
  readonly wall: () => number;
  /** Milliseconds since the machine started: the same in all its processes, never set back. */
  readonly monotonic: () => number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => Math.floor(Number(process.hrtime.bigint() / 1_000_000n)),
};

/** A span of time, told by both clocks at its beginning. */
export interface Lifetime {
  readonly created: number;
  readonly expires: number;
  readonly createdMonotonic: number;
}

/** How far the wall clock may be corrected backwards before a lifetime that began "later" counts as over. */
const SKEW_MS = 2_000;

/**
 * Whether a lifetime is over. Either clock may end it: a wall clock set back cannot prolong it, and a monotonic clock
 * that stands before its beginning means that the machine was restarted since.
 */
export function isOver(lifetime: Lifetime, clock: Clock): boolean {
  const wall = clock.wall();
  const elapsed = clock.monotonic() - lifetime.createdMonotonic;
  return (
    wall >= lifetime.expires ||
    wall < lifetime.created - SKEW_MS ||
    elapsed < 0 ||
    elapsed >= lifetime.expires - lifetime.created
  );
}
