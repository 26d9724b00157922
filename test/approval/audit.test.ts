import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../../src/approval/audit.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { APPROVAL_MIGRATIONS } from "../../src/approval/schema.ts";
import { openTestApprovals, temporaryDirectory } from "./setup.ts";

const event = (outcome: string): AuditEvent => ({
  event: "call",
  workspace: "/w",
  session: "s",
  principal: "user",
  client: "c",
  tool: "read_file",
  request: null,
  outcome,
  detail: { text: "ends with \ufffd", token: "hunter2" },
});

async function logOf(count: number) {
  const home = temporaryDirectory();
  const approvals = await openTestApprovals({ home });
  for (let index = 0; index < count; index++)
    approvals.audit.transaction(() => approvals.audit.append(event(`ok ${index}`)));
  return { home, approvals };
}

/** What somebody with the file in hand can do: the triggers are no obstacle to them. */
async function tamper(home: string, sql: string, ...parameters: (string | number | Uint8Array)[]) {
  using database = await openDatabase(path.join(home, "approval.sqlite"), { migrations: APPROVAL_MIGRATIONS });
  database.exec("DROP TRIGGER IF EXISTS audit_log_keeps_rows; DROP TRIGGER IF EXISTS audit_log_keeps_content");
  expect(database.run(sql, ...parameters).changes).toBeGreaterThan(0);
}

describe("AuditLog", () => {
  it("chains records, masks secrets, and exports lines that anyone can verify", async () => {
    const { approvals } = await logOf(3);
    expect(await approvals.verifyAudit()).toEqual({ ok: true, entries: 3, problem: null });
    expect(approvals.audit.list({ limit: 2 }).map(({ seq, outcome }) => [seq, outcome])).toEqual([
      [3, "ok 2"],
      [2, "ok 1"],
    ]);
    expect(approvals.audit.list({ before: 2 }).map(({ seq }) => seq)).toEqual([1]);
    const lines = [...approvals.audit.exportLines()].map(
      (line) => JSON.parse(line) as { digest: string; record: { prev: string } },
    );
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    lines.forEach(({ digest, record }, index) => {
      expect(createHash("sha256").update(JSON.stringify(record)).digest("hex")).toBe(digest);
      if (index > 0) expect(record.prev).toBe(lines[index - 1]?.digest);
    });
  });

  it("keeps what was appended later in order, before what comes after it", async () => {
    const { approvals } = await logOf(1);
    approvals.audit.appendLater(event("later 1"));
    approvals.audit.appendLater(event("later 2"));
    approvals.audit.transaction(() => approvals.audit.append(event("now")));
    expect(approvals.audit.list().map(({ outcome }) => outcome)).toEqual(["now", "later 2", "later 1", "ok 0"]);
    expect((await approvals.verifyAudit()).entries).toBe(4);
  });

  it("writes nothing of a transaction that failed, and goes on", async () => {
    const { approvals } = await logOf(1);
    approvals.audit.appendLater(event("later"));
    const failing = () =>
      approvals.audit.transaction(() => {
        approvals.audit.append(event("lost"));
        throw new RangeError("no");
      });
    expect(failing).toThrow("no");
    expect(approvals.audit.list().map(({ outcome }) => outcome)).toEqual(["later", "ok 0"]);
    expect((await approvals.verifyAudit()).ok).toBe(true);
  });

  it("refuses to change or delete a record", async () => {
    const { home } = await logOf(1);
    using database = await openDatabase(path.join(home, "approval.sqlite"), { migrations: APPROVAL_MIGRATIONS });
    expect(() => database.run("DELETE FROM audit_log")).toThrow(/append-only/);
    expect(() => database.run("UPDATE audit_log SET record = '{}'")).toThrow(/append-only/);
  });
});

