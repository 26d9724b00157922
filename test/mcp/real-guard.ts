import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { type Clock, systemClock } from "../../src/approval/clock.ts";
import { type ApprovalChannel, Gate } from "../../src/approval/gate.ts";
import { type Approvals, openApprovals } from "../../src/approval/open.ts";
import { ASK_ALWAYS, type Policy } from "../../src/approval/policy-file.ts";
import { waitForDecision } from "../../src/approval/wait.ts";
import { createLogger } from "../../src/log.ts";
import type { Guard } from "../../src/mcp/guard.ts";
import { defineTool, type Tool } from "../../src/tools/tool.ts";

export interface RealGuard {
  readonly guard: Guard;
  readonly approvals: Approvals;
  /** Lets time pass for the gate, which knows humans by their slowness. */
  readonly pass: (ms: number) => void;
}

export interface RealGuardOptions {
  readonly timeoutMs?: number;
  readonly policy?: Policy;
  readonly channels?: readonly ApprovalChannel[];
  readonly link?: string;
  /** Questions an hour. */
  readonly questions?: number;
}

export const page: ApprovalChannel = { name: "page", where: () => "open http://127.0.0.1:4001/" };

/** The real gate over a real ledger in a directory that goes away with the test. */
export async function realGuard(options: RealGuardOptions = {}): Promise<RealGuard> {
  const { timeoutMs = 300_000, policy = ASK_ALWAYS, channels = [page], link, questions = 50 } = options;
  let passed = 0;
  // A busy machine may make any answer slow: only `pass` makes one a human's.
  const began = systemClock.monotonic();
  const clock: Clock = { wall: () => systemClock.wall() + passed, monotonic: () => began + passed };
  const home = mkdtempSync(path.join(os.tmpdir(), "codelab-guard-"));
  const approvals = await openApprovals({
    home,
    log: createLogger("silent"),
    timeoutMs,
    clock,
    limits: { file: 1_000, approval: questions },
  });
  onTestFinished(() => {
    approvals[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
  });
  const { ledger, limiter, codec } = approvals;
  const linkTo = (id: string) => (link === undefined ? null : `${link}${id}`);
  const gate = new Gate({ workspace: "/w", ledger, limiter, codec, policy: () => policy, channels, linkTo, clock });
  const guard: Guard = {
    authorise: (call) => gate.authorise(call),
    decided: async (id, signal) => void (await waitForDecision(ledger, id, { signal, waitMs: timeoutMs })),
    countFileOperation: (principal) => limiter.take(principal, "file"),
  };
  const pass = (ms: number) => {
    passed += ms;
  };
  return { guard, approvals, pass };
}

export interface Switch {
  readonly tool: Tool;
  /** What the tool did, in order. */
  readonly done: string[];
  /** What it would do now, beyond its arguments: changing it is changing the file under a diff. */
  state: string;
}

/** A gated tool that does nothing but remember that it ran. */
export function switchTool(name = "flip"): Switch {
  const self: Switch = {
    done: [],
    state: "0",
    tool: defineTool({
      name,
      title: "Flip",
      access: "execute",
      description: "Flips a switch after a human approved.",
      input: z.object({ to: z.string().describe("Where to.") }),
      examples: [{ says: "Up", arguments: { to: "up" } }],
      preview: async ({ to }) => ({
        proposal: { kind: "other", title: `Flip to ${to}`, text: `state ${self.state}, then ${to}` },
        plan: { to },
      }),
      run: async ({ to }) => {
        self.done.push(to);
        return { text: `flipped to ${to}` };
      },
    }),
  };
  return self;
}
