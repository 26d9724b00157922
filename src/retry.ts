import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  readonly attempts: number;
  /** Longest wait before the second attempt; it doubles with each further one. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Both handed in by tests. */
  readonly random?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** An attempt that failed and may be made again. */
export class RetryableError extends Error {
  /** How long the server asked to wait; null where it did not say. */
  readonly afterMs: number | null;

  constructor(message: string, options: { readonly afterMs?: number | null; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RetryableError";
    this.afterMs = options.afterMs ?? null;
  }
}

/**
 * Runs `attempt` until it does not throw a `RetryableError`, waiting a random part of a doubling delay in between, and
 * at least as long as the server asked. Clients that failed together thus do not come back together.
 */
export async function retrying<Result>(attempt: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  const { random = Math.random, wait = waitFor, signal } = options;
  for (let made = 1; ; made += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RetryableError) || made >= options.attempts) throw error;
      const ceiling = Math.min(options.longestDelayMs, options.firstDelayMs * 2 ** (made - 1));
      const asked = error.afterMs ?? 0;
      // A server that asks for more patience than anyone has is taken at its word: it is given up.
      if (asked > options.longestDelayMs) throw error;
      await wait(asked + ceiling * random(), signal);
    }
  }
}

/** Milliseconds that a `Retry-After` (or `retry-after-ms`) header asks to wait; null where there is none that is understood. */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | null {
  const milliseconds = headers.get("retry-after-ms");
  if (milliseconds !== null && /^\d+$/.test(milliseconds)) return Number(milliseconds);
  const value = headers.get("retry-after");
  if (value === null) return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function waitFor(ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  return sleep(ms, undefined, signal ? { signal } : {});
}
