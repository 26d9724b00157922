import type { ChunkHead } from "../store/index-store.ts";

/** A chunk with what the lists say of it. */
export interface RankCandidate<Chunk extends ChunkHead = ChunkHead> {
  readonly chunk: Chunk;
  readonly score: number;
  /** How near in meaning, 0..1, beside the score; absent where that is in the score already. */
  readonly meaning?: number;
  readonly matched: readonly ("lexical" | "vector")[];
}

/** The candidate with another score. Field by field: a spread costs several times as much. */
export function withScore({ chunk, meaning, matched }: RankCandidate, score: number): RankCandidate {
  return { chunk, score, meaning: meaning ?? 0, matched };
}

/** What becomes one hit of an answer: a chunk, or neighbours that belong together. */
export interface RankedHit<Chunk extends ChunkHead = ChunkHead> {
  readonly path: string;
  /** The best of the chunks; its symbol and kind name the hit. */
  readonly lead: Chunk;
  /** In the order of the file, without gaps of code between them. */
  readonly chunks: readonly Chunk[];
  readonly score: number;
  readonly matched: readonly ("lexical" | "vector")[];
}
