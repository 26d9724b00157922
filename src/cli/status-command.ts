import type { StatusReport } from "../app.ts";
import { visibleLine } from "../visible.ts";
import { defineCommand } from "./command.ts";
import { formatBytes, formatCount, formatMoment } from "./units.ts";

export const statusCommand = defineCommand({
  name: "status",
  summary: "Show what is indexed, how fresh it is, and with which model",
  details:
    "With --json also the state of both memories: when they were made, changed, scanned and read whole, and of each\n" +
    "conversation log its size, time, hash, lines, chunks, and what of it could not be read.",
  positionals: [{ name: "PATH", description: "Directory to tell of (default: the workspace)." }],
  examples: [
    { line: "status", does: "the project you are in" },
    { line: "status ~/src/app --json", does: "another project, for a script" },
  ],
  run: async ({ positionals: [directory], config, printer, json }) => {
    const { openApp } = await import("../app.ts");
    await using app = await openApp(await config(directory === undefined ? {} : { workspace: directory }));
    const report = await app.status();
    if (json) {
      const { readState } = await import("../app/state.ts");
      return printer.json({ ...report, state: await readState(app) });
    }
    const { style } = printer;
    const { code } = report;
    const row = (name: string, value: string) =>
      printer.out(`${style("bold", name.padEnd(12))} ${visibleLine(value)}\n`);
    row("workspace", report.workspace);
    row(
      "index",
      `${formatCount(code.files, "file")}, ${formatCount(code.chunks, "chunk")}, ${formatBytes(report.bytes)}`,
    );
    row("freshness", describeFreshness(report));
    row("embeddings", `${code.embeddedPercent}% by ${code.embedder}`);
    row("store", code.store);
    row("updated", report.updatedAt === null ? "never" : formatMoment(report.updatedAt, Date.now()));
    for (const { reason, count, examples } of report.skipped) {
      row(
        "skipped",
        `${formatCount(count, "file")}: ${reason} (${examples.join(", ")}${count > examples.length ? ", …" : ""})`,
      );
    }
    if (report.memory !== null) row("memory", describeMemory(report.memory));
    if (report.updatedAt === null) printer.err("hint: run `codelab-mcp index` to make the project searchable.\n");
    return undefined;
  },
});

function describeFreshness({ code, behind, updatedAt }: StatusReport): string {
  if (updatedAt === null) return "not indexed yet";
  const differences = [
    ...((behind?.changed ?? 0) === 0 ? [] : [`${formatCount(behind?.changed ?? 0, "file")} new or changed`]),
    ...((behind?.removed ?? 0) === 0 ? [] : [`${formatCount(behind?.removed ?? 0, "file")} gone`]),
  ];
  if (differences.length === 0) return code.freshness;
  return `${code.freshness}: ${differences.join(", ")}; \`codelab-mcp index\` brings it up to date`;
}

function describeMemory({
  sessions,
  messages,
  gone,
  corruptLines,
  unknownTypes,
}: NonNullable<StatusReport["memory"]>): string {
  const unknown = Object.entries(unknownTypes).map(([type, count]) => `${type} ${count}`);
  return [
    `${formatCount(sessions, "session")}, ${formatCount(messages, "message")}`,
    ...(gone === 0 ? [] : [`${formatCount(gone, "log")} gone`]),
    ...(corruptLines === 0 ? [] : [`${formatCount(corruptLines, "unreadable line")}`]),
    ...(unknown.length === 0 ? [] : [`unknown records: ${unknown.join(", ")}`]),
  ].join(", ");
}
