import { describe, expect, it } from "vitest";
import type { GateOutcome } from "../../src/approval/gate.ts";
import type { ApprovalRequest } from "../../src/approval/request.ts";
import {
  callOf,
  commandProposal,
  gateOver,
  handClock,
  mustAsk,
  openTestApprovals,
  page,
  writeProposal,
} from "./setup.ts";

function codeOf(outcome: GateOutcome): string {
  return outcome.kind === "refused" ? outcome.error.code : outcome.kind;
}

const asking = { method: "tools/call", modes: ["form"] as const };
const approve = { action: "accept", content: { decision: "approve_once", comment: "fine" } };

/** A gate, its parts, and a clock in hand. */
async function fixture(options: Parameters<typeof gateOver>[1] = {}) {
  const clock = handClock();
  const approvals = await openTestApprovals({ clock });
  return { clock, approvals, gate: gateOver(approvals, { clock, channels: [page], ...options }) };
}

describe("asking through the protocol", () => {
  it("grants what the human approved, once, and tells the agent the comment", async () => {
    const { gate, clock, approvals } = await fixture();
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: asking })));
    expect(asked.prompt.message).toContain("+export const a = 1;");
    clock.advance(3_000);
    const turn = { ...asking, state: asked.state, responses: { [asked.key]: approve } };
    expect(await gate.authorise(callOf({ elicitation: turn }))).toEqual({
      kind: "granted",
      requestId: asked.requestId,
      channel: "elicitation",
      comment: "fine",
    });
    expect(codeOf(await gate.authorise(callOf({ elicitation: turn })))).toBe("approval.consumed");
    expect(approvals.audit.list().map(({ event, outcome }) => `${event}: ${outcome}`)).toEqual([
      "authorised: by elicitation",
      "decided: approved by elicitation",
      "asked: pending",
    ]);
    expect(await approvals.verifyAudit()).toEqual({ ok: true, entries: 3, problem: null });
  });

  it.each([
    ["the default", { action: "accept", content: { decision: "deny" } }, "approval.rejected"],
    ["an empty form", { action: "accept", content: {} }, "approval.rejected"],
    ["no content", { action: "accept" }, "approval.rejected"],
    ["another word", { action: "accept", content: { decision: "APPROVE_ONCE" } }, "approval.rejected"],
    ["a boolean", { action: "accept", content: { decision: true } }, "approval.rejected"],
    [
      "more than the form has",
      { action: "accept", content: { decision: "approve_once", sudo: true } },
      "approval.rejected",
    ],
    ["an unknown action", { action: "ok", content: { decision: "approve_once" } }, "approval.rejected"],
    ["nothing at all", null, "approval.rejected"],
    ["a decline", { action: "decline" }, "approval.rejected"],
    ["a closed dialog", { action: "cancel" }, "approval.pending"],
  ])("does not run for %s", async (_, answer, code) => {
    const { gate, clock } = await fixture();
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: asking })));
    clock.advance(3_000);
    const turn = { ...asking, state: asked.state, responses: { [asked.key]: answer } };
    expect(codeOf(await gate.authorise(callOf({ elicitation: turn })))).toBe(code);
  });

  it("takes an instant decline for the client's own, and keeps the request for the page", async () => {
    const { gate, clock, approvals } = await fixture();
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: asking })));
    clock.advance(249);
    const turn = { ...asking, state: asked.state, responses: { [asked.key]: { action: "decline" } } };
    const outcome = await gate.authorise(callOf({ elicitation: turn }));
    expect(codeOf(outcome)).toBe("approval.pending");
    expect(outcome.kind === "refused" && outcome.error.hint).toContain(asked.requestId);
    expect(outcome.kind === "refused" && outcome.error.hint).toContain("http://127.0.0.1:4001/");
    approvals.ledger.decide(asked.requestId, { verdict: "approve_once", channel: "page", comment: null });
    const later = await gate.authorise(callOf({ approvalId: asked.requestId }));
    expect(later).toMatchObject({ kind: "granted", channel: "page" });
  });

  it("asks nobody twice: an answer without a state, or under another key, decides nothing", async () => {
    const { gate, clock } = await fixture();
    const forged = { ...asking, responses: { approval: approve } };
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: forged })));
    clock.advance(3_000);
    const wrongKey = { ...asking, state: asked.state, responses: { approval: approve } };
    expect(mustAsk(await gate.authorise(callOf({ elicitation: wrongKey }))).requestId).toBe(asked.requestId);
  });

  it("refuses an answer to another call, another caller, a changed or an expired state", async () => {
    const { gate, clock } = await fixture();
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: asking })));
    clock.advance(3_000);
    const turn = { ...asking, state: asked.state, responses: { [asked.key]: approve } };
    const refused = async (overrides: Parameters<typeof callOf>[0]) =>
      codeOf(await gate.authorise(callOf({ elicitation: turn, ...overrides })));
    expect(await refused({ arguments: { path: "src/a.ts", content: "evil" } })).toBe("approval.state-invalid");
    expect(await refused({ tool: "delete_file" })).toBe("approval.state-invalid");
    expect(await refused({ principal: "mallory" })).toBe("approval.state-invalid");
    expect(await refused({ session: "session-2" })).toBe("approval.state-invalid");
    expect(await refused({ elicitation: { ...turn, method: "prompts/get" } })).toBe("approval.state-invalid");
    expect(await refused({ elicitation: { ...turn, state: `${asked.state}A` } })).toBe("approval.state-invalid");
    expect(await refused({ propose: () => Promise.resolve(writeProposal("src/a.ts", "x", "meanwhile\n")) })).toBe(
      "approval.mismatch",
    );
    clock.advance(300_000);
    expect(await refused({})).toBe("approval.state-invalid");
  });

  it("lets the page's word stand when the dialog is dismissed afterwards", async () => {
    const { gate, clock, approvals } = await fixture();
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: asking })));
    approvals.ledger.decide(asked.requestId, { verdict: "approve_once", channel: "page", comment: null });
    clock.advance(3_000);
    const turn = { ...asking, state: asked.state, responses: { [asked.key]: { action: "decline" } } };
    expect(await gate.authorise(callOf({ elicitation: turn }))).toMatchObject({ kind: "granted", channel: "page" });
  });

  it("sends a client that only opens links to the page, and waits for the page's word", async () => {
    const { gate, approvals } = await fixture({ linkTo: (id) => `http://127.0.0.1:4001/#${id}` });
    const urlOnly = { method: "tools/call", modes: ["url"] as const };
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: urlOnly })));
    expect(asked.prompt).toMatchObject({ mode: "url", url: `http://127.0.0.1:4001/#${asked.requestId}` });
    const turn = { ...urlOnly, state: asked.state, responses: { [asked.key]: { action: "accept" } } };
    const answer = gate.authorise(callOf({ elicitation: turn }));
    approvals.ledger.decide(asked.requestId, { verdict: "approve_once", channel: "page", comment: null });
    expect(await answer).toMatchObject({ kind: "granted", channel: "page" });
  });
});

