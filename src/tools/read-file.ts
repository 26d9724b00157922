import { z } from "zod";
import { lineField, pathField } from "./fields.ts";
import { READ_LINES, RESULT_CHARS } from "./limits.ts";
import { defineTool } from "./tool.ts";

/** A file's lines. */
export const readFile = defineTool({
  name: "read_file",
  title: "Read a file",
  access: "read",
  description:
    `Reads a text file of the workspace, whole or by lines: at most ${READ_LINES} lines and ${RESULT_CHARS} characters at ` +
    "once; the answer says where to go on. Also gives the file's hash, which write_file takes as expectedHash.",
  input: z.object({
    path: pathField,
    startLine: lineField.describe("First line, from 1.").optional(),
    endLine: lineField.describe("Last line, inclusive.").optional(),
    lineNumbers: z.boolean().describe("True to begin each line with its number and a tab.").optional(),
  }),
  examples: [
    { says: "From the start", arguments: { path: "README.md" } },
    { says: "Some lines", arguments: { path: "src/a.ts", startLine: 40, endLine: 80 } },
  ],
  alwaysLoad: true,
  searchHint: "view file contents, open file, cat",
  countsAsFileOperation: true,
  run: async ({ path, startLine = 1, endLine, lineNumbers = false }, { files }, { signal }) => {
    const wanted = endLine ?? startLine + READ_LINES - 1;
    const last = Math.max(startLine, Math.min(wanted, startLine + READ_LINES - 1));
    const slice = await files.read({ path, startLine, endLine: last, maxChars: RESULT_CHARS }, signal);
    if (slice.totalLines === 0) return { text: `${slice.path} is empty. sha256 ${slice.hash}` };
    const rest = slice.endLine < slice.totalLines;
    const header = [
      `${slice.path}, lines ${slice.startLine}-${slice.endLine} of ${slice.totalLines}, sha256 ${slice.hash}`,
      ...(slice.cut
        ? [`Line ${slice.endLine} is longer than ${RESULT_CHARS} characters; only its beginning is shown.`]
        : []),
      // Asked for explicitly, the end is no surprise; cut short, it must be said.
      ...(rest && (endLine === undefined || slice.endLine < endLine)
        ? [`Continue at startLine ${slice.endLine + 1}.`]
        : []),
    ].join("\n");
    return { text: [header, lineNumbers ? numbered(slice.text, slice.startLine) : slice.text] };
  },
});

function numbered(text: string, first: number): string {
  return text
    .split("\n")
    .map((line, index) => `${first + index}\t${line}`)
    .join("\n");
}
