import { hostname } from "node:os";
import type { Database } from "../sqlite.ts";
import { UserError } from "../errors.ts";
import { processExists } from "../process-exists.ts";

/** A holder that has not renewed for this long is taken for dead; three renewals fit into it. */
const LEASE_MS = 30_000;
const RENEW_AFTER_MS = 10_000;

interface LeaseRow {
  readonly holder: string;
  readonly pid: number;
  readonly host: string;
  readonly heartbeat: number;
}

/** Who may write, as one row that is taken and renewed in transactions: two claimants can never both read it as free. */
export class Lease {
  readonly #db: Database;
  readonly #holder: string;
  readonly #now: () => number;
  #renewedAt = 0;
  #held = false;

  constructor(db: Database, holder: string, now: () => number) {
    this.#db = db;
    this.#holder = holder;
    this.#now = now;
  }

  /** Takes or renews the lease; false while another living process holds it. A fresh lease is not written again. */
  acquire(): boolean {
    if (this.#held && this.#now() - this.#renewedAt < RENEW_AFTER_MS) return this.#row()?.holder === this.#holder;
    try {
      this.#held = this.#db.transaction(() => this.#claim());
      return this.#held;
    } catch (thrown) {
      // Somebody is writing at this moment, and has been for longer than one waits: not our turn.
      if (thrown instanceof UserError && thrown.code === "store.busy") return false;
      throw thrown;
    }
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#db.run("DELETE FROM lease WHERE holder = ?", this.#holder);
  }

  /**
   * Called inside each writing transaction: renews a lease in passing, and throws `store.lease-lost` when another
   * process took it over meanwhile, since what this one decided to write may be outdated.
   */
  confirm(): void {
    if (!this.#held) return;
    if (this.#row()?.holder !== this.#holder) {
      this.#held = false;
      throw new UserError("store.lease-lost", "Another process has taken over writing this index.", {
        hint: "Nothing is lost; this process reads from now on.",
      });
    }
    if (this.#now() - this.#renewedAt >= RENEW_AFTER_MS) this.#write();
  }

  #row(): LeaseRow | undefined {
    return this.#db.get<LeaseRow>("SELECT holder, pid, host, heartbeat FROM lease");
  }

  #claim(): boolean {
    const row = this.#row();
    if (row !== undefined && row.holder !== this.#holder && this.#isAlive(row)) return false;
    this.#write();
    return true;
  }

  #write(): void {
    this.#renewedAt = this.#now();
    this.#db.run(
      "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?, ?)",
      this.#holder,
      process.pid,
      hostname(),
      this.#renewedAt,
    );
  }

  #isAlive(row: LeaseRow): boolean {
    // A heartbeat of the future is a clock set back, and counts as old once it is further off than a lease.
    if (Math.abs(this.#now() - row.heartbeat) >= LEASE_MS) return false;
    return row.host !== hostname() || processExists(row.pid);
  }
}
