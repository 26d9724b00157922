/** What a caller may ask of a code search. Everything but `query` has a default. */
export interface CodeQuery {
  readonly query: string;
  /** 1..100, default 10. */
  readonly limit?: number | undefined;
  /** Glob over workspace paths. */
  readonly path?: string | undefined;
  readonly language?: string | undefined;
  /** From a former answer's `nextCursor`. */
  readonly cursor?: string | undefined;
  /** Upper bound for all hits together, their places and text, in tokens (about 4 characters each). */
  readonly maxTokens?: number | undefined;
  /** Locations without text. */
  readonly compact?: boolean | undefined;
}

export interface ConversationQuery {
  readonly query: string;
  readonly limit?: number | undefined;
  readonly project?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly gitBranch?: string | undefined;
  /** Only exchanges that read or wrote this file: its name, or the end of its path. */
  readonly file?: string | undefined;
  /** ISO 8601 or milliseconds since the epoch. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly cursor?: string | undefined;
  /** Upper bound for all hits together, their places and text, in tokens (about 4 characters each). */
  readonly maxTokens?: number | undefined;
}

/** How far the index is, told with every answer. */
export interface IndexState {
  readonly files: number;
  readonly chunks: number;
  /** 0..100, rounded down: 100 only when every chunk has its vector. */
  readonly embeddedPercent: number;
  readonly freshness: "fresh" | "updating" | "stale";
  /** Label of the embedder, or why there is none. */
  readonly embedder: string;
  readonly store: "sqlite" | "qdrant";
}

export interface CodeHit {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly language: string;
  readonly symbol: string | null;
  readonly kind: string;
  /** Falls from hit to hit; comparable within one answer only. */
  readonly score: number;
  readonly text: string;
  readonly matched: readonly ("lexical" | "vector")[];
}

export interface ConversationHit {
  readonly sessionId: string;
  readonly project: string;
  readonly timestamp: string;
  readonly role: string;
  readonly title: string | null;
  readonly text: string;
  readonly score: number;
  /** Path of the log file; the indexed text outlives it. */
  readonly transcript: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly gitBranch: string | null;
  readonly cwd: string | null;
  readonly isSubagent: boolean;
  /** The subagent whose log this is, to be given when reading on; null for the session's own log. */
  readonly agentId: string | null;
  /** Shell command that goes on with the session; null when its log is gone, since then nothing can. */
  readonly resume: string | null;
}

export interface SearchAnswer<Hit> {
  readonly query: string;
  readonly tookMs: number;
  readonly index: IndexState;
  readonly hits: readonly Hit[];
  readonly nextCursor?: string;
  /** What the caller should know, such as that the answer is lexical only and why. */
  readonly notice?: string;
}
