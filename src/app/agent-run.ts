import { randomUUID } from "node:crypto";
import type { AgentEvent } from "../agents/run-role.ts";
import { createAgents } from "./agents.ts";
import { openGuard, type OpenGuard } from "./guard.ts";
import { createToolContext } from "./tools.ts";
import type { App } from "../app.ts";
import { createToolRunner } from "../mcp/run-tool.ts";
import type { AgentReport, AgentRequest } from "../tools/agent-port.ts";
import { TOOLS } from "../tools/catalogue.ts";

export interface AgentRun extends AsyncDisposable {
  /** The ledger in which the agent's questions appear. */
  readonly ledger: OpenGuard["approvals"]["ledger"];
  run(request: AgentRequest): Promise<AgentReport>;
}

/** An agent in this process, at an open app, for a person at a terminal. */
export async function openAgentRun(
  app: App,
  { signal, onEvent }: { readonly signal: AbortSignal; readonly onEvent: (event: AgentEvent) => void },
): Promise<AgentRun> {
  const { config, log, workspace } = app;
  const guard = await openGuard({ config, workspace: workspace.root, log });
  const caller = { principal: "local", session: randomUUID(), client: "codelab-mcp agent" };
  const agents = createAgents({ config, workspace: workspace.root, tools: TOOLS, runner: () => runner, onEvent });
  const context = createToolContext(app, guard.approvals, agents);
  const runner = createToolRunner({
    tools: TOOLS,
    openContext: async () => context,
    openGuard: async () => guard,
    observe: (record) => guard.record(record),
    log,
    // Nobody else waits for this process: the human has all the time that a request lives.
    patienceMs: config.approvalTimeout * 1_000,
  });
  return {
    ledger: guard.approvals.ledger,
    run: async (request) => await agents.run(request, { caller, signal, progress: () => {} }),
    [Symbol.asyncDispose]: async () => {
      await context[Symbol.asyncDispose]();
      await guard[Symbol.asyncDispose]();
    },
  };
}
