import type { ElicitationTurn } from "../approval/gate.ts";
import type { Call, ToolResult } from "../tools/call.ts";
import type { ToolContext } from "../tools/context.ts";
import type { PreparedCall, Tool } from "../tools/tool.ts";
import type { Guard } from "./guard.ts";
import { type Asking, failed, type Outcome } from "./outcome.ts";

export interface GatedAttempt {
  readonly tool: Tool;
  readonly prepared: PreparedCall;
  readonly context: ToolContext;
  readonly call: Call;
  readonly turn: ElicitationTurn | null;
  readonly patienceMs: number;
  readonly guard: Guard;
}

/** The permission to act once, exactly as previewed; a question to the client's human; or a refusal. */
export type Admission =
  | {
      readonly kind: "admitted";
      readonly requestId: string;
      /** What the human said, as a sentence for the model; null for nothing. */
      readonly comment: string | null;
      readonly run: () => Promise<ToolResult>;
    }
  | Asking
  | Outcome;

/** How often a waiting client is told that we still wait: well below the 60 s after which clients give up. */
export const HEARTBEAT_MS = 10_000;

/** Takes a gated call to the gate, and keeps the client informed while a human thinks. */
export async function admit(attempt: GatedAttempt): Promise<Admission> {
  const { tool, prepared, context, call, turn, patienceMs, guard } = attempt;
  let act: ((approval: string) => Promise<ToolResult>) | undefined;
  let waiting: NodeJS.Timeout | undefined;
  const outcome = await guard
    .authorise({
      tool: tool.name,
      arguments: prepared.input,
      ...call.caller,
      signal: call.signal,
      // Asked again right before the act, so that what runs is what was looked at last.
      propose: async () => {
        const { proposal, run } = await prepared.stage(context, call);
        if (proposal === null) throw new TypeError(`${tool.name} is gated but proposes nothing`);
        act = run;
        return proposal;
      },
      approvalId: prepared.approvalId,
      elicitation: turn,
      waitMs: patienceMs,
      onWaiting: (request, where) => {
        const message = `Waiting for approval ${request.id}${where === "" ? "" : `: ${where}`}`;
        call.progress({ message });
        waiting = setInterval(() => call.progress({ message }), HEARTBEAT_MS);
      },
    })
    .finally(() => clearInterval(waiting));
  switch (outcome.kind) {
    case "ask":
      return { kind: "ask", question: outcome };
    case "refused":
      return failed(outcome.error.code, outcome.error.message, outcome.error.hint);
    case "granted": {
      const granted = act;
      if (granted === undefined) throw new TypeError("granted without a look at what would be done");
      const { requestId, channel, comment } = outcome;
      const isHuman = channel !== "policy" && channel !== "session";
      const said = comment === null || !isHuman ? null : `The user approved and said: ${comment}`;
      return { kind: "admitted", requestId, comment: said, run: () => granted(requestId) };
    }
    default:
      return outcome satisfies never;
  }
}
