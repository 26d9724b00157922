import type { Question } from "../approval/question.ts";
import { UserError } from "../errors.ts";
import { visible } from "../visible.ts";
import type { ToolResult } from "../tools/call.ts";

/** How a call ended, in no protocol's terms. */
export interface Outcome {
  readonly kind: "done";
  readonly blocks: readonly string[];
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly isError: boolean;
  /** Code of the error, `bug` for one of ours; null when all went well. */
  readonly code: string | null;
}

/** A call that cannot go on before its client's human answered. */
export interface Asking {
  readonly kind: "ask";
  readonly question: Question;
}

/** What a tool answered. */
export function succeeded({ text, data }: ToolResult): Outcome {
  return { kind: "done", blocks: typeof text === "string" ? [text] : text, data, isError: false, code: null };
}

/** What the caller can mend, with the next step. */
export function failed(code: string, message: string, hint?: string): Outcome {
  // Messages repeat what the caller gave and what files are named: neither may command a terminal.
  const text = visible(hint === undefined ? message : `${message}\nHint: ${hint}`);
  return { kind: "done", blocks: [text], isError: true, code };
}

/** An error as its receiver should see it; null for a bug, whose details are nobody's business but the log's. */
export function outcomeOfError(thrown: unknown): Outcome | null {
  return thrown instanceof UserError ? failed(thrown.code, thrown.message, thrown.hint) : null;
}
