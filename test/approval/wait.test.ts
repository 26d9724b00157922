import { describe, expect, it } from "vitest";
import { renderPreview } from "../../src/approval/preview.ts";
import type { Approvals } from "../../src/approval/open.ts";
import { waitForDecision } from "../../src/approval/wait.ts";
import { openTestApprovals, temporaryDirectory, WORKSPACE, writeProposal } from "./setup.ts";

function create({ ledger }: Approvals): string {
  const who = { workspace: WORKSPACE, session: "s", principal: "user", client: "c", tool: "write_file" };
  return ledger.create({ ...who, arguments: {}, digest: "d", preview: renderPreview(writeProposal()), scope: null }).id;
}

const forever = () => ({ signal: new AbortController().signal, waitMs: 30_000 });
const no = { verdict: "deny", channel: "page", comment: null } as const;

describe("waitForDecision", () => {
  it("returns at once what is decided already, or when there is no time to wait", async () => {
    const approvals = await openTestApprovals();
    const id = create(approvals);
    expect(await waitForDecision(approvals.ledger, id, { ...forever(), waitMs: 0 })).toMatchObject({
      status: "pending",
    });
    approvals.ledger.decide(id, no);
    expect(await waitForDecision(approvals.ledger, id, forever())).toMatchObject({ status: "rejected" });
    await expect(waitForDecision(approvals.ledger, "unknown", forever())).rejects.toThrow(
      expect.objectContaining({ code: "approval.unknown" }),
    );
  });

  it("wakes for a decision of this process and of another connection", async () => {
    const home = temporaryDirectory();
    const here = await openTestApprovals({ home });
    const there = await openTestApprovals({ home });
    for (const decider of [here, there]) {
      const id = create(here);
      const waiting = waitForDecision(here.ledger, id, forever());
      decider.ledger.decide(id, no);
      expect(await waiting).toMatchObject({ status: "rejected", channel: "page" });
    }
  });

  it("sleeps through what happens to other requests", async () => {
    const approvals = await openTestApprovals();
    const id = create(approvals);
    const waiting = waitForDecision(approvals.ledger, id, forever());
    for (let other = 0; other < 5; other++) approvals.ledger.decide(create(approvals), no);
    const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 250, "still waiting"))]);
    expect(first).toBe("still waiting");
    approvals.ledger.decide(id, no);
    await waiting;
  });

  it("ends with the wait, with the request's own time, and when the caller goes", async () => {
    const approvals = await openTestApprovals();
    const brief = await waitForDecision(approvals.ledger, create(approvals), { ...forever(), waitMs: 50 });
    expect(brief.status).toBe("pending");
    const caller = new AbortController();
    const left = waitForDecision(approvals.ledger, create(approvals), { signal: caller.signal, waitMs: 30_000 });
    caller.abort();
    expect((await left).status).toBe("pending");
    const short = await openTestApprovals({ timeoutMs: 200 });
    expect((await waitForDecision(short.ledger, create(short), forever())).status).toBe("timeout");
  });
});
