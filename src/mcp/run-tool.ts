import type { ElicitationTurn } from "../approval/gate.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Resource, ResourceContent } from "../resources/resource.ts";
import type { Call } from "../tools/call.ts";
import type { ToolContext } from "../tools/context.ts";
import type { Access, PreparedCall, Tool } from "../tools/tool.ts";
import { explainBadArguments } from "./bad-arguments.ts";
import { type Admission, admit } from "./admit.ts";
import type { Guard } from "./guard.ts";
import { type Asking, failed, type Outcome, outcomeOfError, succeeded } from "./outcome.ts";

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
  /** The ledger's request that allowed the act; null where nobody was asked or nothing was done. */
  readonly request: string | null;
  /** Code of the error, `asked` when the call waits for an answer of its client; null when all went well. */
  readonly code: string | null;
  readonly durationMs: number;
}

/** The content, null where there is none, or in words why it cannot be read. */
export type ResourceOutcome =
  | { readonly content: ResourceContent | null }
  | { readonly content?: undefined; readonly problem: string };

export interface ToolRunner {
  /**
   * Ends in an outcome whatever happens; only a cancelled call rejects, with the signal's reason. `turn` is what the
   * client can be asked with, and what it answered; null when it cannot be asked.
   */
  readonly run: (name: string, args: unknown, call: Call, turn?: ElicitationTurn | null) => Promise<Outcome | Asking>;
  readonly read: (resource: Resource, rest: string, call: Call) => Promise<ResourceOutcome>;
}

export interface RunnerParts {
  readonly tools: readonly Tool[];
  /** Opens the engines on first use: no handshake waits for a model or an index. */
  readonly openContext: () => Promise<ToolContext>;
  readonly openGuard: () => Promise<Guard>;
  readonly observe: (record: CallRecord) => void;
  readonly log: Logger;
  /** Milliseconds that a call waits for a human elsewhere; default 50 s, below the 60 s after which clients give up. */
  readonly patienceMs?: number;
}

interface ActRequest {
  readonly tool: Tool;
  readonly prepared: PreparedCall;
  readonly call: Call;
  readonly turn: ElicitationTurn | null;
}

export const PATIENCE_MS = 50_000;

/** The one path of every call: validate, limit, approve, run, audit, measure. */
export function createToolRunner(parts: RunnerParts): ToolRunner {
  const { tools, openContext, openGuard, observe, log, patienceMs = PATIENCE_MS } = parts;
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    async run(name, args, call, turn = null) {
      const tool = byName.get(name);
      if (tool === undefined) return failed("request.unknown-tool", unknownTool(name, tools));
      return measured(tool, args, call, async (note) => {
        const prepared = tool.prepare(args);
        if (!prepared.ok) return failed("request.bad-arguments", explainBadArguments(tool, args, prepared));
        if (tool.countsAsFileOperation === true) (await openGuard()).countFileOperation(call.caller.principal);
        return act({ tool, prepared: prepared.call, call, turn }, note);
      });
    },
    async read(resource, rest, call) {
      let content: ResourceContent | null = null;
      const name = `resource:${resource.name}`;
      const outcome = await measured({ name, access: "read" }, rest, call, async () => {
        if (resource.countsAsFileOperation === true) (await openGuard()).countFileOperation(call.caller.principal);
        content = await resource.read(rest, await openContext(), call);
        return succeeded({ text: "" });
      });
      const failure = outcome.kind === "done" && outcome.isError ? outcome.blocks.join("\n") : null;
      return failure === null ? { content } : { problem: failure };
    },
  };

  async function act(request: ActRequest, note: (requestId: string) => void): Promise<Outcome | Asking> {
    const { tool, prepared, call } = request;
    const context = await openContext();
    call.signal.throwIfAborted();
    if (!prepared.isGated) {
      const staged = await prepared.stage(context, call);
      if (staged.proposal !== null) throw new TypeError(`${tool.name} asks nobody, and proposes a change`);
      return succeeded(await staged.run());
    }
    const admission: Admission = await admit({ ...request, prepared, context, patienceMs, guard: await openGuard() });
    if (admission.kind !== "admitted") return admission;
    note(admission.requestId);
    // A human's yes may come after the client gave up; what nobody waits for any more must not happen.
    call.signal.throwIfAborted();
    const { text, data } = await admission.run();
    const blocks = typeof text === "string" ? [text] : text;
    return succeeded({
      text: admission.comment === null ? blocks : [...blocks, admission.comment],
      ...(data && { data }),
    });
  }

  async function measured(
    { name, access }: Pick<Tool, "name" | "access">,
    args: unknown,
    call: Call,
    work: (note: (requestId: string) => void) => Promise<Outcome | Asking>,
  ): Promise<Outcome | Asking> {
    const started = performance.now();
    let request: string | null = null;
    const outcome = await work((requestId) => (request = requestId)).catch((thrown: unknown) =>
      outcomeOf(thrown, name, call.signal),
    );
    const durationMs = performance.now() - started;
    const code = outcome.kind === "ask" ? "asked" : outcome.code;
    observe({ tool: name, access, ...call.caller, arguments: args, request, code, durationMs });
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
