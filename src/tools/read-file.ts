import { z } from "zod";
import { lineField, pathField } from "./fields.ts";
import { RESULT_CHARS } from "./limits.ts";
import { visibleLine } from "../visible.ts";
import { defineTool } from "./tool.ts";

/** A file's lines. */
export const readFile = defineTool({
  name: "read_file",
  title: "Read a file",
  access: "read",
  description:
    `Reads a text file of the workspace, whole or by lines: at most ${RESULT_CHARS} characters at once; the answer says ` +
    "where to go on. Also gives the file's hash, which write_file takes as expectedHash.",
  input: z.object({
    path: pathField,
    startLine: lineField.describe("First line, from 1.").exactOptional(),
    endLine: lineField.describe("Last line, inclusive.").exactOptional(),
    lineNumbers: z.boolean().describe("True to begin each line with its number and a tab.").exactOptional(),
  }),
  examples: [
    { says: "From the start", arguments: { path: "README.md" } },
    { says: "Some lines", arguments: { path: "src/a.ts", startLine: 40, endLine: 80 } },
  ],
  alwaysLoad: true,
  searchHint: "view file contents, open file, cat",
  countsAsFileOperation: true,
  run: async ({ lineNumbers = false, ...request }, { files }) => {
    const { path, text, startLine, endLine, totalLines, next, cutLines, encoding, hash, hardLinked } =
      files.read(request);
    const name = visibleLine(path);
    if (totalLines === 0) return { text: `${name} is empty. sha256 ${hash}` };
    const header = [
      `${name}, lines ${startLine}-${endLine} of ${totalLines}${encoding === "utf-8" ? "" : `, ${encoding}`}, sha256 ${hash}`,
      ...(cutLines.length === 0 ? [] : [`Only the beginning is shown of line ${cutLines.join(", ")}.`]),
      ...(hardLinked ? ["A hard link: the same file has other names, perhaps outside the workspace."] : []),
      ...(next === null ? [] : [`Continue at startLine ${next}.`]),
    ].join("\n");
    return { text: [header, lineNumbers ? numbered(text, startLine) : text] };
  },
});

function numbered(text: string, first: number): string {
  return text
    .split("\n")
    .map((line, index) => `${first + index}\t${line}`)
    .join("\n");
}
