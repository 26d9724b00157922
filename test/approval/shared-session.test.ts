import { expect, it } from "vitest";
import { callOf, gateOver, handClock, mustAsk, openTestApprovals, page } from "./setup.ts";

const asking = { method: "tools/call", modes: ["form"] as const };

it("offers nothing for a session that others may be behind, and grants nothing that was granted for it", async () => {
  const clock = handClock();
  const approvals = await openTestApprovals({ clock });
  const gate = gateOver(approvals, { clock, channels: [page] });
  const answer = async (decision: string, isShared: boolean) => {
    const asked = mustAsk(await gate.authorise(callOf({ elicitation: asking, isShared })));
    clock.advance(3_000);
    const responses = { [asked.key]: { action: "accept", content: { decision } } };
    const turn = { ...asking, state: asked.state, responses };
    return { asked, outcome: await gate.authorise(callOf({ elicitation: turn, isShared })) };
  };
  const { asked, outcome } = await answer("approve_session", true);
  expect(asked.prompt).toMatchObject({
    requestedSchema: { properties: { decision: { enum: ["deny", "approve_once"] } } },
  });
  expect(outcome.kind).toBe("refused");
  expect(approvals.ledger.grants.list()).toEqual([]);
  expect((await answer("approve_once", true)).outcome).toMatchObject({ kind: "granted", channel: "elicitation" });
  // What is granted where sessions can be told apart does not hold where they cannot, be their name the same.
  expect((await answer("approve_session", false)).outcome.kind).toBe("granted");
  expect((await gate.authorise(callOf({ elicitation: asking, isShared: false }))).kind).toBe("granted");
  expect((await gate.authorise(callOf({ elicitation: asking, isShared: true }))).kind).toBe("ask");
});
