import type { CallResult, ChatMessage, Usage } from "./llm/chat.ts";
import type { RoleName } from "./role.ts";

/** What an agent and its human said, and what was done between; it can be gone on with. */
export interface Session {
  readonly id: string;
  readonly role: RoleName;
  readonly messages: readonly ChatMessage[];
}

/** Keeps what is said as it is said, so that a run that is cut off can be gone on with. */
export interface SessionLog {
  append(message: ChatMessage): void;
}

/** What runs of agents spend together, delegated ones included. */
export class Budget {
  readonly #maxTokens: number;
  #steps: number;
  #used: Usage = { inputTokens: 0, outputTokens: 0 };
  #stepsTaken = 0;

  /** @param maxTokens of questions and answers together */
  constructor({ maxSteps, maxTokens }: { readonly maxSteps: number; readonly maxTokens: number }) {
    this.#steps = maxSteps;
    this.#maxTokens = maxTokens;
  }

  get used(): Usage {
    return this.#used;
  }

  get steps(): number {
    return this.#stepsTaken;
  }

  /** Why there is nothing left to spend; null while there is. */
  get spent(): string | null {
    if (this.#steps <= 0) return `${this.#stepsTaken} steps`;
    const tokens = this.#used.inputTokens + this.#used.outputTokens;
    return tokens >= this.#maxTokens ? `${tokens} tokens` : null;
  }

  /** Counts one answer of a model. */
  take(usage: Usage): void {
    this.#steps -= 1;
    this.#stepsTaken += 1;
    this.#used = {
      inputTokens: this.#used.inputTokens + usage.inputTokens,
      outputTokens: this.#used.outputTokens + usage.outputTokens,
    };
  }
}

/**
 * A conversation that a model accepts, of one of which any part may be lost: calls that nobody answered are answered as
 * interrupted, and results without their call, which every provider refuses, are left out.
 */
export function mended(messages: readonly ChatMessage[]): ChatMessage[] {
  const whole: ChatMessage[] = [];
  for (const [index, message] of messages.entries()) {
    // Results are taken along with the calls that they answer.
    if (message.role === "tool") continue;
    whole.push(message);
    if (message.role !== "assistant" || message.calls.length === 0) continue;
    const next = messages[index + 1];
    const results = next?.role === "tool" ? next.results : [];
    whole.push({ role: "tool", results: message.calls.map(({ id }) => answerTo(id, results)) });
  }
  return whole;
}

function answerTo(callId: string, results: readonly CallResult[]): CallResult {
  const text = "Interrupted before it was done, or before its outcome was known. Look before you do it again.";
  return results.find((result) => result.callId === callId) ?? { callId, text, isError: true };
}
