import { Gate } from "./approval/gate.ts";
import { type Approvals, openApprovals } from "./approval/open.ts";
import { loadPolicy } from "./approval/policy-file.ts";
import { waitForDecision } from "./approval/wait.ts";
import type { Logger } from "./log.ts";
import type { Guard } from "./mcp/guard.ts";
import type { Config } from "./settings.ts";

/** A guard over the ledger that all processes of this user share. */
export interface OpenGuard extends Guard, Disposable {
  readonly approvals: Approvals;
}

/** Opens the ledger and the gate of a workspace (its real path); the policy is read anew for each call. */
export async function openGuard(config: Config, workspace: string, log: Logger): Promise<OpenGuard> {
  const timeoutMs = config.approvalTimeout * 1_000;
  const approvals = await openApprovals({ home: config.home, log, timeoutMs });
  const { ledger, limiter, codec, policyFile } = approvals;
  const gate = new Gate({
    workspace,
    ledger,
    limiter,
    codec,
    policy: () => loadPolicy(policyFile, workspace),
    channels: [{ name: "terminal", where: () => "run `codelab-mcp approvals` in a terminal" }],
  });
  return {
    approvals,
    authorise: async (call) => await gate.authorise(call),
    decided: async (id, signal) => void (await waitForDecision(ledger, id, { signal, waitMs: timeoutMs })),
    countFileOperation: (principal) => limiter.take(principal, "file"),
    [Symbol.dispose]: () => approvals[Symbol.dispose](),
  };
}
