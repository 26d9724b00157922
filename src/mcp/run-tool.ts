import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Resource, ResourceContent } from "../resources/resource.ts";
import type { Call } from "../tools/call.ts";
import type { ToolContext } from "../tools/context.ts";
import type { Access, Tool } from "../tools/tool.ts";
import { explainBadArguments } from "./bad-arguments.ts";
import { failed, type Outcome, outcomeOfError, succeeded } from "./outcome.ts";
import type { RateLimiter } from "./rate-limit.ts";

/** What happened to one call, for the audit log and the metrics. */
export interface CallRecord {
  /** Name of the tool, or `resource:NAME`. */
  readonly tool: string;
  readonly access: Access;
  readonly principal: string;
  readonly session: string;
  readonly client: string;
  /** As given; whoever keeps them masks and shortens them. */
  readonly arguments: unknown;
  /** Code of the error; null when all went well. */
  readonly code: string | null;
  readonly durationMs: number;
}

/** The content, null where there is none, or in words why it cannot be read. */
export type ResourceOutcome =
  | { readonly content: ResourceContent | null }
  | { readonly content?: undefined; readonly problem: string };

export interface ToolRunner {
  /** Ends in an outcome whatever happens; only a cancelled call rejects, with the signal's reason. */
  readonly run: (name: string, args: unknown, call: Call) => Promise<Outcome>;
  readonly read: (resource: Resource, rest: string, call: Call) => Promise<ResourceOutcome>;
}

export interface RunnerParts {
  readonly tools: readonly Tool[];
  /** Opens the engines on first use: no handshake waits for a model or an index. */
  readonly openContext: () => Promise<ToolContext>;
  readonly limiter: RateLimiter;
  readonly observe: (record: CallRecord) => void;
  readonly log: Logger;
}

/** The one path of every call: validate, limit, approve, run, audit, measure. */
export function createToolRunner({ tools, openContext, limiter, observe, log }: RunnerParts): ToolRunner {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    async run(name, args, call) {
      const tool = byName.get(name);
      if (tool === undefined) return failed("request.unknown-tool", unknownTool(name, tools));
      const { principal } = call.caller;
      return measured(name, tool.access, args, call, async () => {
        const prepared = tool.prepare(args);
        if (!prepared.ok) return failed("request.bad-arguments", explainBadArguments(tool, args, prepared));
        if (tool.countsAsFileOperation === true) limiter.take(principal, "fileOperations");
        const context = await openContext();
        call.signal.throwIfAborted();
        const staged = await prepared.call.stage(context, call);
        return succeeded(await staged.run());
      });
    },
    async read(resource, rest, call) {
      let content: ResourceContent | null = null;
      const outcome = await measured(`resource:${resource.name}`, "read", rest, call, async () => {
        if (resource.countsAsFileOperation === true) limiter.take(call.caller.principal, "fileOperations");
        content = await resource.read(rest, await openContext(), call);
        return succeeded({ text: "" });
      });
      return outcome.isError ? { problem: outcome.blocks.join("\n") } : { content };
    },
  };

  async function measured(
    tool: string,
    access: Access,
    args: unknown,
    call: Call,
    act: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const started = performance.now();
    const outcome = await act().catch((thrown: unknown) => outcomeOf(thrown, tool, call.signal));
    const durationMs = performance.now() - started;
    observe({ tool, access, ...call.caller, arguments: args, code: outcome.code, durationMs });
    call.signal.throwIfAborted();
    return outcome;
  }

  function outcomeOf(thrown: unknown, tool: string, signal: AbortSignal): Outcome {
    const known = outcomeOfError(thrown);
    if (known !== null) return known;
    if (signal.aborted) return failed("request.cancelled", "The call was cancelled.");
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error(`${tool} failed`, { error: stack ?? messageOf(thrown) });
    return failed("bug", `${tool} failed because of a fault inside codelab-mcp; its log has the details.`);
  }
}

function unknownTool(name: string, tools: readonly Tool[]): string {
  return `There is no tool ${JSON.stringify(name.slice(0, 100))}. The tools are ${tools.map((tool) => tool.name).join(", ")}.`;
}
