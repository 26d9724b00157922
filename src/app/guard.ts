import path from "node:path";
import { createApprovalPage } from "./approvals.ts";
import { Gate } from "../approval/gate.ts";
import { type Approvals, openApprovals } from "../approval/open.ts";
import { loadPolicy } from "../approval/policy-file.ts";
import { waitForDecision } from "../approval/wait.ts";
import type { Logger } from "../log.ts";
import type { Guard } from "../mcp/guard.ts";
import type { CallRecord } from "../mcp/run-tool.ts";
import type { Config } from "../settings.ts";

/** A guard over the ledger that all processes of this user share. */
export interface OpenGuard extends Guard, AsyncDisposable {
  readonly approvals: Approvals;
  /** Writes a call that has ended into the audit log, soon. */
  readonly record: (call: CallRecord) => void;
}

export interface GuardOptions {
  readonly config: Config;
  /** Real path. */
  readonly workspace: string;
  readonly log: Logger;
  /** Where this process serves the approval page itself; absent, one is shared or opened when the first question comes. */
  readonly pageOrigin?: () => string | null;
}

/** Opens the ledger and the gate of a workspace; the policy is read anew for each call. */
export async function openGuard({ config, workspace, log, pageOrigin }: GuardOptions): Promise<OpenGuard> {
  const timeoutMs = config.approvalTimeout * 1_000;
  const limits = { file: config.fileOperationsPerHour, approval: config.approvalsPerHour };
  const approvals = await openApprovals({ home: config.home, log, timeoutMs, limits });
  const { ledger, limiter, codec, policyFile } = approvals;
  const page = createApprovalPage(config, approvals, log);
  const origin = pageOrigin ?? (() => page.origin());
  const gate = new Gate({
    workspace,
    ledger,
    limiter,
    codec,
    policy: () => loadPolicy(policyFile, workspace),
    channels: [
      { name: "page", where: () => pageHint(origin()) },
      { name: "terminal", where: () => "run `codelab-mcp approvals` in a terminal" },
    ],
    own: ownInside(workspace, config.home),
    linkTo: (id) => (origin() === null ? null : `${origin()}/#${id}`),
  });
  return {
    approvals,
    authorise: async (call) => {
      // Most sessions never ask anything, and a port that is not open cannot be attacked.
      if (pageOrigin === undefined) await page.ensure();
      return await gate.authorise(call);
    },
    record: ({ tool, request, code, durationMs, principal, session, client, arguments: args }) => {
      const detail = { arguments: args, ms: Math.round(durationMs) };
      const who = { workspace, session, principal, client };
      approvals.audit.appendLater({ event: "call", ...who, tool, request, outcome: code ?? "ok", detail });
    },
    decided: async (id, signal) => void (await waitForDecision(ledger, id, { signal, waitMs: timeoutMs })),
    countFileOperation: (principal) => limiter.take(principal, "file"),
    [Symbol.asyncDispose]: async () => {
      await page[Symbol.asyncDispose]();
      approvals[Symbol.dispose]();
    },
  };
}

/** Our own state, where it lies inside the workspace: never changed without a human. */
export function ownInside(workspace: string, home: string): string[] {
  const inside = path.relative(workspace, home);
  return inside === "" || inside.startsWith("..") || path.isAbsolute(inside) ? [] : [inside];
}

function pageHint(origin: string | null): string | null {
  return origin === null ? null : `open ${origin}/ (the first time with a code from \`codelab-mcp approvals pair\`)`;
}
