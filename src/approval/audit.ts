import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Database } from "../sqlite.ts";
import type { HeadFile } from "./audit-head.ts";
import { type Clock, systemClock } from "./clock.ts";
import { canonicalJson } from "./digest.ts";
import { sha256 } from "../sha256.ts";
import { summarise } from "./mask.ts";

/** What is worth remembering of one call or decision. Long texts are cut and secrets masked before it is kept. */
export interface AuditEvent {
  /** What happened, such as `call`, `asked`, `decided`, `authorised`, `finished`, `undo`. */
  readonly event: string;
  readonly workspace: string;
  readonly session: string;
  readonly principal: string;
  readonly client: string;
  readonly tool: string;
  /** Id of the ledger's row; null for calls that nobody was asked about. */
  readonly request: string | null;
  /** How it came out, such as `ok`, `approved by page`, or an error's code. */
  readonly outcome: string;
  readonly detail?: unknown;
}

/** An event as it stands in the chain. */
export interface AuditRecord extends AuditEvent {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Digest of the record before; of nothing for the first. */
  readonly prev: string;
}

export const GENESIS = sha256("");

interface Row {
  readonly seq: number;
  readonly record: string;
  readonly digest: string;
}

/** The append-only log: each record names the digest of the one before, and a second place remembers the last. */
export class AuditLog {
  readonly #database: Database;
  readonly #head: HeadFile;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #later: AuditEvent[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(database: Database, head: HeadFile, log: Logger, clock: Clock = systemClock) {
    this.#database = database;
    this.#head = head;
    this.#log = log;
    this.#clock = clock;
    this.#stampHead();
  }

  /** Runs `work` in one transaction with the records that it appends, then brings the second place up to date. */
  transaction<Result>(work: () => Result): Result {
    const waiting = this.#later.splice(0);
    try {
      return this.#database.transaction(() => {
        for (const event of waiting) this.append(event);
        return work();
      });
    } catch (error) {
      this.#later.unshift(...waiting);
      throw error;
    } finally {
      this.#stampHead();
    }
  }

  /** Appends within the transaction that is open; call it inside `transaction`. */
  append(event: AuditEvent): AuditRecord {
    return this.#database.transaction(() => {
      const last = this.#last();
      const record: AuditRecord = {
        ...event,
        detail: summarise(event.detail ?? null),
        seq: last.seq + 1,
        at: this.#clock.wall(),
        prev: last.digest,
      };
      const text = canonicalJson(record);
      this.#database.run("INSERT INTO audit_log VALUES (?, ?, ?)", record.seq, text, sha256(text));
      return record;
    });
  }

  /** Appends soon: for calls that changed nothing, whose answers must not wait for the disk. Kept in order. */
  appendLater(event: AuditEvent): void {
    this.#later.push(event);
    if (this.#later.length >= 500) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), 250).unref();
  }

  /** Writes what `appendLater` holds. A failure is logged: there is no caller left to be told. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#later.length === 0) return;
    try {
      this.transaction(() => {});
    } catch (error) {
      this.#log.error("The audit log could not be written", { cause: messageOf(error), waiting: this.#later.length });
    }
  }

  /** Newest first. `before` continues a former page. */
  list(options: { readonly limit?: number; readonly before?: number } = {}): AuditRecord[] {
    this.flush();
    const { limit = 100, before = Number.MAX_SAFE_INTEGER } = options;
    const sql = "SELECT seq, record, digest FROM audit_log WHERE seq < ? ORDER BY seq DESC LIMIT ?";
    return this.#database.all<Row>(sql, before, limit).map(({ record }) => JSON.parse(record) as AuditRecord);
  }

  /** The whole log as JSON lines, oldest first: `{"digest": …, "record": {…}}`, each digest that of the record's text. */
  *exportLines(): Generator<string> {
    this.flush();
    for (const { record, digest } of this.#database.iterate<Row>("SELECT record, digest FROM audit_log ORDER BY seq"))
      yield `{"digest":${JSON.stringify(digest)},"record":${record}}`;
  }

  #last(): { seq: number; digest: string } {
    const row = this.#database.get<Row>("SELECT seq, record, digest FROM audit_log ORDER BY seq DESC LIMIT 1");
    return row ?? { seq: 0, digest: GENESIS };
  }

  /**
   * Under the write lock, so that of several processes none puts an older head over a newer one. A head that the log
   * does not contain is evidence of tampering and is never overwritten.
   */
  #stampHead(): void {
    try {
      this.#database.transaction(() => {
        const last = this.#last();
        const known = this.#head.read();
        if (known === "damaged" || (known === "absent" && last.seq > 0)) return;
        if (known !== "absent") {
          if (known.seq === last.seq || known.seq > last.seq || this.#digestAt(known.seq) !== known.digest) return;
        }
        this.#head.write({ seq: last.seq, digest: last.digest });
      });
    } catch (error) {
      this.#log.warn("The audit log's head could not be noted", { cause: messageOf(error) });
    }
  }

  #digestAt(seq: number): string | undefined {
    if (seq === 0) return GENESIS;
    return this.#database.get<Row>("SELECT seq, record, digest FROM audit_log WHERE seq = ?", seq)?.digest;
  }
}
