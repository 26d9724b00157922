import { z } from "zod";
import { pathField } from "./fields.ts";
import { visibleLine } from "../visible.ts";
import { defineTool } from "./tool.ts";

/** Deletes a file. */
export const deleteFile = defineTool({
  name: "delete_file",
  title: "Delete a file",
  access: "write",
  description:
    "Deletes one file of the workspace. A human sees what it holds and approves first; what was there is kept for an undo.",
  input: z.object({ path: pathField }),
  examples: [{ says: "A file that is not needed any more", arguments: { path: "src/old.ts" } }],
  searchHint: "remove file, rm",
  countsAsFileOperation: true,
  preview: async ({ path }, { changes }) => {
    const plan = changes.planDelete(path);
    const { path: file, before, warnings } = plan;
    return { proposal: { kind: "delete", path: file, before, warnings }, plan };
  },
  run: async (plan, { changes }, { approval }) => {
    await changes.applyDelete(plan, approval);
    return { text: `Deleted ${visibleLine(plan.path)}. The user can take it back with undo.` };
  },
});
