/** Whether a text is searched for or searched in; models with prefixes treat the two differently. */
export type EmbedRole = "query" | "document";

export interface EmbedOptions {
  readonly role: EmbedRole;
  readonly signal?: AbortSignal;
}

/** Turns texts into unit vectors. One implementation per provider, all passing one contract suite. */
export interface Embedder extends AsyncDisposable {
  /** Name for people, such as `gte-small (int8, on this machine)`. */
  readonly label: string;
  readonly dimensions: number;
  /** Longest input in tokens, prefix and special tokens included; longer texts are embedded in windows and pooled. */
  readonly maxTokens: number;
  /** Identity of the vector space: model, revision, pooling, prefixes and dtype. Vectors compare only within one. */
  readonly fingerprint: string;
  /** How many texts at once keep it busy, where that is more than a caller would give it on its own. */
  readonly textsAtOnce?: number;
  /**
   * One L2-normalised vector of `dimensions` per text, in order; identical texts give identical vectors.
   * @throws UserError `embedding.*` when the model is missing or the provider refuses.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<Float32Array[]>;
}
