import type { AgentRun } from "../app/agent-run.ts";
import type { App } from "../app.ts";
import { UserError } from "../errors.ts";
import { visible } from "../visible.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { refreshFirst } from "./refresh-first.ts";
import { formatCount } from "./units.ts";

export const agentCommand = defineCommand({
  name: "agent",
  summary: "Hand a task to a specialist that works with the server's tools",
  details:
    "Roles: ask answers questions, architect plans, debug finds causes, coder changes code, orchestrator splits a larger\n" +
    "task among them; auto chooses by the task. Whatever it writes or runs, it asks you first: here in the terminal, or on\n" +
    "the approval page. It needs a language model: ANTHROPIC_API_KEY, OPENAI_API_KEY, or AGENT_BASE_URL and AGENT_MODEL.",
  positionals: [
    { name: "ROLE", description: "orchestrator, coder, architect, debug, ask or auto." },
    { name: "TASK", description: "What to do, in plain words.", rest: true },
  ],
  options: {
    model: { type: "string", value: "NAME", setting: "agentModel", description: "Language model." },
    resume: { type: "string", value: "SESSION", description: "Go on with a former session; its role is kept." },
    list: { type: "boolean", description: "Show the sessions of this project." },
    quiet: { type: "boolean", description: "Show the answer only, not the steps to it." },
  },
  examples: [
    { line: 'agent ask "where are failed requests retried, and how is it tested"', does: "a question" },
    { line: 'agent coder "add a --since flag to the search verb"', does: "a change; you approve each write" },
    { line: 'agent --resume 3f9a12cd07be auto "now the documentation too"', does: "go on with a former session" },
  ],
  run: async (input) => {
    const { options, positionals, json, printer } = input;
    const { openApp } = await import("../app.ts");
    await using app = await openApp(await input.config(), { embedWaitMs: 30_000 });
    if (options["list"] === true) return await printSessions(app, input);
    const [role = "", ...words] = positionals;
    const task = words.join(" ").trim();
    if (role === "" || task === "") {
      throw new UserError("request.bad-arguments", "agent: give a role and a task", {
        hint: 'Such as: codelab-mcp agent ask "how does the index stay fresh".',
      });
    }
    const session = typeof options["resume"] === "string" ? options["resume"] : undefined;
    const { assertAgentCanRun, describe } = await import("../app/agents.ts");
    assertAgentCanRun(app.config, role === "auto" ? undefined : role);
    await refreshFirst(app, input);
    await app.embedding.find();
    const { openAgentRun } = await import("../app/agent-run.ts");
    const shown = options["quiet"] !== true;
    await using run = await openAgentRun(app, {
      signal: input.signal,
      onEvent: (event) => {
        if (shown && event.kind !== "answered") printer.err(`${printer.errStyle("dim", visible(describe(event)))}\n`);
      },
    });
    const request = { task, ...(role === "auto" ? {} : { role }), ...(session === undefined ? {} : { session }) };
    const report = await withHuman(run, input, async () => await run.run(request));
    if (json) printer.json(report);
    else {
      printer.out(`${visible(report.text)}\n`);
      const tokens = formatCount(report.inputTokens + report.outputTokens, "token");
      printer.err(`${report.role}, ${formatCount(report.steps, "step")}, ${tokens}; session ${report.session}\n`);
    }
    return report.isFinished ? 0 : 1;
  },
});

/** Asks whoever sits at the terminal while the agent works; without a terminal the other channels remain. */
async function withHuman<Result>(run: AgentRun, input: CommandInput, work: () => Promise<Result>): Promise<Result> {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true || input.json) return await work();
  const { watchRequests } = await import("./approvals-watch.ts");
  const done = new AbortController();
  const signal = AbortSignal.any([input.signal, done.signal]);
  const watching = watchRequests({ ledger: run.ledger, printer: input.printer, signal, greets: false });
  try {
    return await work();
  } finally {
    done.abort();
    await watching;
  }
}

async function printSessions(app: App, { printer, json }: CommandInput): Promise<void> {
  const { agentSessions } = await import("../app/agents.ts");
  const sessions = agentSessions(app.config, app.workspace.root);
  const rows = sessions.map(({ id, role, startedAt, messages, task }) => ({
    session: id,
    role,
    startedAt,
    messages: messages.length,
    task,
  }));
  if (json) return printer.json(rows);
  if (rows.length === 0) printer.err("No agent has worked on this project yet.\n");
  for (const { session, role, startedAt, task } of rows) {
    const line = visible(task.split("\n", 1)[0] ?? "").slice(0, 100);
    printer.out(`${printer.style("bold", session)}  ${startedAt.slice(0, 16)}  ${role.padEnd(12)}  ${line}\n`);
  }
}
