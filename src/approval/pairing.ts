import { randomBytes, randomInt } from "node:crypto";
import { UserError } from "../errors.ts";
import type { Database } from "../sqlite.ts";
import { isOver, type Clock } from "./clock.ts";
import { sha256 } from "../sha256.ts";

/** Long enough to walk from the terminal to the browser. */
const CODE_MS = 10 * 60_000;
const SESSION_MS = 12 * 3_600_000;

/** Wrong codes within an hour that close the page until a new code is issued: a code has 10^8 values. */
const MAX_WRONG_CODES = 20;
const ATTEMPTS_WINDOW_MS = 3_600_000;

/** What a paired browser holds: a cookie that scripts cannot read, and a proof that other sites never see. */
export interface PageSession {
  readonly token: string;
  readonly proof: string;
  readonly expires: number;
}

interface TimedRow {
  readonly begun: number;
  readonly begun_monotonic: number;
  readonly expires: number;
}

/**
 * Who may use the approval page: a browser into which a human typed a code that a terminal of this user showed. Only
 * digests are kept.
 */
export class Pairing {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** A new code of eight digits, good for one browser within ten minutes; earlier codes are void. */
  issueCode(): string {
    const code = String(randomInt(100_000_000)).padStart(8, "0");
    const now = this.#clock.wall();
    this.#database.transaction(() => {
      this.#database.exec("DELETE FROM page_codes; DELETE FROM page_attempts");
      this.#database.run(
        "INSERT INTO page_codes VALUES (?, ?, ?, ?)",
        digestOfCode(code),
        now,
        this.#clock.monotonic(),
        now + CODE_MS,
      );
    });
    return `${code.slice(0, 4)}-${code.slice(4)}`;
  }

  /** Exchanges a code for a session. Throws `permission.wrong-code`, and `permission.too-many-codes` after many. */
  pair(code: string): PageSession {
    const now = this.#clock.wall();
    const session = this.#database.transaction(() => {
      this.#database.run("DELETE FROM page_attempts WHERE at <= ? OR at > ?", now - ATTEMPTS_WINDOW_MS, now);
      const tried = this.#database.get<{ n: number }>("SELECT count(*) AS n FROM page_attempts")?.n ?? 0;
      if (tried >= MAX_WRONG_CODES) return "closed";
      const digest = digestOfCode(code.replaceAll(/[\s-]/g, ""));
      const row = this.#database.get<TimedRow>("SELECT * FROM page_codes WHERE digest = ?", digest);
      if (row === undefined || this.#isOver(row)) {
        this.#database.run("INSERT INTO page_attempts VALUES (?)", now);
        return "wrong";
      }
      this.#database.run("DELETE FROM page_codes WHERE digest = ?", digest);
      return this.#begin(now);
    });
    if (session === "closed")
      throw new UserError("permission.too-many-codes", "too many wrong codes were typed within the last hour", {
        hint: "Run `codelab-mcp approvals pair` for a new code, or decide with `codelab-mcp approvals`.",
      });
    if (session === "wrong")
      throw new UserError("permission.wrong-code", "this code is not right, or no longer", {
        hint: "Run `codelab-mcp approvals pair` for a new one.",
      });
    return session;
  }

  /** Whether both halves belong to one session that is not over. */
  isPaired(token: string, proof: string): boolean {
    const row = this.#database.get<TimedRow & { proof_digest: string }>(
      "SELECT * FROM page_sessions WHERE digest = ?",
      sha256(token),
    );
    return row !== undefined && row.proof_digest === sha256(proof) && !this.#isOver(row);
  }

  /** Ends one browser's session, or all. */
  end(token: string | null): void {
    if (token === null) this.#database.run("DELETE FROM page_sessions");
    else this.#database.run("DELETE FROM page_sessions WHERE digest = ?", sha256(token));
  }

  #begin(now: number): PageSession {
    this.#database.run("DELETE FROM page_sessions WHERE expires <= ?", now);
    const token = randomBytes(32).toString("base64url");
    const proof = randomBytes(32).toString("base64url");
    const expires = now + SESSION_MS;
    this.#database.run(
      "INSERT INTO page_sessions VALUES (?, ?, ?, ?, ?)",
      sha256(token),
      sha256(proof),
      now,
      this.#clock.monotonic(),
      expires,
    );
    return { token, proof, expires };
  }

  #isOver({ begun, begun_monotonic, expires }: TimedRow): boolean {
    return isOver({ created: begun, createdMonotonic: begun_monotonic, expires }, this.#clock);
  }
}

function digestOfCode(code: string): string {
  return sha256(`page-code:${code}`);
}
