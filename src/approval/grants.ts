import type { Database } from "../sqlite.ts";
import { isOver, type Clock } from "./clock.ts";
import type { ApprovalRequest } from "./request.ts";

/** Longer than a working day's session, so that a forgotten one ends by itself. */
const GRANT_MS = 12 * 3_600_000;

export interface SessionGrant {
  readonly session: string;
  readonly principal: string;
  readonly workspace: string;
  readonly key: string;
  readonly label: string;
  /** The request that a human approved for the session. */
  readonly request: string;
  readonly expires: number;
}

interface GrantRow extends SessionGrant {
  readonly begun: number;
  readonly begun_monotonic: number;
}

type Holder = Pick<SessionGrant, "session" | "principal" | "workspace">;

/** What humans approved for whole sessions. */
export class SessionGrants {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Whether this session holds a grant for `key` that is not over. */
  has(holder: Holder, key: string): boolean {
    const row = this.#database.get<GrantRow>(
      "SELECT * FROM session_grants WHERE workspace = ? AND principal = ? AND session = ? AND key = ?",
      holder.workspace,
      holder.principal,
      holder.session,
      key,
    );
    return row !== undefined && !this.#isOver(row);
  }

  /** Records the grant that an approved request carries; within the transaction that approves it. */
  add(request: ApprovalRequest): void {
    if (request.scope === null) return;
    const now = this.#clock.wall();
    this.#database.run(
      "INSERT OR REPLACE INTO session_grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      request.workspace,
      request.principal,
      request.session,
      request.scope.key,
      request.scope.label,
      request.id,
      now,
      this.#clock.monotonic(),
      now + GRANT_MS,
    );
  }

  /** Grants in force. */
  list(): SessionGrant[] {
    const rows = this.#database.all<GrantRow>("SELECT * FROM session_grants ORDER BY begun DESC");
    return rows.filter((row) => !this.#isOver(row));
  }

  /** Takes back what a session was granted, or everything; returns how many grants that were. */
  revoke(session: string | null): number {
    return session === null
      ? this.#database.run("DELETE FROM session_grants").changes
      : this.#database.run("DELETE FROM session_grants WHERE session = ?", session).changes;
  }

  #isOver(row: GrantRow): boolean {
    return isOver({ created: row.begun, expires: row.expires, createdMonotonic: row.begun_monotonic }, this.#clock);
  }
}
