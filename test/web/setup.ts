import { onTestFinished } from "vitest";
import type { Approvals } from "../../src/approval/open.ts";
import { renderPreview } from "../../src/approval/preview.ts";
import type { Proposal } from "../../src/approval/proposal.ts";
import type { ApprovalRequest } from "../../src/approval/request.ts";
import { type Clock, systemClock } from "../../src/approval/clock.ts";
import { digestOf } from "../../src/approval/digest.ts";
import { sha256 } from "../../src/sha256.ts";
import { undo } from "../../src/approval/undo.ts";
import { type HttpServer, listen } from "../../src/http.ts";
import { createSite } from "../../src/web/site.ts";
import { diskFiles } from "../approval/disk-files.ts";
import { openTestApprovals, silent, temporaryDirectory, WORKSPACE, writeProposal } from "../approval/setup.ts";

export interface SiteFixture {
  readonly approvals: Approvals;
  readonly handle: (request: Request) => Promise<Response | null>;
  readonly origins: string[];
  /** Puts a question into the ledger. */
  readonly ask: (proposal?: Proposal, tool?: string) => ApprovalRequest;
  /** Makes an approved change of a file on disk. */
  readonly change: (path: string, text: string) => Promise<void>;
  readonly readFile: (path: string) => Promise<string | null>;
}

export async function openSite(
  options: { readonly clock?: Clock; readonly timeoutMs?: number } = {},
): Promise<SiteFixture> {
  const approvals = await openTestApprovals(options);
  const { ledger, audit, pairing, verifyAudit } = approvals;
  const files = diskFiles(temporaryDirectory());
  const journal = approvals.journalOf(WORKSPACE, files);
  const changes = {
    list: (limit: number) => journal.list(limit),
    undo: (id: number, force: boolean) => undo({ journal, files, audit, channel: "page" }, { id, force }),
  };
  const origins: string[] = ["http://127.0.0.1:4001"];
  const { wall } = options.clock ?? systemClock;
  const ports = { ledger, audit, pairing, verifyAudit, changes, now: wall };
  return {
    approvals,
    origins,
    handle: createSite({ ports, origins: () => origins, log: silent }),
    ask: (proposal = writeProposal(), tool = "write_file") =>
      ledger.create({
        workspace: WORKSPACE,
        session: "s1",
        principal: "user",
        client: "Claude Code 2.1.329",
        tool,
        arguments: {},
        digest: digestOf({}),
        preview: renderPreview(proposal),
        scope: proposal.kind === "write" ? { key: "k", label: "every unprotected file that write_file writes" } : null,
      }),
    async change(path, text) {
      const before = await files.read(path);
      const content = Buffer.from(text);
      const after = { hash: sha256(content), mode: 0o644 };
      await journal.perform({ request: null, tool: "write_file", path, before, after }, () =>
        files.write(path, { content, mode: 0o644 }),
      );
    },
    readFile: async (path) => {
      const file = await files.read(path);
      return file === null ? null : Buffer.from(file.content).toString();
    },
  };
}

/** The site behind the real server on a free port. */
export async function serveSite(fixture: SiteFixture): Promise<HttpServer> {
  const server = await listen({ host: "127.0.0.1", port: 0, handlers: [fixture.handle], log: silent });
  onTestFinished(() => server.close(0));
  fixture.origins.push(server.origin);
  return server;
}