describe("waiting for another channel", () => {
  it("names the pending request when nobody decides within the wait, and runs it later only if approved", async () => {
    const { gate, approvals } = await fixture();
    let announced: ApprovalRequest | null = null;
    const outcome = await gate.authorise(callOf({ waitMs: 20, onWaiting: (request) => (announced = request) }));
    expect(codeOf(outcome)).toBe("approval.pending");
    const id = outcome.kind === "refused" ? (outcome.requestId ?? "") : "";
    expect(announced).toMatchObject({ id, status: "pending" });
    expect(codeOf(await gate.authorise(callOf({ approvalId: id, waitMs: 20 })))).toBe("approval.pending");
    approvals.ledger.decide(id, { verdict: "approve_once", channel: "terminal", comment: null });
    expect(codeOf(await gate.authorise(callOf({ approvalId: id, arguments: { path: "b" } })))).toBe(
      "approval.mismatch",
    );
    expect(codeOf(await gate.authorise(callOf({ approvalId: id, session: "other" })))).toBe("approval.mismatch");
    expect(await gate.authorise(callOf({ approvalId: id }))).toMatchObject({ kind: "granted", channel: "terminal" });
    expect(codeOf(await gate.authorise(callOf({ approvalId: id })))).toBe("approval.consumed");
    expect(codeOf(await gate.authorise(callOf({ approvalId: "nonsense" })))).toBe("approval.unknown");
  });

  it("takes the same call once more for the same question, and runs it when it was approved meanwhile", async () => {
    const { gate, approvals } = await fixture();
    const first = await gate.authorise(callOf({ waitMs: 0 }));
    const second = await gate.authorise(callOf({ waitMs: 0 }));
    expect([codeOf(first), codeOf(second)]).toEqual(["approval.pending", "approval.pending"]);
    const [request, ...others] = approvals.ledger.list();
    expect(others).toEqual([]);
    expect((await gate.authorise(callOf({ waitMs: 0, session: "session-2" }))).kind).toBe("refused");
    approvals.ledger.decide(request?.id ?? "", { verdict: "approve_once", channel: "page", comment: null });
    const different = { arguments: { path: "src/a.ts" }, waitMs: 0 };
    expect(codeOf(await gate.authorise(callOf(different)))).toBe("approval.pending");
    expect(await gate.authorise(callOf({ waitMs: 0 }))).toMatchObject({ kind: "granted", requestId: request?.id });
    expect(codeOf(await gate.authorise(callOf({ waitMs: 0 })))).toBe("approval.pending");
  });

  it("asks twice for two equal calls at the same time: each is an act of its own", async () => {
    const { gate, approvals } = await fixture();
    const ids: string[] = [];
    const call = () => gate.authorise(callOf({ onWaiting: ({ id }) => ids.push(id) }));
    const calls = [call(), call()];
    await expect.poll(() => ids.length).toBe(2);
    expect(ids[0]).not.toBe(ids[1]);
    for (const id of ids) approvals.ledger.decide(id, { verdict: "approve_once", channel: "page", comment: null });
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(["granted", "granted"]);
  });

  it("refuses when what would happen changed while the human thought", async () => {
    const { gate, approvals } = await fixture();
    let before: string | null = null;
    const outcome = gate.authorise(
      callOf({
        propose: () => Promise.resolve(writeProposal("src/a.ts", "x\n", before)),
        onWaiting: ({ id }) => {
          before = "someone else wrote this\n";
          setImmediate(() => approvals.ledger.decide(id, { verdict: "approve_once", channel: "page", comment: null }));
        },
      }),
    );
    expect(codeOf(await outcome)).toBe("approval.mismatch");
  });

  it("runs nothing for a caller that went away, whoever approves later", async () => {
    const { gate, approvals } = await fixture();
    const caller = new AbortController();
    let id = "";
    const outcome = gate.authorise(
      callOf({
        signal: caller.signal,
        onWaiting: (request) => {
          id = request.id;
          setImmediate(() => caller.abort());
        },
      }),
    );
    expect(codeOf(await outcome)).toBe("approval.cancelled");
    const late = () => approvals.ledger.decide(id, { verdict: "approve_once", channel: "page", comment: null });
    expect(late).toThrow(expect.objectContaining({ code: "approval.cancelled" }));
  });

  it("lets the first of several channels win and tells the others to stop", async () => {
    const stopped: string[] = [];
    const slow = {
      name: "elicitation" as const,
      where: () => null,
      ask: (_: ApprovalRequest, signal: AbortSignal) =>
        new Promise<never>(() => signal.addEventListener("abort", () => stopped.push("slow"))),
    };
    const broken = {
      name: "terminal" as const,
      where: () => null,
      ask: () => Promise.reject(new Error("no terminal")),
    };
    const quick = {
      name: "terminal" as const,
      where: () => null,
      ask: () => Promise.resolve({ kind: "deny", comment: "no" } as const),
    };
    const { gate } = await fixture({ channels: [slow, broken, quick] });
    const outcome = await gate.authorise(callOf());
    expect(codeOf(outcome)).toBe("approval.rejected");
    expect(outcome.kind === "refused" && outcome.error.message).toContain("by terminal: no");
    expect(stopped).toEqual(["slow"]);
  });
});

