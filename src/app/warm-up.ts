import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { ToolRunner } from "../mcp/run-tool.ts";
import type { Rehearsal } from "../search/rehearse.ts";

/** Who has just asked is likely to ask again. */
const QUIET_MS = 150;
/** Between two searches that nobody waits for, so that a call that comes in waits for one of them at most. */
const PAUSE_MS = 15;

/** A runner, and whether any of its calls is under way or has just ended. */
export interface CountedCalls {
  readonly runner: ToolRunner;
  readonly isQuiet: () => boolean;
}

/** The same runner, with its calls counted; `now` is in milliseconds, and handed in by tests. */
export function countCalls(runner: ToolRunner, now = (): number => performance.now()): CountedCalls {
  let running = 0;
  let lastEnd = Number.NEGATIVE_INFINITY;
  const counted = async <Outcome>(call: () => Promise<Outcome>): Promise<Outcome> => {
    running++;
    try {
      return await call();
    } finally {
      running--;
      lastEnd = now();
    }
  };
  return {
    runner: {
      run: (...call) => counted(() => runner.run(...call)),
      read: (...call) => counted(() => runner.read(...call)),
    },
    isQuiet: () => running === 0 && now() - lastEnd > QUIET_MS,
  };
}

export interface WarmUpOptions {
  readonly isQuiet: () => boolean;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Searches while nobody else does, until searching is as fast as it gets. Never throws. */
export async function warmUp(search: Rehearsal, options: WarmUpOptions): Promise<void> {
  const { isQuiet, signal, log } = options;
  const started = performance.now();
  let searches = 0;
  try {
    const rehearsal = search.rehearse(signal);
    for (;;) {
      await sleep(PAUSE_MS, undefined, { signal });
      // A call may wait for a human, or run an agent, for long.
      while (!isQuiet()) await sleep(QUIET_MS, undefined, { signal });
      if ((await rehearsal.next()).done === true) break;
      searches++;
    }
    log.debug("search is warm", { searches, ms: Math.round(performance.now() - started) });
  } catch (error) {
    if (!signal.aborted) log.debug("search is not warm", { error: messageOf(error) });
  }
}
