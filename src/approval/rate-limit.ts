import { UserError } from "../errors.ts";
import type { Database } from "../sqlite.ts";
import { type Clock, systemClock } from "./clock.ts";

/** What is counted: calls that touch files, and questions to a human. */
export type RateKind = "file" | "approval";

export interface RateLimits {
  /** File operations per principal and hour. */
  readonly file: number;
  /** Questions to a human per principal and hour. */
  readonly approval: number;
}

export const DEFAULT_RATE_LIMITS: RateLimits = { file: 1_000, approval: 50 };

const WINDOW_MS = 3_600_000;

const WORDS: Readonly<Record<RateKind, string>> = { file: "file operations", approval: "approval requests" };

/** Counts over a sliding hour, shared by all processes and kept over restarts. */
export class RateLimiter {
  readonly #database: Database;
  readonly #limits: RateLimits;
  readonly #clock: Clock;

  constructor(database: Database, limits: RateLimits = DEFAULT_RATE_LIMITS, clock: Clock = systemClock) {
    this.#database = database;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Counts one event. Throws `request.rate-limited` with the seconds to wait; a refused event does not count. */
  take(principal: string, kind: RateKind): void {
    const now = this.#clock.wall();
    const limit = this.#limits[kind];
    // The refusal is thrown outside: it must not undo the tidying.
    const waitMs = this.#database.transaction(() => {
      this.#database.run("DELETE FROM rate_events WHERE at <= ?", now - WINDOW_MS);
      // A clock set back leaves events in the future, which would block for longer than the window.
      this.#database.run("UPDATE rate_events SET at = ? WHERE at > ?", now, now);
      const events = this.#database.all<{ at: number }>(
        "SELECT at FROM rate_events WHERE principal = ? AND kind = ? ORDER BY at DESC LIMIT ?",
        principal,
        kind,
        limit,
      );
      if (events.length >= limit) return (events.at(-1)?.at ?? now) + WINDOW_MS - now;
      this.#database.run("INSERT INTO rate_events VALUES (?, ?, ?)", principal, kind, now);
      return null;
    });
    if (waitMs === null) return;
    throw new UserError("request.rate-limited", `more than ${limit} ${WORDS[kind]} within an hour`, {
      hint: `Wait ${Math.max(1, Math.ceil(waitMs / 1_000))} seconds, then call again.`,
    });
  }
}