describe("rules", () => {
  it("remembers an approval for the session, for that session and unprotected files only", async () => {
    const { gate, clock } = await fixture();
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: asking })));
    clock.advance(3_000);
    const session = { action: "accept", content: { decision: "approve_session" } };
    const turn = { ...asking, state: asked.state, responses: { [asked.key]: session } };
    expect(await gate.authorise(callOf({ elicitation: turn }))).toMatchObject({ kind: "granted" });
    const next = (overrides: Parameters<typeof callOf>[0]) =>
      gate.authorise(callOf({ elicitation: asking, ...overrides }));
    const other = () => Promise.resolve(writeProposal("src/b.ts"));
    expect(await next({ propose: other })).toMatchObject({ kind: "granted", channel: "session" });
    expect((await next({ propose: other, session: "session-2" })).kind).toBe("ask");
    expect((await next({ propose: () => Promise.resolve(writeProposal(".git/hooks/pre-commit")) })).kind).toBe("ask");
    expect(
      (await next({ tool: "execute_command", propose: () => Promise.resolve(commandProposal(["ls"])) })).kind,
    ).toBe("ask");
    clock.advance(13 * 3_600_000);
    expect((await next({ propose: other })).kind).toBe("ask");
  });

  it("runs what the policy allows and writes down that it was the policy", async () => {
    const policy = () => ({
      version: 1 as const,
      commands: [{ argv: ["npm", "test"], options: false }],
      writes: [],
      sessionGrants: {},
      deny: ["git_commit"],
    });
    const { gate, approvals } = await fixture({ policy });
    const propose = () => Promise.resolve(commandProposal(["npm", "test"]));
    const outcome = await gate.authorise(callOf({ tool: "execute_command", propose }));
    expect(outcome).toMatchObject({ kind: "granted", channel: "policy" });
    expect(codeOf(await gate.authorise(callOf({ tool: "git_commit" })))).toBe("approval.denied-by-policy");
    expect(approvals.ledger.list().map(({ status }) => status)).toEqual(["rejected", "consumed"]);
  });

  it("asks no more than the limit, telling how long to wait", async () => {
    const clock = handClock();
    const approvals = await openTestApprovals({ clock, approvals: 2 });
    const gate = gateOver(approvals, { clock });
    const ask = () => gate.authorise(callOf({ elicitation: asking }));
    expect([codeOf(await ask()), codeOf(await ask())]).toEqual(["ask", "ask"]);
    clock.advance(600_000);
    const refused = await ask();
    expect(codeOf(refused)).toBe("request.rate-limited");
    expect(refused.kind === "refused" && refused.error.hint).toContain("3000 seconds");
    clock.advance(3_000_000);
    expect(codeOf(await ask())).toBe("ask");
  });
});
