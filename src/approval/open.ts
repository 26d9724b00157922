import path from "node:path";
import type { Logger } from "../log.ts";
import { openDatabase } from "../sqlite.ts";
import { AuditLog } from "./audit.ts";
import { headFile } from "./audit-head.ts";
import { type AuditVerdict, verifyAudit } from "./audit-verify.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Journal, type JournalEntry, type JournalFiles, listChanges } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import { Pairing } from "./pairing.ts";
import { RateLimiter, type RateLimits } from "./rate-limit.ts";
import { APPROVAL_MIGRATIONS } from "./schema.ts";
import { loadOrCreateKey } from "./secret-file.ts";
import { createStateCodec, type StateCodec } from "./state-codec.ts";

export interface ApprovalOptions {
  /** CODELAB_HOME: everything is kept there, shared by all processes of this user. */
  readonly home: string;
  readonly log: Logger;
  /** Milliseconds that a human has to decide. */
  readonly timeoutMs: number;
  readonly limits?: RateLimits;
  readonly clock?: Clock;
}

/** The parts of this room over one database. */
export interface Approvals extends Disposable {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly limiter: RateLimiter;
  readonly codec: StateCodec;
  readonly pairing: Pairing;
  /** The undo journal of one workspace. */
  readonly journalOf: (workspace: string, files: JournalFiles) => Journal;
  /** Changes of all workspaces, newest first. */
  readonly listChanges: (limit: number) => JournalEntry[];
  /** Where the policy file is looked for. */
  readonly policyFile: string;
  readonly verifyAudit: () => Promise<AuditVerdict>;
}

/** Opens the approval database under `home`, with the key and the audit head beside it. */
export async function openApprovals(options: ApprovalOptions): Promise<Approvals> {
  const { home, log, timeoutMs, limits, clock = systemClock } = options;
  const file = path.join(home, "approval.sqlite");
  // An act must not outlive the record that it was allowed.
  const database = await openDatabase(file, { migrations: APPROVAL_MIGRATIONS, durability: "full", cacheMb: 2 });
  // Counters may: they are written by every call that touches a file, which must not wait for the disk.
  const counters = await openDatabase(file, { migrations: APPROVAL_MIGRATIONS, cacheMb: 1 });
  const close = () => {
    counters.close();
    database.close();
  };
  try {
    const head = headFile(path.join(home, "audit.head.json"));
    const audit = new AuditLog(database, head, log, clock);
    const ledger = new Ledger(database, audit, { timeoutMs, clock });
    ledger.prune();
    return {
      ledger,
      audit,
      limiter: new RateLimiter(counters, limits, clock),
      codec: createStateCodec(loadOrCreateKey(path.join(home, "approval.key"))),
      pairing: new Pairing(database, clock),
      journalOf: (workspace, files) => new Journal(database, workspace, files, clock),
      listChanges: (limit) => listChanges(database, limit),
      policyFile: path.join(home, "policy.json"),
      verifyAudit: () => {
        audit.flush();
        return verifyAudit(database, head);
      },
      [Symbol.dispose]() {
        audit.flush();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
