import { setImmediate as turn } from "node:timers/promises";

/** What waits for the one model of a thread. */
export interface Turns {
  /**
   * Computes one window in its turn: what is urgent first, otherwise in order.
   * @returns the vector, or null when it was not wanted any more
   */
  run(window: Window): Promise<Float32Array | null>;
}

export interface Window {
  readonly ids: readonly number[];
  readonly urgent: boolean;
  /** Asked when the turn has come. */
  readonly wanted: () => boolean;
}

/** Urgent windows after which one that waits has its turn: an endless stream of queries must not starve it. */
const MOST_IN_A_ROW = 8;

interface Job extends Window {
  readonly resolve: (vector: Float32Array | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Turns at `compute`, which blocks the thread: what came in meanwhile is read before the next window is chosen. */
export function createTurns(compute: (ids: readonly number[]) => Promise<Float32Array>): Turns {
  const urgent: Job[] = [];
  const bulk: Job[] = [];
  let inARow = 0;
  let working = false;

  const next = (): Job | undefined => {
    const patience = inARow >= MOST_IN_A_ROW ? bulk.shift() : undefined;
    const job = patience ?? urgent.shift() ?? bulk.shift();
    if (job !== undefined) inARow = job.urgent ? inARow + 1 : 0;
    return job;
  };
  const work = async () => {
    working = true;
    for (let job = next(); job !== undefined; job = next()) {
      if (!job.wanted()) {
        job.resolve(null);
        continue;
      }
      await compute(job.ids).then(job.resolve, job.reject);
      if (urgent.length + bulk.length > 0) await turn();
    }
    working = false;
  };

  return {
    run: (window) =>
      new Promise((resolve, reject) => {
        (window.urgent ? urgent : bulk).push({ ...window, resolve, reject });
        if (!working) void work();
      }),
  };
}
