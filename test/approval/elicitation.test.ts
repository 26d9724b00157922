import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approvalForm, DECISIONS, interpretAnswer, isLinkOpened } from "../../src/approval/elicitation.ts";

const accept = (content: unknown) => interpretAnswer({ action: "accept", content });

describe("approvalForm", () => {
  it("requires a decision, and denies by default", () => {
    const { requestedSchema } = approvalForm("Write a file?", "every file");
    expect(requestedSchema.required).toEqual(["decision"]);
    expect(requestedSchema.properties.decision).toMatchObject({ enum: DECISIONS, default: "deny" });
    expect(requestedSchema.properties.decision.description).toContain("every file");
  });

  it("offers the session only where there is something to approve for it", () => {
    const { decision } = approvalForm("Commit?", null).requestedSchema.properties;
    expect(decision.enum).toEqual(["deny", "approve_once"]);
    expect(decision.description).not.toContain("session");
  });

  it("uses only what the protocol's restricted schemas know", () => {
    const { properties } = approvalForm("Q", "s").requestedSchema;
    const known = new Set(["type", "title", "description", "enum", "default", "maxLength"]);
    for (const property of Object.values(properties)) {
      expect(property.type).toBe("string");
      for (const keyword of Object.keys(property)) expect(known).toContain(keyword);
    }
  });
});

describe("interpretAnswer", () => {
  it("approves for the exact words", () => {
    expect(accept({ decision: "approve_once" })).toEqual({ kind: "approve", scope: "once", comment: null });
    expect(accept({ decision: "approve_session", comment: " fine " })).toEqual({
      kind: "approve",
      scope: "session",
      comment: "fine",
    });
    expect(accept({ decision: "approve_once", comment: null })).toMatchObject({ kind: "approve" });
    expect(accept({ decision: "deny", comment: "no" })).toEqual({ kind: "deny", comment: "no" });
  });

  it("never takes anything else for a yes", () => {
    const answers = fc.oneof(
      fc.anything(),
      fc.record({ action: fc.string(), content: fc.anything() }),
      fc.record({ action: fc.constant("accept"), content: fc.anything() }),
      fc.record({
        action: fc.constant("accept"),
        content: fc.record({ decision: fc.string(), comment: fc.anything() }),
      }),
      fc.record({ action: fc.constant("accept"), content: fc.constant({ decision: ["approve_once"] }) }),
      fc.record({ action: fc.constantFrom("decline", "cancel"), content: fc.constant({ decision: "approve_once" }) }),
    );
    fc.assert(
      fc.property(answers, (answer) => {
        const words: readonly string[] = ["approve_once", "approve_session"];
        const said =
          typeof answer === "object" && answer !== null && "content" in answer ? (answer.content as unknown) : null;
        const decision = typeof said === "object" && said !== null && "decision" in said ? said.decision : null;
        const { kind } = interpretAnswer(answer);
        if (kind === "approve") expect(words).toContain(decision);
        if (answer !== null && typeof answer === "object" && "action" in answer && answer.action !== "accept")
          expect(kind).not.toBe("approve");
      }),
      { numRuns: 1_000 },
    );
  });

  it("tells a dialog that was dismissed from one that was answered", () => {
    expect(interpretAnswer({ action: "decline" })).toEqual({ kind: "dismiss", how: "decline" });
    expect(interpretAnswer({ action: "cancel" })).toEqual({ kind: "dismiss", how: "cancel" });
    expect(accept(undefined)).toEqual({ kind: "malformed" });
    expect(accept({})).toEqual({ kind: "malformed" });
    expect(accept({ decision: "approve_once", comment: "x".repeat(2_001) })).toEqual({ kind: "malformed" });
    expect(interpretAnswer("accept")).toEqual({ kind: "malformed" });
  });

  it("takes an opened link for nothing but that", () => {
    expect(isLinkOpened({ action: "accept" })).toBe(true);
    expect(isLinkOpened({ action: "decline" })).toBe(false);
    expect(isLinkOpened(null)).toBe(false);
    expect(interpretAnswer({ action: "accept" })).toEqual({ kind: "malformed" });
  });
});
