import { ApiError } from "./api-error.ts";

/** Decides whether more work is taken on. */
export interface Admission {
  /**
   * Takes work of about so many tokens on.
   * @returns what to call when it is done, with true where it was computed rather than given up
   * @throws ApiError 429 with Retry-After when too much waits already.
   */
  enter(tokens: number): (computed: boolean) => void;
  readonly waitingTokens: number;
  /** Tokens a second, as measured lately. */
  readonly rate: number;
}

/** The admissions of all models: one model's backlog turns nobody away from another. */
export interface Admissions {
  of(model: string): Admission;
  /** Sums over all models. */
  readonly waitingTokens: number;
  readonly rate: number;
}

/** Clients such as Roo stop for minutes when they are turned away, so up to so many seconds of work wait instead. */
const WAIT_SECONDS = 600;
/** Even on the slowest machine ten of Roo's batches and a large file wait. */
const LEAST_BOUND = 500_000;
const FIRST_RATE = 2_000;
/** Share of the newest measurement in the rate. */
const NEWEST = 0.2;

/** An admission whose bound follows from how fast the work is done. */
export function createAdmission(now: () => number = () => performance.now()): Admission {
  let waitingTokens = 0;
  let rate = FIRST_RATE;
  let doneTokens = 0;
  let since: number | null = null;

  const measure = (tokens: number) => {
    doneTokens += tokens;
    const seconds = since === null ? 0 : (now() - since) / 1_000;
    if (seconds < 1) return;
    rate += (doneTokens / seconds - rate) * NEWEST;
    doneTokens = 0;
    since = now();
  };

  return {
    enter(tokens) {
      const bound = Math.max(LEAST_BOUND, rate * WAIT_SECONDS);
      if (waitingTokens > 0 && waitingTokens + tokens > bound) {
        const seconds = Math.max(1, Math.min(60, Math.ceil((waitingTokens + tokens - bound) / rate)));
        throw new ApiError(429, `${waitingTokens} tokens wait already; try again in ${seconds} s`, {
          code: "queue_full",
          headers: { "retry-after": String(seconds), "retry-after-ms": String(seconds * 1_000) },
        });
      }
      // Idle time says nothing about speed: measuring starts with work and ends with it.
      since ??= now();
      waitingTokens += tokens;
      let left = false;
      return (computed) => {
        if (left) return;
        left = true;
        waitingTokens -= tokens;
        if (computed) measure(tokens);
        if (waitingTokens === 0) {
          since = null;
          doneTokens = 0;
        }
      };
    },
    get waitingTokens() {
      return waitingTokens;
    },
    get rate() {
      return rate;
    },
  };
}

/** An admission for each model, made when it is first asked for. */
export function createAdmissions(): Admissions {
  const admissions = new Map<string, Admission>();
  const sum = (read: (admission: Admission) => number) =>
    [...admissions.values()].reduce((total, admission) => total + read(admission), 0);
  return {
    of(model) {
      const admission = admissions.get(model) ?? createAdmission();
      admissions.set(model, admission);
      return admission;
    },
    get waitingTokens() {
      return sum(({ waitingTokens }) => waitingTokens);
    },
    get rate() {
      return sum(({ rate }) => rate);
    },
  };
}
