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

export interface EmbedMessage {
  readonly type: "embed";
  readonly id: number;
  readonly text: string;
  /** Done before everything that is not urgent. */
  readonly urgent: boolean;
  readonly overflow: Overflow;
}

export interface CancelMessage {
  readonly type: "cancel";
  readonly id: number;
}

/** Asks for one more thread that computes; answered by one more `ready`, or not at all where there is no room for it. */
export interface WidenMessage {
  readonly type: "widen";
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

/** The model cannot be loaded. */
export interface Unusable {
  readonly type: "unusable";
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export type FromWorker =
  /** One thread more has the model loaded. */
  | { readonly type: "ready" }
  | Unusable
  | ({ readonly type: "done"; readonly id: number; readonly residentBytes: number } & Embedded)
  | { readonly type: "too-long"; readonly id: number; readonly tokens: number }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

/** What a thread of a worker is to load, and the ids that it runs first. */
export interface RunnerOptions extends Pick<LoadMessage, "runtime" | "graph" | "threads" | "device"> {
  readonly warmUp: readonly number[];
}

/** The thread is sent the ids of one window at a time, and answers each before it is sent the next. */
export type FromRunner =
  | { readonly type: "ready" }
  | Unusable
  | { readonly type: "done"; readonly vector: Float32Array<ArrayBuffer> }
  | { readonly type: "failed"; readonly message: string };
