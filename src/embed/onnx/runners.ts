import { Worker } from "node:worker_threads";
import { workerUrl } from "../../worker-url.ts";
import type { FromRunner, RunnerOptions, Unusable } from "./worker-protocol.ts";

/** Threads that each hold the model, and what waits for one of them. */
export interface Runners {
  /** Starts one more thread. Resolves when it computes, or with why it cannot. */
  add(): Promise<Unusable | null>;
  /**
   * Computes one window in its turn: what is urgent first, otherwise in order.
   * @param wanted asked when the turn has come
   * @returns the vector, or null when it was not wanted any more
   */
  run(window: Window): Promise<Float32Array | null>;
}

export interface Window {
  readonly ids: readonly number[];
  readonly urgent: boolean;
  readonly wanted: () => boolean;
}

/** One thread; it computes one window at a time. */
export interface Runner {
  compute(ids: readonly number[]): Promise<Float32Array>;
}

/** Urgent windows after which one that waits has its turn: an endless stream of queries must not starve it. */
const MOST_IN_A_ROW = 8;

interface Job extends Window {
  readonly resolve: (vector: Float32Array | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Runners without a thread; `start` is handed in so that tests can stand in for one. */
export function createRunners(start: () => Promise<Runner | Unusable>): Runners {
  const idle: Runner[] = [];
  const urgent: Job[] = [];
  const bulk: Job[] = [];
  let inARow = 0;

  const next = (): Job | undefined => {
    const patience = inARow >= MOST_IN_A_ROW ? bulk.shift() : undefined;
    const job = patience ?? urgent.shift() ?? bulk.shift();
    if (job !== undefined) inARow = job.urgent ? inARow + 1 : 0;
    return job;
  };
  const compute = (runner: Runner, job: Job) => {
    const free = () => {
      idle.push(runner);
      share();
    };
    runner.compute(job.ids).then(job.resolve, job.reject).finally(free);
  };
  const share = () => {
    for (let runner = idle.pop(); runner !== undefined; runner = idle.pop()) {
      let job = next();
      for (; job?.wanted() === false; job = next()) job.resolve(null);
      if (job === undefined) return void idle.push(runner);
      compute(runner, job);
    }
  };

  return {
    async add() {
      const runner = await start();
      if ("code" in runner) return runner;
      idle.push(runner);
      share();
      return null;
    },
    run: (window) =>
      new Promise((resolve, reject) => {
        (window.urgent ? urgent : bulk).push({ ...window, resolve, reject });
        share();
      }),
  };
}

/** Starts a thread that holds the model. One that ends unasked takes the process along: what it leaves is not to be trusted. */
export function startRunner(options: RunnerOptions): Promise<Runner | Unusable> {
  const thread = new Worker(workerUrl(import.meta.url, "runner-worker"), {
    workerData: options,
    // What it leaves behind is little and short-lived: a small nursery keeps its memory small.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  let settle: ((message: FromRunner) => void) | undefined;
  const told = () => new Promise<FromRunner>((resolve) => (settle = resolve));
  thread.on("message", (message: FromRunner) => settle?.(message));
  thread.once("error", () => process.exit(1));
  return told().then((first) => {
    if (first.type === "unusable") return first;
    return {
      compute: async (ids) => {
        const answer = told();
        thread.postMessage(ids);
        const message = await answer;
        if (message.type === "done") return message.vector;
        throw new Error(message.type === "failed" ? message.message : "the thread answered out of turn");
      },
    };
  });
}
