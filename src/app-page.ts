import type { ApprovalPorts } from "./web/ports.ts";
import { createSite } from "./web/site.ts";
import { systemClock } from "./approval/clock.ts";
import type { Approvals } from "./approval/open.ts";
import { undo } from "./approval/undo.ts";
import { type HttpHandler, type HttpServer, listen } from "./http.ts";
import type { Logger } from "./log.ts";
import { workspaceFiles } from "./workspace/change-file.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** The approval page as a handler, served under `origins`. */
export function createPage(
  workspace: Workspace,
  approvals: Approvals,
  origins: () => readonly string[],
  log: Logger,
): HttpHandler {
  const { ledger, audit, pairing, verifyAudit } = approvals;
  const files = workspaceFiles(workspace);
  const journal = approvals.journalOf(workspace.root, files);
  const changes: ApprovalPorts["changes"] = {
    list: (limit) => journal.list(limit),
    undo: async (id, force) => await undo({ journal, files, audit, channel: "page" }, { id, force }),
  };
  const ports = { ledger, audit, pairing, verifyAudit, changes, now: () => systemClock.wall() };
  return createSite({ ports, origins, log });
}

/** Serves the approval page alone on a free port of this machine, for servers that speak over stdio. */
export async function servePage(workspace: Workspace, approvals: Approvals, log: Logger): Promise<HttpServer> {
  const origins: string[] = [];
  const handlers = [createPage(workspace, approvals, () => origins, log)];
  const server = await listen({ host: "127.0.0.1", port: 0, handlers, log });
  origins.push(server.origin);
  return server;
}
