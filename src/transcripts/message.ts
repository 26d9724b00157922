import type { ToolFact } from "./tool-facts.ts";

/** One message of a conversation, whole: the lines of a log that belong to it are joined, secrets are masked. */
export interface Message {
  readonly role: "user" | "assistant" | "summary";
  /** Which line of talk it belongs to: empty for the session itself, else the subagent's name for itself. */
  readonly stream: string;
  readonly uuid: string;
  /** The provider's id that the parts of an assistant's message share; empty for others. */
  readonly messageId: string;
  /** Milliseconds since the epoch; that of the message before where it had none of its own, 0 at the very start. */
  readonly time: number;
  readonly text: string;
  readonly tools: readonly ToolFact[];
  readonly cwd: string | null;
  readonly gitBranch: string | null;
  /** First and last line in the log, counted from 1. */
  readonly line: number;
  readonly endLine: number;
  /** Whether the conversation was compacted right before it. */
  readonly afterBoundary: boolean;
}

/** The message as one text: prose first, then a line for each tool call and its error. */
export function renderBody(message: Message): string {
  const lines = message.text === "" ? [] : [message.text];
  for (const { tool, target, error } of message.tools) {
    if (tool !== "") lines.push(target === "" ? `[${tool}]` : `[${tool}] ${target}`);
    if (error !== null) lines.push(`[error] ${error}`);
  }
  return lines.join("\n");
}
