import path from "node:path";
import type { Journal, JournalEntry, JournalFiles } from "../approval/journal.ts";
import { type Approvals, openApprovals } from "../approval/open.ts";
import { undo, type UndoOptions } from "../approval/undo.ts";
import { UserError } from "../errors.ts";
import { createLogger, type Logger } from "../log.ts";
import type { Config } from "../settings.ts";
import type { ApprovalPorts } from "../web/ports.ts";
import { createSharedPage, pageNotice, type SharedPage } from "../web/shared-page.ts";
import { workspaceFiles } from "../workspace/change-file.ts";
import { openWorkspace } from "../workspace/workspace.ts";

/** Fixed, so that a browser that was paired stays so; another port is taken when a stranger has it. */
const PAGE_PORT = 4003;

/** What a human may see and do about what agents did: the terminal's side of the ledger. */
export interface HumanSide extends Disposable {
  readonly approvals: Approvals;
  /** Address of the approval page, null while no process serves it. */
  readonly page: () => string | null;
  /** Takes back a change in the configured workspace. */
  readonly undo: (options: UndoOptions) => Promise<JournalEntry>;
  /** Changes in the configured workspace, newest first. */
  readonly changes: (limit: number) => JournalEntry[];
}

/** Opens the human's side; `channel` is the name under which the audit log knows it. */
export async function openHumanSide(config: Config, channel: "terminal" | "page" = "terminal"): Promise<HumanSide> {
  const log = createLogger(config.logLevel);
  const timeoutMs = config.approvalTimeout * 1_000;
  const approvals = await openApprovals({ home: config.home, log, timeoutMs });
  const own = () => journalAt(approvals, config.workspace);
  return {
    approvals,
    page: () => pageNotice(config.home),
    undo: async (options) => {
      const { journal, files } = own();
      await journal.recover();
      return await undo({ journal, files, audit: approvals.audit, channel }, options);
    },
    changes: (limit) => own().journal.list(limit),
    [Symbol.dispose]: () => approvals[Symbol.dispose](),
  };
}

/** The approval page over an open ledger; nothing listens before it is asked to. */
export function createApprovalPage(config: Config, approvals: Approvals, log: Logger): SharedPage {
  return createSharedPage({ home: config.home, port: PAGE_PORT, ports: pagePorts(approvals), log });
}

/** What the page may do; it shows and takes back the changes of every workspace. */
export function pagePorts(approvals: Approvals): ApprovalPorts {
  const { ledger, audit, pairing, verifyAudit, listChanges } = approvals;
  const undoAnywhere = async (id: number, force: boolean) => {
    const entry = listChanges(Number.MAX_SAFE_INTEGER).find((change) => change.id === id);
    if (entry === undefined) throw new UserError("workspace.nothing-to-undo", `there is no change ${id}`);
    const { journal, files } = journalAt(approvals, entry.workspace);
    return await undo({ journal, files, audit, channel: "page" }, { id, force });
  };
  const changes = { list: listChanges, undo: undoAnywhere };
  return { ledger, audit, pairing, verifyAudit, changes, now: Date.now };
}

function journalAt(approvals: Approvals, directory: string): { journal: Journal; files: JournalFiles } {
  // What was allowed to be written may be restored, hidden or not; the rules against leaving the workspace stay.
  const workspace = openWorkspace(path.resolve(directory), { hidden: "allow" });
  const files = workspaceFiles(workspace);
  return { journal: approvals.journalOf(workspace.root, files), files };
}
