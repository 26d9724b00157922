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

/** Computes windows together; the vectors in their order. */
export type Compute = (windows: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>;

/**
 * Turns at `compute`, which blocks the thread: what came in meanwhile is read before the next windows are chosen.
 * @param batchTokens most tokens computed at once, padding included; 0 computes one window at a time
 */
export function createTurns(compute: Compute, batchTokens = 0): Turns {
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
    // Texts that came together are encoded one after the other: all of them, before the first is computed alone.
    if (batchTokens > 0) await turn();
    for (let job = next(); job !== undefined; job = next()) {
      if (!job.wanted()) {
        job.resolve(null);
        continue;
      }
      // A full batch takes many times as long as a query alone: bulk goes with bulk.
      const queues = job.urgent ? [urgent] : [urgent, bulk];
      await together([job, ...companionsOf(job, queues, batchTokens)], compute);
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

/** Takes out of the queues what is computed with a window: those nearest to it in length, as many as there is room for. */
function companionsOf(job: Job, queues: readonly Job[][], batchTokens: number): Job[] {
  if (job.ids.length * 2 > batchTokens) return [];
  const away = ({ ids }: Job) => Math.abs(ids.length - job.ids.length);
  const nearest = queues.flatMap((queue) => queue.toSorted((a, b) => away(a) - away(b)));
  const taken = new Set<Job>();
  let longest = job.ids.length;
  for (const other of nearest) {
    const most = Math.max(longest, other.ids.length);
    if (most * (taken.size + 2) > batchTokens) continue;
    taken.add(other);
    longest = most;
  }
  for (const queue of queues) {
    const rest = queue.filter((each) => !taken.has(each));
    queue.splice(0, queue.length, ...rest);
  }
  return [...taken];
}

async function together(jobs: readonly Job[], compute: Compute): Promise<void> {
  const wanted = jobs.filter((job) => job.wanted());
  for (const job of jobs) if (!wanted.includes(job)) job.resolve(null);
  try {
    const vectors = await compute(wanted.map(({ ids }) => ids));
    for (const [index, job] of wanted.entries()) job.resolve(vectors[index] ?? null);
  } catch (error) {
    for (const job of wanted) job.reject(error);
  }
}
