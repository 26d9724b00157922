import { z } from "zod";
import type { IndexReport } from "./context.ts";
import { indexReport } from "./answer-schema.ts";
import { describeIndex } from "./render-answer.ts";
import { defineTool } from "./tool.ts";

/** How far the index is. */
export const indexStatus = defineTool({
  name: "index_status",
  title: "Index status",
  access: "read",
  description:
    "Tells what is indexed: files, chunks, how much can be found by meaning, whether it is up to date, which files were " +
    "left out and why. Search works at any time; call this only when hits seem to be missing.",
  input: z.object({}),
  output: indexReport,
  examples: [{ says: "Is the index ready?", arguments: {} }],
  cli: "codelab-mcp status",
  run: async (_input, { index }) => {
    const report = await index.status();
    const { code, conversations, behind, skipped, updatedAt } = report;
    return {
      text: renderIndexReport(report),
      data: {
        ...report,
        code: { ...code },
        conversations: conversations && { ...conversations },
        behind: behind && { ...behind },
        updatedAt: updatedAt === null ? null : new Date(updatedAt).toISOString(),
        skipped: skipped.map((entry) => ({ ...entry, examples: [...entry.examples] })),
      },
    };
  },
});

/** The report for people and for clients that show text. */
export function renderIndexReport(report: IndexReport): string {
  const { conversations, behind, updatedAt } = report;
  const isBehind = behind !== null && behind.changed + behind.removed > 0;
  return [
    `Workspace: ${report.workspace}`,
    describeIndex(report.code),
    ...(isBehind ? [`Not indexed yet: ${behind.changed} files new or changed, ${behind.removed} gone`] : []),
    ...(conversations === null ? [] : [`Conversations: ${describeIndex(conversations)}`]),
    `Last change: ${updatedAt === null ? "never" : new Date(updatedAt).toISOString()}, ${Math.ceil(report.bytes / 1024)} KiB on disk`,
    ...report.skipped.map(({ reason, count, examples }) => `Left out, ${reason}: ${count} (${examples.join(", ")})`),
    ...(report.notice === undefined ? [] : [`Note: ${report.notice}`]),
  ].join("\n");
}
