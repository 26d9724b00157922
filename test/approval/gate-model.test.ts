import fc from "fast-check";
import { expect, it } from "vitest";
import type { Gate, GateOutcome } from "../../src/approval/gate.ts";
import type { Approvals } from "../../src/approval/open.ts";
import { callOf, gateOver, handClock, type HandClock, openTestApprovals, page, writeProposal } from "./setup.ts";

/** What can happen around a gate, in any order: honest clients, forgers, humans elsewhere, clocks. */
type Step =
  | { readonly kind: "ask"; readonly file: number; readonly session: number }
  | {
      readonly kind: "answer";
      readonly question: number;
      readonly word: string;
      readonly file: number;
      readonly session: number;
    }
  | { readonly kind: "forge"; readonly question: number; readonly file: number; readonly session: number }
  | { readonly kind: "later"; readonly question: number; readonly file: number; readonly session: number }
  | { readonly kind: "decide"; readonly question: number; readonly verdict: "approve_once" | "deny" }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "setClock"; readonly ms: number };

const small = fc.nat({ max: 3 });
const two = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("ask" as const), file: two, session: two }),
  fc.record({
    kind: fc.constant("answer" as const),
    question: small,
    word: fc.constantFrom("approve_once", "deny", "decline", "cancel", "", "Approve_Once"),
    file: two,
    session: two,
  }),
  fc.record({ kind: fc.constant("forge" as const), question: small, file: two, session: two }),
  fc.record({ kind: fc.constant("later" as const), question: small, file: two, session: two }),
  fc.record({
    kind: fc.constant("decide" as const),
    question: small,
    verdict: fc.constantFrom("approve_once" as const, "deny" as const),
  }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(10, 1_000, 60_000, 400_000) }),
  fc.record({ kind: fc.constant("setClock" as const), ms: fc.integer({ min: -1_000_000, max: 1_000_000 }) }),
);

interface Question {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly file: number;
  readonly session: number;
  /** Whether a human said yes to it at any time, before anyone said no. */
  approved: boolean;
  closed: boolean;
  grants: number;
}

class World {
  readonly questions: Question[] = [];
  readonly gate: Gate;
  readonly approvals: Approvals;
  readonly clock: HandClock;

  constructor(approvals: Approvals, clock: HandClock) {
    this.approvals = approvals;
    this.clock = clock;
    this.gate = gateOver(approvals, { clock, channels: [page] });
  }

  async run(step: Step): Promise<void> {
    if (step.kind === "pass") return this.clock.advance(step.ms);
    if (step.kind === "setClock") return this.clock.setWall(this.clock.wall() + step.ms);
    if (step.kind === "ask") return this.note(await this.call(step, {}), step);
    const question = this.questions[step.question % Math.max(1, this.questions.length)];
    if (question === undefined) return undefined;
    if (step.kind === "decide") return this.decide(question, step.verdict);
    if (step.kind === "later") return this.note(await this.call(step, { approvalId: question.id }), step);
    const { key } = question;
    const state =
      step.kind === "forge" ? question.state.replace(/.$/, (end) => (end === "A" ? "B" : "A")) : question.state;
    const word = step.kind === "forge" ? "approve_once" : step.word;
    const isAction = word === "decline" || word === "cancel";
    const response = isAction ? { action: word } : { action: "accept", content: { decision: word } };
    const isOwn = question.file === step.file && question.session === step.session;
    // A yes counts as the human's only when it comes back untouched, with the call that it was asked for.
    if (step.kind === "answer" && word === "approve_once" && isOwn && !question.closed) question.approved = true;
    if (step.kind === "answer" && isOwn && !isAction && word !== "approve_once") question.closed = true;
    const elicitation = { method: "tools/call", modes: ["form"] as const, state, responses: { [key]: response } };
    return this.note(await this.call(step, { elicitation }), step);
  }

  private call({ file, session }: { file: number; session: number }, extra: Parameters<typeof callOf>[0]) {
    return this.gate.authorise(
      callOf({
        arguments: { file },
        session: `session-${session}`,
        propose: () => Promise.resolve(writeProposal(`file-${file}`)),
        elicitation: { method: "tools/call", modes: ["form"] },
        waitMs: 0,
        ...extra,
      }),
    );
  }

  private decide(question: Question, verdict: "approve_once" | "deny"): void {
    try {
      this.approvals.ledger.decide(question.id, { verdict, channel: "page", comment: null });
      if (verdict === "approve_once") question.approved = true;
      else question.closed = true;
    } catch {
      // Too late: somebody, or the time, was first.
    }
  }

  private note(outcome: GateOutcome, { file, session }: { file: number; session: number }): void {
    if (outcome.kind === "ask" && !this.questions.some(({ id }) => id === outcome.requestId)) {
      const { requestId: id, key, state } = outcome;
      this.questions.push({ id, key, state, file, session, approved: false, closed: false, grants: 0 });
    }
    if (outcome.kind !== "granted") return;
    const question = this.questions.find(({ id }) => id === outcome.requestId);
    expect(question, "nothing is granted that was not asked").toBeDefined();
    if (question === undefined) return;
    expect(question.approved, "nothing is granted that no human approved").toBe(true);
    expect([question.file, question.session], "an approval is for its own call").toEqual([file, session]);
    expect(++question.grants, "an approval is used once").toBe(1);
  }
}

const RUNS = Number(process.env["CODELAB_RUNS"] ?? 60);

it(
  "grants, over any sequence of events, only what a human approved, to the call it was for, once",
  { timeout: 60_000 + RUNS * 500 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const clock = handClock();
        const approvals = await openTestApprovals({ clock });
        const world = new World(approvals, clock);
        for (const next of steps) await world.run(next);
        expect(await approvals.verifyAudit()).toMatchObject({ ok: true });
        const granted = approvals.audit.list({ limit: 1_000 }).filter(({ event }) => event === "authorised").length;
        expect(granted).toBe(world.questions.reduce((sum, { grants }) => sum + grants, 0));
      }),
      { numRuns: RUNS },
    );
  },
);
