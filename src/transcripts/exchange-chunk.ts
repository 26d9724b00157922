import type { Message } from "./message.ts";
import type { Passage } from "./passages.ts";

/** A run of messages of one session. Structurally what the index stores as a chunk. */
export interface ExchangeChunk {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  readonly language: "conversation";
  readonly kind: "exchange" | "session";
  /** Of an overview the session's title, as far as it was known when the chunk was cut. */
  readonly symbol: string | null;
  /** Base names of the files touched. */
  readonly defines: readonly string[];
  readonly vectorKey: string;
  readonly embedText: string | null;
  /** What was said, message by message: each has a vector of its own. Absent where only tools were called. */
  readonly passages?: readonly Passage[];
  readonly session: ExchangeSession;
}

export interface ExchangeSession {
  readonly sessionId: string;
  readonly project: string;
  readonly gitBranch: string | null;
  readonly cwd: string | null;
  readonly role: string;
  readonly isSubagent: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** One message, or a part of a long one, as it stands in a chunk. */
export interface Turn {
  readonly role: Message["role"];
  readonly uuid: string;
  readonly time: number;
  readonly line: number;
  /** Where its text begins in the chunk's text, in UTF-16 units. */
  readonly start: number;
  /** Whether it goes on with a message that began in the chunk before. */
  readonly continued: boolean;
}
