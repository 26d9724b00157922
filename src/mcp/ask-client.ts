import { randomUUID } from "node:crypto";
import {
  type CallToolResult,
  inputRequired,
  type InputRequiredResult,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { ElicitationTurn } from "../approval/gate.ts";
import type { Question } from "../approval/question.ts";
import type { Progress } from "../tools/call.ts";
import type { Asking, Outcome } from "./outcome.ts";
import { toCallToolResult } from "./tool-result.ts";

/** Runs the call, with the client's answer once there is one. */
export type Attempt = (turn: ElicitationTurn | null) => Promise<Outcome | Asking>;

/** Since 2026-07-28 the client asks its human and calls again: the question is the call's result. */
export async function askByResult(
  attempt: Attempt,
  turn: ElicitationTurn | null,
): Promise<CallToolResult | InputRequiredResult> {
  const outcome = await attempt(turn);
  if (outcome.kind === "done") return toCallToolResult(outcome);
  const { key, prompt, state } = outcome.question;
  const inputRequest =
    prompt.mode === "form"
      ? inputRequired.elicit(wireForm(prompt))
      : inputRequired.elicitUrl({ message: prompt.message, url: prompt.url });
  return inputRequired({ inputRequests: { [key]: inputRequest }, requestState: state });
}

export interface LegacyAsking {
  readonly request: ServerContext;
  /** Resolves when another channel decided. */
  readonly decided: (requestId: string, signal: AbortSignal) => Promise<void>;
  /** Milliseconds that the client's request may stay open. */
  readonly patienceMs: number;
  /** Tells the client that we still wait, so that one that follows progress does not give up. */
  readonly progress: (progress: Progress) => void;
  /** Milliseconds between two of these. */
  readonly heartbeatMs: number;
}

/** Rounds of asking in one call: a second one is enough for an answer that came without its key. */
const MAX_ROUNDS = 3;

/** Before 2026-07-28 we ask the client while its call stays open; a decision elsewhere takes the question back. */
export async function askByRequest(
  attempt: Attempt,
  turn: ElicitationTurn | null,
  asking: LegacyAsking,
): Promise<Outcome> {
  let outcome = await attempt(turn);
  for (let round = 0; outcome.kind === "ask" && turn !== null && round < MAX_ROUNDS; round++) {
    const { question } = outcome;
    const response = await askOnce(question, asking);
    asking.request.mcpReq.signal.throwIfAborted();
    outcome = await attempt({ ...turn, state: question.state, responses: { [question.key]: response } });
  }
  if (outcome.kind === "ask") throw new TypeError("the client was asked too often");
  return outcome;
}

/** The client's answer; a cancel of ours when it failed to give one, so that the question stays open elsewhere. */
async function askOnce(question: Question, asking: LegacyAsking): Promise<unknown> {
  const { request, decided, patienceMs, progress, heartbeatMs } = asking;
  const { prompt, requestId } = question;
  const over = new AbortController();
  const signal = AbortSignal.any([request.mcpReq.signal, over.signal]);
  const params = prompt.mode === "form" ? wireForm(prompt) : { ...prompt, elicitationId: randomUUID() };
  const options = { signal, timeout: patienceMs, resetTimeoutOnProgress: true };
  const answered = request.mcpReq.send({ method: "elicitation/create", params }, options).catch(() => CANCEL);
  // What goes wrong while looking elsewhere leaves the client's own answer.
  const elsewhere = decided(requestId, signal).then(
    () => CANCEL,
    () => answered,
  );
  const heartbeat = setInterval(() => progress({ message: `Waiting for approval ${requestId}` }), heartbeatMs);
  return await Promise.race([answered, elsewhere]).finally(() => {
    clearInterval(heartbeat);
    over.abort();
  });
}

const CANCEL = { action: "cancel" } as const;

function wireForm(prompt: Extract<Question["prompt"], { mode: "form" }>) {
  const { properties, required } = prompt.requestedSchema;
  return {
    ...prompt,
    requestedSchema: { type: "object" as const, properties: { ...properties }, required: [...required] },
  };
}
