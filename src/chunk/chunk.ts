/** What a chunk mostly is, in the terms of the outline of a file. */
export type ChunkKind =
  | "function"
  | "method"
  | "class"
  | "interface"
  | "type"
  | "enum"
  | "module"
  | "variable"
  | "section"
  | "element"
  | "block"
  | "exchange";

/**
 * A run of whole lines of one file. The chunks of a file cover each of its non-blank lines exactly once and in order;
 * only a line longer than a whole chunk is shared by consecutive chunks.
 */
export interface Chunk {
  /** First and last line, counted from 1, both inclusive. */
  readonly startLine: number;
  readonly endLine: number;
  /** The lines as they stand, joined with `\n`. */
  readonly text: string;
  /** Language id such as `typescript`; `text` where none is known. */
  readonly language: string;
  readonly kind: ChunkKind;
  /** Path of the innermost definition that encloses or heads the chunk, such as `Store.open`; null at file level. */
  readonly symbol: string | null;
  /** Names defined inside the chunk, outermost first: several where small siblings were merged. */
  readonly defines: readonly string[];
}

/** How large a chunk may be, in tokens of the embedder; `measure` never says less than the embedder's tokenizer would. */
export interface ChunkLimit {
  readonly maxTokens: number;
  readonly measure: (text: string) => number;
}
