/**
 * Collects changed paths until they are worth acting on: when no more came for a moment, or when the first has waited
 * long enough. A storm of changes becomes one change of everything.
 */
export class PendingChanges {
  readonly #now: () => number;
  #paths = new Set<string>();
  #isEverything = false;
  #first = 0;
  #last = 0;

  /** `now` gives milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes a change of one path, or of nobody knows what (null). */
  add(path: string | null): void {
    const now = this.#now();
    if (!this.isWaiting) this.#first = now;
    this.#last = now;
    if (path === null || this.#paths.size >= STORM_PATHS) this.#isEverything = true;
    else if (!this.#isEverything) this.#paths.add(path);
    if (this.#isEverything) this.#paths.clear();
  }

  get isWaiting(): boolean {
    return this.#isEverything || this.#paths.size > 0;
  }

  /** When the batch is ready, on the clock of `now`; infinity while there is none. */
  get readyAt(): number {
    return this.isWaiting ? Math.min(this.#last + QUIET_MS, this.#first + LONGEST_WAIT_MS) : Number.POSITIVE_INFINITY;
  }

  /** Hands out the batch and begins the next: the paths, or null for everything. */
  take(): readonly string[] | null {
    const paths = this.#isEverything ? null : [...this.#paths];
    this.#paths = new Set();
    this.#isEverything = false;
    return paths;
  }
}

/** An editor that writes by rename is done well within this. */
const QUIET_MS = 100;
/** A file that is written to all the time is looked at this often. */
const LONGEST_WAIT_MS = 1000;
/** More are cheaper to find by looking at everything; it also bounds what a branch switch makes us hold. */
const STORM_PATHS = 500;
