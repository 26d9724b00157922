import { z } from "zod";
import { cursorField, globField, pathField } from "./fields.ts";
import { LIST_PAGE } from "./limits.ts";
import { visibleLine } from "../visible.ts";
import { defineTool } from "./tool.ts";

/** What a directory holds. */
export const listFiles = defineTool({
  name: "list_files",
  title: "List files",
  access: "read",
  description:
    "Lists a directory of the workspace, or all files beneath it, leaving out what is ignored (.gitignore and the like). " +
    'Directories end in "/", files carry their size in bytes.',
  input: z.object({
    path: pathField.exactOptional(),
    glob: globField.exactOptional(),
    recursive: z
      .boolean()
      .describe("True for all files beneath; so it is when a glob is given. Default false.")
      .exactOptional(),
    limit: z
      .int()
      .min(1)
      .max(LIST_PAGE.max)
      .describe(`Most entries, 1 to ${LIST_PAGE.max}; ${LIST_PAGE.default} when left out.`)
      .exactOptional(),
    cursor: cursorField.exactOptional(),
  }),
  examples: [
    { says: "The top of the project", arguments: {} },
    { says: "All tests", arguments: { glob: "**/*.test.ts" } },
  ],
  searchHint: "ls, directory tree, find files by name",
  countsAsFileOperation: true,
  run: async (input, { files }, { signal }) => {
    const { path = ".", glob } = input;
    const { entries, next } = await files.list(
      { limit: LIST_PAGE.default, recursive: glob !== undefined, ...input },
      signal,
    );
    const lines = entries.map(({ path: file, type, size }) => {
      const name = visibleLine(file);
      if (type === "directory") return `${name}/`;
      return type === "link" ? `${name} (link)` : `${name} ${size ?? ""}`.trimEnd();
    });
    const what = glob === undefined ? "Nothing" : `Nothing that matches ${JSON.stringify(glob)}`;
    if (lines.length === 0) return { text: `${what} in ${visibleLine(path)} (ignored files are left out).` };
    if (next !== null) lines.push(`More: call again with cursor ${JSON.stringify(next)}`);
    return { text: lines.join("\n") };
  },
});
