import { randomBytes } from "node:crypto";
import { UserError } from "../errors.ts";
import type { Database } from "../sqlite.ts";
import type { AuditLog } from "./audit.ts";
import { type Clock, systemClock } from "./clock.ts";
import { canonicalJson } from "./digest.ts";
import { SessionGrants } from "./grants.ts";
import { summarise } from "./mask.ts";
import { checkBinding, type CallBinding, decided } from "./refusal.ts";
import {
  type ApprovalRequest,
  isExpired,
  type NewRequest,
  requestOf,
  type RequestRow,
  type RequestStatus,
  type Ruling,
} from "./request.ts";

export interface LedgerOptions {
  /** Milliseconds that a human has to decide. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

export type { NewRequest, Ruling } from "./request.ts";

/** Previews may be a megabyte each. */
const KEPT_MS = 30 * 86_400_000;

/** Time for an agent to notice an approval given elsewhere and to call again. */
const APPROVED_MS = 15 * 60_000;

/**
 * The durable record of every question to a human. Any number of processes may decide on the same database; each
 * change of a request and its audit record are one transaction.
 */
export class Ledger {
  readonly grants: SessionGrants;
  readonly timeoutMs: number;
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();

  constructor(database: Database, audit: AuditLog, options: LedgerOptions) {
    this.#database = database;
    this.#audit = audit;
    this.timeoutMs = options.timeoutMs;
    this.#clock = options.clock ?? systemClock;
    this.grants = new SessionGrants(database, this.#clock);
  }

  /** Several changes of the ledger as one. */
  atomically<Result>(work: () => Result): Result {
    return this.#change(work);
  }

  /** Records a question before anyone is asked. */
  create(request: NewRequest): ApprovalRequest {
    return this.#change(() => {
      const id = newId();
      const now = this.#clock.wall();
      this.#database.run(
        `INSERT INTO hitl_requests (id, workspace, session, principal, client, tool, arguments, digest, preview,
           preview_digest, scope_key, scope_label, status, created, begun, begun_monotonic, expires)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)`,
        id,
        request.workspace,
        request.session,
        request.principal,
        request.client,
        request.tool,
        canonicalJson(summarise(request.arguments, 2_000)),
        request.digest,
        JSON.stringify(request.preview),
        request.preview.digest,
        request.scope?.key ?? null,
        request.scope?.label ?? null,
        now,
        now,
        this.#clock.monotonic(),
        now + this.timeoutMs,
      );
      const created = this.#read(id);
      this.#note(created, "asked", "pending");
      return created;
    });
  }

  /** The request with this id, expired ones marked as such. Throws `approval.unknown`. */
  get(id: string): ApprovalRequest {
    const row = this.#database.get<RequestRow>("SELECT * FROM hitl_requests WHERE id = ?", id);
    if (row !== undefined && isExpired(row, this.#clock)) this.expireDue();
    return this.#read(id);
  }

  /** Newest first. */
  list(
    filter: { readonly status?: RequestStatus; readonly session?: string; readonly limit?: number } = {},
  ): ApprovalRequest[] {
    this.expireDue();
    const { status = null, session = null, limit = 100 } = filter;
    const sql = `SELECT * FROM hitl_requests WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR session = ?2)
      ORDER BY created DESC, rowid DESC LIMIT ?3`;
    return this.#database.all<RequestRow>(sql, status, session, limit).map(requestOf);
  }

  /**
   * Writes down a decision on a pending request; of several the first wins. Throws `approval.unknown`, and
   * `approval.decided` when it is too late, naming what became of the request.
   */
  decide(id: string, ruling: Ruling): ApprovalRequest {
    this.#expireOne(id);
    return this.#change(() => {
      const request = this.#read(id);
      if (request.status !== "pending") throw decided(request);
      if (ruling.verdict === "approve_session" && request.scope === null)
        throw new UserError("approval.no-session-scope", `request ${id} cannot be approved for the whole session`, {
          hint: "Approve it once.",
        });
      const approved = ruling.verdict !== "deny";
      const now = this.#clock.wall();
      this.#database.run(
        `UPDATE hitl_requests SET status = ?, responded = ?, channel = ?, response = ?, reason = ?, begun = ?,
           begun_monotonic = ?, expires = ? WHERE id = ?`,
        approved ? "approved" : "rejected",
        now,
        ruling.channel,
        ruling.verdict,
        ruling.comment,
        now,
        this.#clock.monotonic(),
        approved ? now + APPROVED_MS : request.expires,
        id,
      );
      if (ruling.verdict === "approve_session") this.grants.add(request);
      const after = this.#read(id);
      this.#note(after, "decided", `${after.status} by ${ruling.channel}`);
      return after;
    });
  }

  /** Ends a request that nobody waits for any more; nothing happens to one that is already closed. */
  cancel(id: string, reason: string): ApprovalRequest {
    return this.#change(() => {
      const request = this.#read(id);
      if (request.status !== "pending" && request.status !== "approved") return request;
      return this.#close(request, "cancelled", reason);
    });
  }

  /**
   * Uses an approval up, at most once, in the transaction that audits it. Whoever gets the request back may act.
   * Throws `approval.mismatch` when the approval is for something else, `approval.decided` when it cannot be used.
   */
  consume(id: string, binding: CallBinding): ApprovalRequest {
    this.#expireOne(id);
    return this.#change(() => {
      const request = this.#read(id);
      checkBinding(request, binding);
      if (request.status !== "approved") throw decided(request);
      const { changes } = this.#database.run(
        "UPDATE hitl_requests SET status = 'consumed' WHERE id = ? AND status = 'approved'",
        id,
      );
      if (changes !== 1) throw decided(this.#read(id));
      const consumed = this.#read(id);
      this.#note(consumed, "authorised", `by ${consumed.channel ?? "nobody"}`);
      return consumed;
    });
  }

  /** Marks what ran out of time; returns how many requests that were. */
  expireDue(): number {
    const open = this.#database.all<RequestRow>("SELECT * FROM hitl_requests WHERE status IN ('pending', 'approved')");
    const due = open.filter((row) => isExpired(row, this.#clock));
    for (const row of due) this.#expireOne(row.id);
    return due.length;
  }

  /**
   * The newest request for exactly this call that is still open: waiting, or approved and not yet used. Null when there
   * is none.
   */
  findOpen(binding: CallBinding): ApprovalRequest | null {
    const row = this.#database.get<RequestRow>(
      `SELECT * FROM hitl_requests WHERE session = ? AND status IN ('pending', 'approved') AND workspace = ?
         AND principal = ? AND tool = ? AND digest = ? AND preview_digest = ? ORDER BY created DESC LIMIT 1`,
      binding.session,
      binding.workspace,
      binding.principal,
      binding.tool,
      binding.digest,
      binding.previewDigest,
    );
    return row === undefined || isExpired(row, this.#clock) ? null : requestOf(row);
  }

  /** Lets go of requests that were closed long ago; the audit log keeps what was decided. */
  prune(): void {
    this.#database.run(
      "DELETE FROM hitl_requests WHERE status NOT IN ('pending', 'approved') AND created < ?",
      this.#clock.wall() - KEPT_MS,
    );
  }

  /** Calls back after each change made through this object; the way to stop comes back. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A number that differs after another connection has changed the database. Costs no read of the disk. */
  dataVersion(): number {
    return this.#database.get<{ data_version: number }>("PRAGMA data_version")?.data_version ?? 0;
  }

  #expireOne(id: string): void {
    const row = this.#database.get<RequestRow>("SELECT * FROM hitl_requests WHERE id = ?", id);
    if (row === undefined || !isExpired(row, this.#clock)) return;
    this.#change(() => {
      const request = this.#read(id);
      if (request.status !== "pending" && request.status !== "approved") return;
      this.#close(
        request,
        "timeout",
        request.status === "pending" ? "nobody decided in time" : "the approval was not used in time",
      );
    });
  }

  #close(request: ApprovalRequest, status: "cancelled" | "timeout", reason: string): ApprovalRequest {
    this.#database.run("UPDATE hitl_requests SET status = ?, reason = ? WHERE id = ?", status, reason, request.id);
    const closed = this.#read(request.id);
    this.#note(closed, "decided", status);
    return closed;
  }

  #change<Result>(work: () => Result): Result {
    try {
      return this.#audit.transaction(work);
    } finally {
      for (const listener of this.#listeners) listener();
    }
  }

  #note(request: ApprovalRequest, event: string, outcome: string): void {
    const { workspace, session, principal, client, tool, id, digest, preview, reason } = request;
    this.#audit.append({
      event,
      workspace,
      session,
      principal,
      client,
      tool,
      request: id,
      outcome,
      detail: { title: preview.title, digest, preview: preview.digest, arguments: request.arguments, reason },
    });
  }

  #read(id: string): ApprovalRequest {
    const row = this.#database.get<RequestRow>("SELECT * FROM hitl_requests WHERE id = ?", id);
    if (row === undefined)
      throw new UserError("approval.unknown", `there is no approval request ${JSON.stringify(id.slice(0, 40))}`, {
        hint: "Call the tool without approvalId to ask anew.",
      });
    return requestOf(row);
  }
}

function newId(): string {
  // Lower-case Crockford base 32: no letter that is read as another, short enough to type.
  const letters = Array.from(randomBytes(12), (byte) => "0123456789abcdefghjkmnpqrstvwxyz"[byte & 31]);
  return [letters.slice(0, 4), letters.slice(4, 8), letters.slice(8)].map((group) => group.join("")).join("-");
}
