import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { type Approvals, openApprovals } from "../../src/approval/open.ts";
import type { Clock } from "../../src/approval/clock.ts";
import {
  Gate,
  type ApprovalChannel,
  type GatedCall,
  type GateOptions,
  type GateOutcome,
} from "../../src/approval/gate.ts";
import { ASK_ALWAYS } from "../../src/approval/policy-file.ts";
import type { Proposal } from "../../src/approval/proposal.ts";
import { sha256 } from "../../src/sha256.ts";
import { createLogger } from "../../src/log.ts";

export const silent = createLogger("silent");

/** An empty directory that goes away with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), "codelab-approval-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Clocks that stand still until the test moves them, both or one. */
export interface HandClock extends Clock {
  advance(ms: number): void;
  setWall(ms: number): void;
}

export function handClock(): HandClock {
  let wall = 1_800_000_000_000;
  let monotonic = 5_000_000;
  return {
    wall: () => wall,
    monotonic: () => monotonic,
    advance(ms) {
      wall += ms;
      monotonic += ms;
    },
    setWall(ms) {
      wall = ms;
    },
  };
}

export async function openTestApprovals(
  options: {
    readonly home?: string;
    readonly clock?: Clock;
    readonly timeoutMs?: number;
    readonly approvals?: number;
  } = {},
): Promise<Approvals> {
  const approvals = await openApprovals({
    home: options.home ?? temporaryDirectory(),
    log: silent,
    timeoutMs: options.timeoutMs ?? 300_000,
    limits: { file: 1_000, approval: options.approvals ?? 50 },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  onTestFinished(() => approvals[Symbol.dispose]());
  return approvals;
}

export const WORKSPACE = "/home/u/project";

export function writeProposal(
  path = "src/a.ts",
  text = "export const a = 1;\n",
  before: string | null = null,
): Proposal {
  const image = (content: string) => ({ text: content, bytes: content.length, hash: sha256(content), mode: 0o644 });
  return { kind: "write", path, before: before === null ? null : image(before), after: image(text) };
}

export function commandProposal(argv: readonly string[]): Proposal {
  return { kind: "command", run: { argv }, program: null, cwd: ".", env: {}, timeoutMs: 60_000 };
}

export function gateOver(approvals: Approvals, options: Partial<GateOptions> = {}): Gate {
  return new Gate({
    workspace: WORKSPACE,
    ledger: approvals.ledger,
    limiter: approvals.limiter,
    codec: approvals.codec,
    policy: () => ASK_ALWAYS,
    channels: [],
    ...options,
  });
}

export function callOf(overrides: Partial<GatedCall> = {}): GatedCall {
  return {
    tool: "write_file",
    arguments: { path: "src/a.ts", content: "export const a = 1;\n" },
    principal: "user",
    session: "session-1",
    client: "test 1.0",
    signal: new AbortController().signal,
    propose: () => Promise.resolve(writeProposal()),
    elicitation: null,
    ...overrides,
  };
}

export const page: ApprovalChannel = { name: "page", where: () => "open http://127.0.0.1:4001/" };

/** The question that the gate asks; fails where it does something else. */
export function mustAsk(outcome: GateOutcome): Extract<GateOutcome, { kind: "ask" }> {
  if (outcome.kind !== "ask") throw new Error(`expected a question, got ${JSON.stringify(outcome)}`);
  return outcome;
}
