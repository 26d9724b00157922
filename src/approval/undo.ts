import { UserError } from "../errors.ts";
import type { AuditLog } from "./audit.ts";
import { sha256 } from "../sha256.ts";
import type { Journal, JournalEntry, JournalFiles } from "./journal.ts";

export interface UndoContext {
  readonly journal: Journal;
  readonly files: JournalFiles;
  readonly audit: AuditLog;
  /** Who takes the change back, such as `terminal` or `page`; for the audit log. */
  readonly channel: string;
}

export interface UndoOptions {
  /** Entry to take back; the newest that can be when absent. */
  readonly id?: number | undefined;
  /** Restores even over changes made since. */
  readonly force?: boolean | undefined;
}

/**
 * Puts back what an approved change replaced, and journals that in turn, so that it can be taken back too.
 * Throws `workspace.nothing-to-undo`, `workspace.not-undoable`, and `workspace.changed-since` unless forced.
 */
export async function undo(context: UndoContext, options: UndoOptions = {}): Promise<JournalEntry> {
  const { journal, files, audit, channel } = context;
  const entry = findEntry(journal, options.id);
  const current = await files.read(entry.path);
  const currentHash = current === null ? null : sha256(current.content);
  if (currentHash !== entry.afterHash && options.force !== true)
    throw new UserError("workspace.changed-since", `${entry.path} has changed since change ${entry.id}`, {
      hint: "Undo with force to lose those changes; they are kept in the journal.",
    });
  const before = journal.contentBefore(entry.id);
  const event = {
    workspace: journal.workspace,
    session: channel,
    principal: "user",
    client: channel,
    tool: "undo",
    request: entry.request,
  };
  const detail = { entry: entry.id, path: entry.path, force: options.force === true };
  audit.transaction(() => audit.append({ ...event, event: "undo", outcome: "begun", detail }));
  await journal.perform(
    {
      request: entry.request,
      tool: "undo",
      path: entry.path,
      before: current,
      after: before === null ? null : { hash: sha256(before.content), mode: before.mode },
      undoes: entry.id,
    },
    async () => {
      // What was just journaled is what is replaced: someone may be saving the file at this moment.
      if (before !== null) await files.write(entry.path, before, currentHash);
      else if (currentHash !== null) await files.remove(entry.path, currentHash);
    },
  );
  audit.transaction(() => audit.append({ ...event, event: "undo", outcome: "ok", detail }));
  return journal.get(entry.id) ?? entry;
}

const LIST = "`codelab-mcp undo --list` shows what was changed.";

function findEntry(journal: Journal, id: number | undefined): JournalEntry {
  if (id === undefined) {
    const newest = journal.list(1_000).find((entry) => entry.restorable && entry.tool !== "undo");
    if (newest !== undefined) return newest;
    throw new UserError("workspace.nothing-to-undo", "there is no change left that could be undone", { hint: LIST });
  }
  const entry = journal.get(id);
  if (entry === null) throw new UserError("workspace.nothing-to-undo", `there is no change ${id}`, { hint: LIST });
  if (entry.restorable) return entry;
  const why = entry.state === "done" ? "no copy of what it replaced is kept" : `it is ${entry.state}`;
  throw new UserError("workspace.not-undoable", `change ${id} cannot be undone: ${why}`, { hint: LIST });
}
