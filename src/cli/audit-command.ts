import { choiceHint } from "../edit-distance.ts";
import { UserError } from "../errors.ts";
import { visibleLine } from "../visible.ts";
import { defineCommand } from "./command.ts";
import { numberOf } from "./numbers.ts";

export const auditCommand = defineCommand({
  name: "audit",
  summary: "Show, verify or export the log of calls and decisions",
  positionals: [{ name: "ACTION", description: "list (default), verify or export." }],
  options: { limit: { type: "string", value: "N", description: "With list: how many records (default 50)." } },
  examples: [
    { line: "audit", does: "the latest records" },
    { line: "audit verify", does: "whether the log was changed; exits with 1 when it was" },
    { line: "audit export > audit.jsonl", does: "the whole log, one JSON object a line" },
  ],
  run: async ({ positionals: [action = "list"], options, config, printer, json }) => {
    const { openHumanSide } = await import("../app/approvals.ts");
    using side = await openHumanSide(await config());
    const { audit, verifyAudit } = side.approvals;
    switch (action) {
      case "list": {
        const records = audit.list({ limit: limitOf(options["limit"]) }).toReversed();
        if (json) return printer.json(records);
        for (const { seq, at, event, tool, outcome, request } of records) {
          const when = printer.style("dim", new Date(at).toISOString());
          printer.out(
            `${String(seq).padStart(6)}  ${when}  ${event.padEnd(10)}  ${visibleLine(tool).padEnd(16)}  ${outcome}`,
          );
          printer.out(`${request === null ? "" : printer.style("dim", `  ${request}`)}\n`);
        }
        return undefined;
      }
      case "verify": {
        const verdict = await verifyAudit();
        if (json) printer.json(verdict);
        else if (verdict.ok) printer.out(`${printer.style("green", "intact")}: ${verdict.entries} records\n`);
        else printer.out(`${printer.style("red", "broken")}: ${verdict.problem}\n`);
        return verdict.ok ? 0 : 1;
      }
      case "export":
        for (const line of audit.exportLines()) printer.out(`${line}\n`);
        return undefined;
      default:
        throw new UserError("request.bad-arguments", `audit: unknown action "${action}"`, {
          hint: choiceHint(action, ["list", "verify", "export"]),
        });
    }
  },
});

function limitOf(value: string | boolean | undefined): number {
  if (typeof value !== "string") return 50;
  return numberOf("audit", "limit", value, { min: 1, max: 100_000, what: "a whole number" });
}
