import { z } from "zod";
import type { Matches } from "./context.ts";
import { cursorField, globField, pathField } from "./fields.ts";
import { MATCH_PAGE, RESULT_CHARS } from "./limits.ts";
import { defineTool } from "./tool.ts";

/** Exact text and regular expressions over the files' lines. */
export const searchFiles = defineTool({
  name: "search_files",
  title: "Search files",
  access: "read",
  description:
    "Finds lines that match a regular expression (ripgrep's syntax: no look-around, no back-references) in the files " +
    "of the workspace, ignored ones left out. For questions in plain words use search_code.",
  input: z.object({
    pattern: z.string().min(1).max(4_096).describe("Regular expression, or plain text with `literal`."),
    path: pathField.describe("File or directory to search in, relative to the workspace.").optional(),
    glob: globField.optional(),
    literal: z.boolean().describe("True to take the pattern as plain text.").optional(),
    ignoreCase: z.boolean().describe("True to ignore case.").optional(),
    contextLines: z.int().min(0).max(10).describe("Lines shown around each match, 0 to 10; default 0.").optional(),
    limit: z
      .int()
      .min(1)
      .max(MATCH_PAGE.max)
      .describe(`Most matching lines, 1 to ${MATCH_PAGE.max}; ${MATCH_PAGE.default} when left out.`)
      .optional(),
    cursor: cursorField.optional(),
  }),
  examples: [
    { says: "Calls of a function", arguments: { pattern: "\\bopenStore\\(", glob: "*.ts" } },
    { says: "Plain text, any case", arguments: { pattern: "todo:", literal: true, ignoreCase: true } },
  ],
  searchHint: "grep, ripgrep, regex, find text",
  countsAsFileOperation: true,
  run: async (input, { files }, { signal }) => {
    const { limit = MATCH_PAGE.default, ignoreCase = false, literal = false, contextLines = 0 } = input;
    const matches = await files.search({ ...input, limit, ignoreCase, literal, contextLines }, signal);
    return { text: renderMatches(matches, input.pattern) };
  },
});

/** Longest line shown whole: beyond it a line is data or minified, and its beginning serves. */
const LINE_CHARS = 500;

function renderMatches(matches: Matches, pattern: string): string {
  if (matches.lines.length === 0) return `No line matches ${JSON.stringify(pattern)} (ignored files are left out).`;
  const out: string[] = [];
  let length = 0;
  let path = "";
  for (const { path: name, line, text, isMatch } of matches.lines) {
    const shown = text.length > LINE_CHARS ? `${text.slice(0, LINE_CHARS)} … (${text.length} characters)` : text;
    const row = `${name === path ? "" : `${path === "" ? "" : "\n"}${name}\n`}${line}${isMatch ? ":" : "-"} ${shown}`;
    length += row.length + 1;
    if (length > RESULT_CHARS) {
      out.push(
        `\nCut at ${RESULT_CHARS} characters: narrow the search with path or glob, or ask for fewer lines with limit.`,
      );
      return out.join("\n");
    }
    out.push(row);
    path = name;
  }
  if (matches.nextCursor !== undefined)
    out.push(`\nMore: call again with cursor ${JSON.stringify(matches.nextCursor)}`);
  return out.join("\n");
}
