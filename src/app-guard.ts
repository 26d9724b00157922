import { Gate } from "./approval/gate.ts";
import { type Approvals, openApprovals } from "./approval/open.ts";
import { loadPolicy } from "./approval/policy-file.ts";
import { waitForDecision } from "./approval/wait.ts";
import type { HttpServer } from "./http.ts";
import type { Logger } from "./log.ts";
import type { Guard } from "./mcp/guard.ts";
import type { Config } from "./settings.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** A guard over the ledger that all processes of this user share. */
export interface OpenGuard extends Guard, AsyncDisposable {
  readonly approvals: Approvals;
}

export interface GuardOptions {
  readonly config: Config;
  readonly workspace: Workspace;
  readonly log: Logger;
  /** Where the approval page already is; absent, one is opened on a free port when the first question comes up. */
  readonly pageOrigin?: () => string | null;
}

/** Opens the ledger and the gate of a workspace; the policy is read anew for each call. */
export async function openGuard({ config, workspace, log, pageOrigin }: GuardOptions): Promise<OpenGuard> {
  const timeoutMs = config.approvalTimeout * 1_000;
  const approvals = await openApprovals({ home: config.home, log, timeoutMs });
  const { ledger, limiter, codec, policyFile } = approvals;
  let page: HttpServer | undefined;
  let opening: Promise<void> | undefined;
  const origin = pageOrigin ?? (() => page?.origin ?? null);
  const openPage = async (): Promise<void> => {
    if (pageOrigin !== undefined) return;
    // Most sessions never ask anything, and a port that is not open cannot be attacked.
    opening ??= import("./app-page.ts").then(async ({ servePage }) => {
      page = await servePage(workspace, approvals, log);
    });
    await opening.catch(() => log.warn("The approval page could not be opened; the terminal still works"));
  };
  const gate = new Gate({
    workspace: workspace.root,
    ledger,
    limiter,
    codec,
    policy: () => loadPolicy(policyFile, workspace.root),
    channels: [
      { name: "page", where: () => pageHint(origin()) },
      { name: "terminal", where: () => "run `codelab-mcp approvals` in a terminal" },
    ],
    linkTo: (id) => (origin() === null ? null : `${origin()}/#${id}`),
  });
  return {
    approvals,
    authorise: async (call) => {
      await openPage();
      return await gate.authorise(call);
    },
    decided: async (id, signal) => void (await waitForDecision(ledger, id, { signal, waitMs: timeoutMs })),
    countFileOperation: (principal) => limiter.take(principal, "file"),
    [Symbol.asyncDispose]: async () => {
      await page?.close(0);
      approvals[Symbol.dispose]();
    },
  };
}

function pageHint(origin: string | null): string | null {
  return origin === null ? null : `open ${origin}/ (the first time with a code from \`codelab-mcp approvals pair\`)`;
}
