import type { ConversationHit, ConversationQuery, SearchAnswer } from "../search/answer.ts";

/** Past conversations with the coding agent, of all projects of this user. */
export interface ConversationMemory {
  /** @throws UserError for a query without words, a bad date or a foreign cursor. */
  search(query: ConversationQuery, signal: AbortSignal): Promise<SearchAnswer<ConversationHit>>;
  /** @throws UserError `conversation.not-found`. */
  read(request: ConversationPageRequest): Promise<ConversationPage>;
}

export interface ConversationPageRequest {
  readonly sessionId: string;
  /** One subagent's log instead of the session's own. */
  readonly agentId?: string | undefined;
  /** A line of the log or a message's uuid that the page is laid around; its beginning when absent. */
  readonly around?: number | string | undefined;
  readonly limit?: number | undefined;
}

/** Consecutive messages of one session, as they were indexed. */
export interface ConversationPage {
  readonly session: {
    readonly sessionId: string;
    readonly project: string;
    readonly cwd: string | null;
    readonly gitBranch: string | null;
    readonly title: string | null;
    /** Milliseconds since the epoch; 0 when unknown. */
    readonly startedAt: number;
    readonly endedAt: number;
    readonly transcript: string;
    readonly logExists: boolean;
  };
  readonly turns: readonly {
    readonly role: string;
    readonly timestamp: string;
    /** Line of the log, from 1. */
    readonly line: number;
    readonly text: string;
  }[];
  /** Place in `turns` of the message that the page was laid around; null for none. */
  readonly asked: number | null;
  /** Messages before and after the page. */
  readonly before: number;
  readonly after: number;
  /** Line of the message after the page; null at the end. */
  readonly next: number | null;
}
