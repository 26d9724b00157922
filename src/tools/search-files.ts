import { z } from "zod";
import type { FileMatch } from "../workspace/search-files.ts";
import { cursorField, globField, pathField } from "./fields.ts";
import { CONTEXT_LINES, MATCH_PAGE, RESULT_CHARS } from "./limits.ts";
import { visibleLine } from "../visible.ts";
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
    pattern: z.string().min(1).max(10_000).describe("Regular expression, or plain text with `literal`."),
    path: pathField.describe("File or directory to search in, relative to the workspace.").exactOptional(),
    glob: globField.exactOptional(),
    literal: z.boolean().describe("True to take the pattern as plain text.").exactOptional(),
    caseSensitive: z
      .boolean()
      .describe("Whether case counts; when left out it does if the pattern has an upper-case letter.")
      .exactOptional(),
    contextLines: z
      .int()
      .min(0)
      .max(CONTEXT_LINES)
      .describe(`Lines shown before and after each match, 0 to ${CONTEXT_LINES}; default 0.`)
      .exactOptional(),
    limit: z
      .int()
      .min(1)
      .max(MATCH_PAGE.max)
      .describe(`Most matching lines, 1 to ${MATCH_PAGE.max}; ${MATCH_PAGE.default} when left out.`)
      .exactOptional(),
    cursor: cursorField.exactOptional(),
  }),
  examples: [
    { says: "Calls of a function", arguments: { pattern: "\\bopenStore\\(", glob: "*.ts" } },
    { says: "Plain text, any case", arguments: { pattern: "todo:", literal: true, caseSensitive: false } },
  ],
  searchHint: "grep, ripgrep, regex, find text",
  countsAsFileOperation: true,
  run: async (input, { files }, { signal }) => {
    const { matches, next, timedOut } = await files.search({ limit: MATCH_PAGE.default, ...input }, signal);
    const none = `No line matches ${JSON.stringify(input.pattern)} (ignored files are left out).`;
    const notes = [
      ...(next === null ? [] : [`More: call again with cursor ${JSON.stringify(next)}`]),
      ...(timedOut ? ["The time ran out before all files were searched: narrow the search with path or glob."] : []),
    ];
    return { text: [matches.length === 0 ? none : renderMatches(matches), ...notes].join("\n\n") };
  },
});

function renderMatches(matches: readonly FileMatch[]): string {
  const out: string[] = [];
  let length = 0;
  let path = "";
  for (const match of matches) {
    const header = match.path === path ? "" : `${path === "" ? "" : "\n"}${visibleLine(match.path)}\n`;
    const row = header + renderMatch(match);
    length += row.length + 1;
    if (length > RESULT_CHARS) {
      out.push(`\nCut at ${RESULT_CHARS} characters: narrow the search, or ask for fewer lines with limit.`);
      break;
    }
    out.push(row);
    path = match.path;
  }
  return out.join("\n");
}

/** Line numbers as grep marks them: `:` for the match, `-` for what surrounds it. */
function renderMatch({ line, text, before, after }: FileMatch): string {
  return [
    ...before.map((context, index) => `${line - before.length + index}- ${context}`),
    `${line}: ${text}`,
    ...after.map((context, index) => `${line + 1 + index}- ${context}`),
  ].join("\n");
}
