import { z } from "zod";
import { UserError } from "../errors.ts";
import type { SyntaxFault } from "./gated-ports.ts";
import { lineField, pathField } from "./fields.ts";
import { WRITE_CHARS } from "./limits.ts";
import { visibleLine } from "../visible.ts";
import { defineTool } from "./tool.ts";

const newText = z.string().max(WRITE_CHARS);

const textEdit = z.strictObject({
  oldText: z.string().min(1).max(WRITE_CHARS).describe("Text that occurs once in the file, as it stands there."),
  newText: newText.describe("What takes its place."),
  replaceAll: z.boolean().describe("True to replace every occurrence.").exactOptional(),
});

const lineEdit = z.strictObject({
  startLine: lineField.describe("First line to replace, from 1, as the file is now."),
  endLine: z.int().min(0).describe("Last line to replace, inclusive; one less than startLine inserts before it."),
  newText: newText.describe("Whole lines that take their place; empty to delete them."),
});

/** Creates, replaces or edits a file. */
export const writeFile = defineTool({
  name: "write_file",
  title: "Write a file",
  access: "write",
  description:
    "Creates a text file of the workspace, replaces it (`content`) or edits it (`edits`, all applied at once to the file " +
    "as it is now). A human sees the difference and approves first. Line endings, encoding and mode are kept. Give " +
    "`expectedHash` from read_file to refuse the write if the file changed since.",
  input: z.object({
    path: pathField,
    content: newText.describe("The whole new content; instead of `edits`.").exactOptional(),
    edits: z
      .array(z.union([textEdit, lineEdit]))
      .min(1)
      .max(1_000)
      .describe("Replacements by unique text or by lines; instead of `content`.")
      .exactOptional(),
    expectedHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("sha256 of the file that the change is made for, as read_file gave it.")
      .exactOptional(),
    allowSyntaxErrors: z.boolean().describe("True to write text that does not parse.").exactOptional(),
  }),
  examples: [
    { says: "A new file", arguments: { path: "notes.md", content: "# Notes\n" } },
    {
      says: "One place in a file",
      arguments: { path: "src/a.ts", edits: [{ oldText: "const limit = 10;", newText: "const limit = 20;" }] },
    },
  ],
  searchHint: "edit file, create file, modify, replace text",
  countsAsFileOperation: true,
  preview: async ({ allowSyntaxErrors = false, ...request }, { changes }) => {
    const plan = changes.planWrite(request);
    const { path, before, after } = plan;
    const faults = after.text === null ? [] : await changes.brokenSyntax(path, before?.text ?? null, after.text);
    if (faults.length > 0 && !allowSyntaxErrors) throw brokenSyntax(path, faults);
    const warnings = [...plan.warnings, ...faults.map((fault) => `Does not parse: ${describe(fault)}.`)];
    return { proposal: { kind: "write", path, before, after, warnings }, plan };
  },
  run: async (plan, { changes }, { approval }) => {
    await changes.applyWrite(plan, approval);
    const { path, before, after } = plan;
    const done = before === null ? "Created" : "Replaced";
    return {
      text: `${done} ${visibleLine(path)}: ${after.bytes} bytes, sha256 ${after.hash}. The user can take it back with undo.`,
    };
  },
});

function brokenSyntax(path: string, faults: readonly SyntaxFault[]): UserError {
  const places = faults.slice(0, 5).map(describe).join("; ");
  return new UserError("workspace.syntax-error", `${path} would no longer parse: ${places}`, {
    hint: "Correct the text, or set allowSyntaxErrors if it is meant so.",
  });
}

function describe({ line, message }: SyntaxFault): string {
  return `line ${line}, ${message}`;
}
