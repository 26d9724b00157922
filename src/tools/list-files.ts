import { z } from "zod";
import { cursorField, globField, pathField } from "./fields.ts";
import { LIST_PAGE } from "./limits.ts";
import { defineTool } from "./tool.ts";

/** What a directory holds. */
export const listFiles = defineTool({
  name: "list_files",
  title: "List files",
  access: "read",
  description:
    "Lists a directory of the workspace, or the whole tree beneath it, leaving out what is ignored (.gitignore and the " +
    `like). Directories end in "/", files carry their size in bytes. At most ${LIST_PAGE} entries at once.`,
  input: z.object({
    path: pathField.optional(),
    glob: globField.optional(),
    recursive: z.boolean().describe("True for the whole tree; also when a glob is given. Default false.").optional(),
    cursor: cursorField.optional(),
  }),
  examples: [
    { says: "The top of the project", arguments: {} },
    { says: "All tests", arguments: { glob: "**/*.test.ts" } },
  ],
  searchHint: "ls, directory tree, find files by name",
  countsAsFileOperation: true,
  run: async ({ path = ".", glob, recursive = glob !== undefined, cursor }, { files }, { signal }) => {
    const listing = await files.list({ path, glob, recursive, cursor, limit: LIST_PAGE }, signal);
    const lines = listing.entries.map(({ path: name, kind, size }) => {
      if (kind === "directory") return `${name}/`;
      return kind === "link" ? `${name} (link)` : `${name} ${size ?? ""}`.trimEnd();
    });
    const what = glob === undefined ? "Nothing" : `Nothing that matches ${JSON.stringify(glob)}`;
    if (lines.length === 0) return { text: `${what} in ${listing.path} (ignored files are left out).` };
    if (listing.nextCursor !== undefined)
      lines.push(`More: call again with cursor ${JSON.stringify(listing.nextCursor)}`);
    return { text: lines.join("\n") };
  },
});
