import { setImmediate } from "node:timers/promises";
import type { Database } from "../sqlite.ts";
import { GENESIS } from "./audit.ts";
import type { HeadFile } from "./audit-head.ts";
import { sha256 } from "../sha256.ts";

export interface AuditVerdict {
  readonly ok: boolean;
  /** Records that were found sound, from the first on. */
  readonly entries: number;
  /** What is wrong and where; null when nothing is. */
  readonly problem: string | null;
}

interface Row {
  readonly seq: number;
  /** The stored bytes in hex: decoding them as text would let some changes of invalid bytes pass. */
  readonly record: string;
  readonly digest: string;
}

/** Records between two turns of the event loop: some 15 ms. */
const BATCH = 1_000;

/** Walks the whole chain: any changed, missing, added or reordered record, or a missing end, is named. */
export async function verifyAudit(database: Database, head: HeadFile): Promise<AuditVerdict> {
  // Read before the log: what other processes append meanwhile may only make the log longer than the head says.
  const known = head.read();
  let entries = 0;
  let prev = GENESIS;
  let headSeen = known !== "absent" && known !== "damaged" && known.seq === 0 && known.digest === GENESIS;
  const broken = (problem: string): AuditVerdict => ({ ok: false, entries, problem });
  for await (const row of records(database)) {
    const expected = entries + 1;
    if (row.seq !== expected) return broken(`record ${expected} is missing (next is ${row.seq})`);
    const bytes = Buffer.from(row.record, "hex");
    const digest = sha256(bytes);
    if (Buffer.from(row.digest, "hex").toString("latin1") !== digest) return broken(`record ${expected} was changed`);
    const link = linkOf(bytes);
    if (link?.seq !== expected) return broken(`record ${expected} stands in another's place`);
    if (link.prev !== prev) return broken(`record ${expected} does not continue record ${entries}`);
    prev = digest;
    entries = expected;
    if (known !== "absent" && known !== "damaged" && known.seq === expected) {
      if (known.digest !== digest) return broken(`record ${expected} is not the one that the head remembers`);
      headSeen = true;
    }
  }
  if (known === "damaged") return broken("the head file is damaged");
  if (known === "absent")
    return entries === 0 ? { ok: true, entries, problem: null } : broken("the head file is missing");
  if (!headSeen) return broken(`records ${entries + 1} to ${known.seq} were cut off the end`);
  return { ok: true, entries, problem: null };
}

async function* records(database: Database): AsyncGenerator<Row> {
  const sql = `SELECT seq, hex(CAST(record AS BLOB)) AS record, hex(CAST(digest AS BLOB)) AS digest FROM audit_log
    WHERE seq > ? ORDER BY seq LIMIT ${BATCH}`;
  for (let after = Number.MIN_SAFE_INTEGER; ; await setImmediate()) {
    const page = database.all<Row>(sql, after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}

function linkOf(bytes: Buffer): { readonly seq: unknown; readonly prev: unknown } | null {
  try {
    const record: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof record === "object" && record !== null && "seq" in record && "prev" in record
      ? { seq: record.seq, prev: record.prev }
      : null;
  } catch {
    return null;
  }
}
