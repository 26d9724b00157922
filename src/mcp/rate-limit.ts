import { UserError } from "../errors.ts";

export interface RateLimits {
  /** Per principal and hour. */
  readonly fileOperations: number;
  readonly approvals: number;
}

export const DEFAULT_RATE_LIMITS: RateLimits = { fileOperations: 1_000, approvals: 50 };

export interface RateLimiter {
  /** Counts one use. @throws UserError `request.rate-limited` with the time to wait. */
  take(principal: string, kind: keyof RateLimits): void;
}

const HOUR_MS = 3_600_000;

/** At most so many uses within any 60 minutes. `now` is monotonic milliseconds, so that a changed clock frees nobody. */
export function createRateLimiter(limits: RateLimits, now: () => number = () => performance.now()): RateLimiter {
  const uses = new Map<string, number[]>();
  return {
    take(principal, kind) {
      const time = now();
      const key = `${kind} ${principal}`;
      const recent = (uses.get(key) ?? []).filter((used) => used > time - HOUR_MS);
      const [oldest] = recent;
      if (recent.length >= limits[kind]) {
        const minutes = oldest === undefined ? 60 : Math.ceil((oldest + HOUR_MS - time) / 60_000);
        throw new UserError(
          "request.rate-limited",
          `The limit of ${limits[kind]} ${LABELS[kind]} an hour is reached.`,
          {
            hint: `Wait ${minutes} ${minutes === 1 ? "minute" : "minutes"}, or ask the user to raise the limit.`,
          },
        );
      }
      recent.push(time);
      uses.set(key, recent);
    },
  };
}

const LABELS = { fileOperations: "file operations", approvals: "approval requests" } as const;
