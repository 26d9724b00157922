import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Approvals } from "../../src/approval/open.ts";
import { renderPreview } from "../../src/approval/preview.ts";
import type { ApprovalRequest } from "../../src/approval/request.ts";
import { waitForDecision } from "../../src/approval/wait.ts";
import { handClock, openTestApprovals, temporaryDirectory, WORKSPACE, writeProposal } from "./setup.ts";

const preview = renderPreview(writeProposal());
const scope = { key: "write_file:write", label: "every file" };

function create({ ledger }: Approvals, session = "s1"): ApprovalRequest {
  return ledger.create({
    workspace: WORKSPACE,
    session,
    principal: "user",
    client: "test",
    tool: "write_file",
    arguments: { path: "a", password: "hunter2" },
    digest: "d",
    preview,
    scope,
  });
}

const binding = {
  workspace: WORKSPACE,
  session: "s1",
  principal: "user",
  tool: "write_file",
  digest: "d",
  previewDigest: preview.digest,
};
const yes = { verdict: "approve_once", channel: "page", comment: null } as const;
const no = { verdict: "deny", channel: "terminal", comment: "no" } as const;
const code = (value: string) => expect.objectContaining({ code: value });

describe("Ledger", () => {
  it("keeps what was asked, with secrets masked, and lists it by status and session", async () => {
    const approvals = await openTestApprovals();
    const first = create(approvals);
    const second = create(approvals, "s2");
    expect(first).toMatchObject({ status: "pending", arguments: { path: "a", password: "•••" }, preview, scope });
    expect(first.id).toMatch(/^[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}$/);
    approvals.ledger.decide(second.id, no);
    const ids = (filter: Parameters<Approvals["ledger"]["list"]>[0]) =>
      approvals.ledger.list(filter).map(({ id }) => id);
    expect(ids({})).toEqual([second.id, first.id]);
    expect(ids({ status: "pending" })).toEqual([first.id]);
    expect(ids({ session: "s2" })).toEqual([second.id]);
    expect(ids({ limit: 1 })).toEqual([second.id]);
  });

  it("takes the first decision and refuses the others, naming it", async () => {
    const approvals = await openTestApprovals();
    const { id } = create(approvals);
    approvals.ledger.decide(id, no);
    expect(() => approvals.ledger.decide(id, yes)).toThrow(code("approval.rejected"));
    expect(() => approvals.ledger.consume(id, binding)).toThrow("a human refused request");
    expect(approvals.ledger.get(id)).toMatchObject({ status: "rejected", channel: "terminal", reason: "no" });
  });

  it("is used up once, by the call it was given for", async () => {
    const approvals = await openTestApprovals();
    const { id } = create(approvals);
    expect(() => approvals.ledger.consume(id, binding)).toThrow(code("approval.pending"));
    approvals.ledger.decide(id, yes);
    for (const field of ["workspace", "session", "principal", "tool", "digest", "previewDigest"] as const)
      expect(() => approvals.ledger.consume(id, { ...binding, [field]: "other" })).toThrow(code("approval.mismatch"));
    expect(approvals.ledger.consume(id, binding).status).toBe("consumed");
    expect(() => approvals.ledger.consume(id, binding)).toThrow(code("approval.consumed"));
    const authorised = approvals.audit.list().filter(({ event }) => event === "authorised");
    expect(authorised).toHaveLength(1);
  });

  it.each([
    ["time passes", 300_000, 0],
    ["the wall clock is set forward", 0, 300_000],
    ["the wall clock is set back to before the question", 0, -3_600_000],
    ["the wall clock is set back and time passes", 300_000, -200_000],
  ])("expires when %s", async (_, elapsed, shift) => {
    const clock = handClock();
    const approvals = await openTestApprovals({ clock });
    const { id } = create(approvals);
    clock.advance(elapsed);
    clock.setWall(clock.wall() + shift);
    expect(() => approvals.ledger.decide(id, yes)).toThrow(code("approval.timeout"));
    expect(approvals.ledger.get(id)).toMatchObject({ status: "timeout" });
    expect(approvals.ledger.list({ status: "pending" })).toEqual([]);
  });

  it("lets an approval wait for its call for a while only", async () => {
    const clock = handClock();
    const approvals = await openTestApprovals({ clock });
    const { id } = create(approvals);
    clock.advance(299_000);
    approvals.ledger.decide(id, yes);
    clock.advance(15 * 60_000);
    expect(() => approvals.ledger.consume(id, binding)).toThrow(code("approval.timeout"));
  });

  it("does not survive a restart of the machine while pending", async () => {
    const home = temporaryDirectory();
    const before = await openTestApprovals({ home, clock: handClock() });
    const { id } = create(before);
    const restarted = await openTestApprovals({ home, clock: { wall: handClock().wall, monotonic: () => 10 } });
    expect(() => restarted.ledger.decide(id, yes)).toThrow(code("approval.timeout"));
  });

  it("refuses an approval for a session where none was offered", async () => {
    const approvals = await openTestApprovals();
    const { workspace, session, principal, tool } = binding;
    const request = {
      workspace,
      session,
      principal,
      tool,
      client: "c",
      arguments: {},
      digest: "d",
      preview,
      scope: null,
    };
    const { id } = approvals.ledger.create(request);
    expect(() => approvals.ledger.decide(id, { ...yes, verdict: "approve_session" })).toThrow(
      code("approval.no-session-scope"),
    );
    expect(approvals.ledger.get(id).status).toBe("pending");
  });

  it("lets go of what was closed long ago, never of what is open", async () => {
    const clock = handClock();
    const approvals = await openTestApprovals({ clock });
    approvals.ledger.decide(create(approvals).id, no);
    clock.advance(31 * 86_400_000);
    const { id } = create(approvals);
    approvals.ledger.prune();
    expect(approvals.ledger.list().map((request) => request.id)).toEqual([id]);
    expect(approvals.audit.list()).toHaveLength(3);
  });

  it("takes back grants", async () => {
    const { ledger, ...rest } = await openTestApprovals();
    ledger.decide(create({ ledger, ...rest }).id, { ...yes, verdict: "approve_session" });
    expect(ledger.grants.list()).toMatchObject([{ session: "s1", label: "every file" }]);
    expect(ledger.grants.has(binding, scope.key)).toBe(true);
    expect(ledger.grants.revoke("s1")).toBe(1);
    expect(ledger.grants.has(binding, scope.key)).toBe(false);
    expect(ledger.grants.revoke(null)).toBe(0);
  });
});

