import { choiceHint } from "../edit-distance.ts";
import type { ApprovalRequest, Ruling } from "../approval/request.ts";
import { UserError } from "../errors.ts";
import { visibleLine } from "../visible.ts";
import { type Command, type CommandInput, defineCommand } from "./command.ts";
import type { Printer } from "./printer.ts";
import { forHumans, statusWord, timeLeft } from "./request-words.ts";

const ACTIONS = ["list", "show", "approve", "deny", "watch", "pair", "grants", "revoke"] as const;
type Action = (typeof ACTIONS)[number];

export const approvalsCommand: Command = defineCommand({
  name: "approvals",
  summary: "Decide what agents may write, run and commit",
  details:
    "Without an action it shows each request as it comes and asks, when run in a terminal; else it lists what waits.\n" +
    "Approving needs a terminal, so that a program cannot do it by accident.",
  positionals: [
    { name: "ACTION", description: "list, show, approve, deny, watch, pair, grants or revoke." },
    { name: "ID", description: "The request; for revoke, a session (default: all)." },
  ],
  options: {
    all: { type: "boolean", description: "With list: also what was decided." },
    session: { type: "boolean", description: "With approve: for the rest of the agent's session." },
    comment: { type: "string", value: "TEXT", description: "A word to the agent." },
  },
  examples: [
    { line: "approvals", does: "wait for requests and decide about each" },
    { line: "approvals list --all", does: "what was asked of late, and what became of it" },
    { line: "approvals show 7wf7-1s2s-rg8s", does: "the whole change or command" },
    { line: 'approvals deny 7wf7-1s2s-rg8s --comment "use the existing helper"', does: "refuse, and say why" },
    { line: "approvals pair", does: "a code that opens the approval page in your browser" },
  ],
  run: async (input) => {
    const { openHumanSide } = await import("../app/approvals.ts");
    using side = await openHumanSide(await input.config());
    const { ledger, pairing } = side.approvals;
    const { printer, json, options } = input;
    const comment = typeof options["comment"] === "string" ? options["comment"] : null;
    const decide = (ruling: Ruling) => forHumans(() => ledger.decide(idOf(input), ruling));
    switch (actionOf(input)) {
      case "list":
        return printList(ledger.list(options["all"] === true ? {} : { status: "pending" }), printer, json);
      case "show":
        return await printRequest(
          forHumans(() => ledger.get(idOf(input))),
          printer,
          json,
        );
      case "approve": {
        requireTerminal();
        const verdict = options["session"] === true ? "approve_session" : "approve_once";
        return printDecision(decide({ verdict, channel: "terminal", comment }), printer, json);
      }
      case "deny":
        return printDecision(decide({ verdict: "deny", channel: "terminal", comment }), printer, json);
      case "watch": {
        requireTerminal();
        const { watchRequests } = await import("./approvals-watch.ts");
        return await watchRequests({ ledger, printer, signal: input.signal });
      }
      case "pair": {
        requireTerminal();
        const code = pairing.issueCode();
        const page = side.page();
        if (json) return printer.json({ code, page });
        const place = page === null ? "on the approval page, which opens with the first request" : `at ${page}/`;
        return printer.out(`${printer.style("bold", code)}\nType it ${place}; it is good for ten minutes.\n`);
      }
      case "grants": {
        const grants = ledger.grants.list();
        if (json) return printer.json(grants);
        if (grants.length === 0) printer.err("No session has a standing approval.\n");
        for (const { session, label } of grants) printer.out(`${session}  ${visibleLine(label)}\n`);
        return undefined;
      }
      case "revoke": {
        const revoked = ledger.grants.revoke(input.positionals[1] ?? null);
        return json ? printer.json({ revoked }) : printer.out(`${revoked} standing approvals taken back\n`);
      }
    }
  },
});

function actionOf({ positionals: [action], json }: CommandInput): Action {
  if (action === undefined) return process.stdin.isTTY && process.stdout.isTTY && !json ? "watch" : "list";
  const known = ACTIONS.find((candidate) => candidate === action);
  if (known !== undefined) return known;
  throw new UserError("request.bad-arguments", `approvals: unknown action "${action}"`, {
    hint: choiceHint(action, ACTIONS),
  });
}

function idOf({ positionals: [action, id] }: CommandInput): string {
  if (id !== undefined) return id;
  throw new UserError("request.bad-arguments", `approvals: ${action} needs the ID of a request`, {
    hint: "Run `codelab-mcp approvals list` to see them.",
  });
}

function requireTerminal(): void {
  if (process.stdin.isTTY) return;
  throw new UserError("permission.no-terminal", "only a human at a terminal may do this", {
    hint: "Run it by hand in a terminal, without a pipe.",
  });
}

function printList(requests: readonly ApprovalRequest[], printer: Printer, json: boolean): void {
  if (json) return printer.json(requests.map(({ preview, ...rest }) => ({ ...rest, title: preview.title })));
  if (requests.length === 0) return printer.err("Nothing waits for approval.\n");
  const { style } = printer;
  for (const request of requests) {
    const { id, status, tool, preview, created, workspace } = request;
    const isPending = status === "pending";
    const state = isPending ? style("yellow", timeLeft(request).padEnd(14)) : statusWord(status, printer, 14);
    const where = style("dim", `${isPending ? "" : `${new Date(created).toISOString()}  `}${visibleLine(workspace)}`);
    printer.out(`${style("bold", id)}  ${state}  ${tool.padEnd(15)}  ${preview.title}  ${where}\n`);
  }
}

async function printRequest(request: ApprovalRequest, printer: Printer, json: boolean): Promise<void> {
  if (json) return printer.json(request);
  const { printPreview } = await import("./approvals-watch.ts");
  printPreview(request, printer, Number.POSITIVE_INFINITY);
}

function printDecision({ id, status, preview }: ApprovalRequest, printer: Printer, json: boolean): void {
  if (json) return printer.json({ id, status });
  printer.out(`${statusWord(status, printer)}: ${preview.title}\n`);
}