describe("verify", () => {
  it.each([
    ["a deleted record", "DELETE FROM audit_log WHERE seq = 2", "record 2 is missing"],
    ["the first record gone", "DELETE FROM audit_log WHERE seq = 1", "record 1 is missing"],
    ["the end cut off", "DELETE FROM audit_log WHERE seq > 3", "records 4 to 5 were cut off"],
    ["everything gone", "DELETE FROM audit_log", "records 1 to 5 were cut off"],
    ["records renumbered over a gap", "UPDATE audit_log SET seq = seq + 10 WHERE seq > 2", "record 3 is missing"],
    [
      "two records swapped",
      "UPDATE audit_log SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE seq IN (2, 3)",
      "record 1 is missing",
    ],
    ["a digest changed", "UPDATE audit_log SET digest = upper(digest) WHERE seq = 2", "record 2 was changed"],
    [
      "a record replaced by another",
      "UPDATE audit_log SET record = (SELECT record FROM audit_log WHERE seq = 1), digest = (SELECT digest FROM audit_log WHERE seq = 1) WHERE seq = 2",
      "record 2 stands in another's place",
    ],
    ["no JSON", "UPDATE audit_log SET record = 'x' WHERE seq = 4", "record 4 was changed"],
  ])("finds %s", async (_, sql, problem) => {
    const { home, approvals } = await logOf(5);
    await tamper(home, sql);
    const verdict = await approvals.verifyAudit();
    expect(verdict.ok).toBe(false);
    expect(verdict.problem).toContain(problem);
  });

  it("finds a change of every single byte, also one that reads as the same text", async () => {
    const { home, approvals } = await logOf(1);
    using database = await openDatabase(path.join(home, "approval.sqlite"), { migrations: APPROVAL_MIGRATIONS });
    const text = database.get<{ record: string }>("SELECT record FROM audit_log")?.record ?? "";
    const bytes = Buffer.from(text);
    database.exec("DROP TRIGGER audit_log_keeps_content");
    const write = (content: Uint8Array) => database.run("UPDATE audit_log SET record = CAST(? AS TEXT)", content);
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (bytes[index] ?? 0) ^ (1 << (index % 8));
      write(changed);
      expect((await approvals.verifyAudit()).ok, `byte ${index}`).toBe(false);
    }
    // U+FFFD replaced by a byte that decodes to it.
    const at = bytes.indexOf(Buffer.from("\ufffd"));
    write(Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]));
    expect((await approvals.verifyAudit()).ok).toBe(false);
    write(bytes);
    expect((await approvals.verifyAudit()).ok).toBe(true);
  });

  it("finds a record that was changed together with its digest", async () => {
    const { home, approvals } = await logOf(3);
    const { digest: _, ...second } = JSON.parse([...approvals.audit.exportLines()][1] ?? "") as {
      digest: string;
      record: object;
    };
    const text = JSON.stringify({ ...second.record, outcome: "never happened" });
    const digest = createHash("sha256").update(text).digest("hex");
    await tamper(home, "UPDATE audit_log SET record = ?, digest = ? WHERE seq = 2", text, digest);
    expect((await approvals.verifyAudit()).problem).toBe("record 3 does not continue record 2");
  });

  it("finds a chain that was rewritten whole, and going on does not heal it", async () => {
    const { home, approvals } = await logOf(3);
    const forged = await logOf(3);
    const rows = [...forged.approvals.audit.exportLines()].map((line) => ({ line, digest: line.slice(11, 75) }));
    for (const [index, { line, digest }] of rows.entries())
      await tamper(
        home,
        "UPDATE audit_log SET record = ?, digest = ? WHERE seq = ?",
        line.slice(86, -1),
        digest,
        index + 1,
      );
    expect((await approvals.verifyAudit()).problem).toBe("record 3 is not the one that the head remembers");
    approvals.audit.transaction(() => approvals.audit.append(event("after")));
    expect((await approvals.verifyAudit()).ok).toBe(false);
    const reopened = await openTestApprovals({ home });
    expect((await reopened.verifyAudit()).ok).toBe(false);
  });

  it("finds a head that is missing, damaged or from the future, but forgives one that a crash left behind", async () => {
    const { home, approvals } = await logOf(3);
    const file = path.join(home, "audit.head.json");
    const head = readFileSync(file, "utf8");
    const records = approvals.audit.list();
    writeFileSync(file, "garbage");
    expect((await approvals.verifyAudit()).problem).toBe("the head file is damaged");
    rmSync(file);
    expect((await approvals.verifyAudit()).problem).toBe("the head file is missing");
    approvals.audit.transaction(() => approvals.audit.append(event("more")));
    expect((await approvals.verifyAudit()).ok).toBe(false);
    writeFileSync(file, JSON.stringify({ seq: 9, digest: "00" }));
    expect((await approvals.verifyAudit()).problem).toBe("records 5 to 9 were cut off the end");
    writeFileSync(file, JSON.stringify({ seq: 2, digest: records[0]?.prev }));
    expect((await approvals.verifyAudit()).ok).toBe(true);
    await openTestApprovals({ home });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ seq: 4 });
    writeFileSync(file, head);
    expect((await approvals.verifyAudit()).ok).toBe(true);
  });
});