describe("several processes", () => {
  it("lets exactly one of two deciders win each request, and wakes the waiting call", async () => {
    const home = temporaryDirectory();
    const approvals = await openTestApprovals({ home });
    const ids = Array.from({ length: 30 }, () => create(approvals).id);
    const script = fileURLToPath(new URL("../fixtures/approval/decide.mjs", import.meta.url));
    const deciders = [
      ["approve_once", "page"],
      ["deny", "terminal"],
    ].map((words) => spawn(process.execPath, [script, home, ...words, ...ids], { stdio: ["pipe", "pipe", "inherit"] }));
    await Promise.all(deciders.map((child) => once(child.stdout, "data")));
    const wait = (id: string) =>
      waitForDecision(approvals.ledger, id, { signal: new AbortController().signal, waitMs: 30_000 });
    const waiting = Promise.all(ids.map(wait));
    const counts = deciders.map(async (child) => {
      child.stdin.end("go");
      const [data] = (await once(child.stdout, "data")) as [Buffer];
      return Number(data.toString());
    });
    const [approved = 0, denied = 0] = await Promise.all(counts);
    expect(approved + denied).toBe(ids.length);
    const settled = await waiting;
    expect(settled.filter(({ status }) => status === "approved")).toHaveLength(approved);
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(denied);
    expect(settled.every(({ channel, reason }) => channel === reason)).toBe(true);
    expect(await approvals.verifyAudit()).toEqual({ ok: true, entries: 60, problem: null });
  });
});
