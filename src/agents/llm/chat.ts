/** A conversation with a language model, in no provider's terms. */
export type ChatMessage =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly calls: readonly ToolCall[] }
  | { readonly role: "tool"; readonly results: readonly CallResult[] };

/** What the model wants done. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them; whoever runs the tool validates them. */
  readonly arguments: unknown;
}

export interface CallResult {
  readonly callId: string;
  readonly text: string;
  readonly isError: boolean;
}

/** A tool as the model is told of it. */
export interface ChatTool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of its arguments. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface ChatRequest {
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
  /** Most tokens of the answer. */
  readonly maxTokens: number;
}

export interface ChatReply {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  /** Whether the answer ended because it reached `maxTokens`. */
  readonly isCut: boolean;
  readonly usage: Usage;
}

/** Tokens, as the provider counted them. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A language model that is ready to be asked. */
export interface ChatModel {
  /** Provider and model, for people. */
  readonly label: string;
  /** @throws UserError `agent.*` when the model cannot be reached, refuses, or answers what is no answer. */
  complete(request: Omit<ChatRequest, "model">, signal: AbortSignal): Promise<ChatReply>;
}

/** One provider's API: how to ask it, and how to read what it says. */
export interface ChatApi {
  /** Name in settings and messages. */
  readonly name: string;
  readonly defaultBaseUrl: string;
  /** Null where models differ from server to server. */
  readonly defaultModel: string | null;
  /** Path below the base URL. */
  readonly path: string;
  readonly headers: (apiKey: string | undefined) => Readonly<Record<string, string>>;
  readonly body: (request: ChatRequest) => unknown;
  /** Throws a TypeError where the answer has another shape. */
  readonly reply: (answer: unknown) => ChatReply;
}
