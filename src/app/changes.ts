import type { Journal } from "../approval/journal.ts";
import { languageOf } from "../chunk/languages.ts";
import { createFaultFinder } from "../chunk/syntax-faults.ts";
import type { FileChanger } from "../tools/gated-ports.ts";
import { applyDelete, applyWrite, planDelete, planWrite } from "../workspace/change-file.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Changes files of a workspace, each written down in the undo journal before it is made. */
export function createFileChanger(workspace: Workspace, journal: Journal): FileChanger {
  const find = createFaultFinder();
  return {
    planWrite: (request) => planWrite(workspace, request),
    applyWrite: async (plan, approval) => {
      const { path, original: before, after } = plan;
      const change = { request: approval, tool: "write_file", path, before, after };
      await journal.perform(change, async () => applyWrite(workspace, plan));
    },
    planDelete: (path) => planDelete(workspace, path),
    applyDelete: async (plan, approval) => {
      const { path, original: before } = plan;
      const change = { request: approval, tool: "delete_file", path, before, after: null };
      await journal.perform(change, async () => applyDelete(workspace, plan));
    },
    brokenSyntax: async (path, before, after) => {
      const faults = await find(after, languageOf(path));
      // Who edits a file that already did not parse is not to blame for it.
      return faults.length > 0 && before !== null && (await find(before, languageOf(path))).length > 0 ? [] : faults;
    },
  };
}
