/** What to do with a text longer than the model's limit: embed it in windows all the same, cut it, or refuse it. */
export type Overflow = "window" | "truncate" | "refuse";

/** First message to a worker: what it is to load. */
export interface LoadMessage {
  readonly type: "load";
  /** Directory of the inference runtime. */
  readonly runtime: string;
  readonly graph: string;
  /** sha256 of the graph, or null to load it unchecked. */
  readonly sha256: string | null;
  readonly tokenizer: string;
  /** Longest input of the model in tokens, special ones included. */
  readonly maxTokens: number;
  /** Tokens computed in one piece at most. */
  readonly windowTokens: number;
  /** Threads that share the computing of one text. */
  readonly threads: number;
  readonly device: string;
}

/** One text to embed. */
export interface AskedText {
  readonly id: number;
  readonly text: string;
  readonly overflow: Overflow;
}

/** Texts that are answered together, in one message: each message wakes the process that it goes to. */
export interface EmbedMessage {
  readonly type: "embed";
  /** Done before everything that is not urgent. */
  readonly urgent: boolean;
  readonly texts: readonly AskedText[];
}

export interface CancelMessage {
  readonly type: "cancel";
  readonly id: number;
}

/** Asks, on the first line, for one more thread; it is told on a line of its own what to load. */
export interface WidenMessage {
  readonly type: "widen";
  readonly line: number;
}

export type ToWorker = LoadMessage | EmbedMessage | CancelMessage | WidenMessage;

/** One text embedded. */
export interface Embedded {
  readonly vector: Float32Array;
  /** Tokens of the text as the model saw it, special ones included. */
  readonly tokens: number;
  /** Whether what exceeds the model's limit was left out, as `truncate` asked. */
  readonly truncated: boolean;
  /** In how many windows the text was embedded. */
  readonly windows: number;
}

/** What a text came to. */
export type Outcome =
  | ({ readonly type: "done"; readonly id: number } & Embedded)
  | { readonly type: "too-long"; readonly id: number; readonly tokens: number }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

export type FromWorker =
  /** The thread of this line has the model loaded. A further thread for which there is no room says nothing. */
  | { readonly type: "ready" }
  /** The model cannot be loaded. */
  | { readonly type: "unusable"; readonly code: string; readonly message: string; readonly hint: string | undefined }
  | OutcomesMessage;

/** What the texts of one message came to, those left out that were cancelled. */
export interface OutcomesMessage {
  readonly type: "outcomes";
  /** As the texts were. */
  readonly urgent: boolean;
  readonly outcomes: readonly Outcome[];
  /** Memory that the process holds, told now and then. */
  readonly residentBytes?: number;
}

/** File descriptor of the first thread's line in a worker process; those of further threads follow. */
export const FIRST_LINE = 3;
