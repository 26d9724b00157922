import type { ChunkHead } from "../store/index-store.ts";

/** A chunk with what the lists say of it. */
export interface RankCandidate<Chunk extends ChunkHead = ChunkHead> {
  readonly chunk: Chunk;
  readonly score: number;
  /** How near in meaning, 0..1, beside the score; absent where that is in the score already. */
  readonly meaning?: number;
  readonly matched: Matched;
}

/** Which lists have a chunk. */
export type Matched = readonly ("lexical" | "vector")[];

/** What becomes one hit of an answer: a chunk, or neighbours that belong together. */
export interface RankedHit<Chunk extends RankedChunk = ChunkHead> {
  readonly path: string;
  /** The best of the chunks; its symbol and kind name the hit. */
  readonly lead: Chunk;
  /** In the order of the file, without gaps of code between them. */
  readonly chunks: readonly Chunk[];
  readonly score: number;
  readonly matched: Matched;
}

/** All that a ranking needs to know of a chunk. */
export interface RankedChunk {
  readonly id: number;
}

/** Hits, best first; made when they are asked for, since few of hundreds are. */
export interface RankedHits {
  readonly length: number;
  /** Those from `start` to before `end`, as an array's. */
  slice(start: number, end: number): RankedHit<RankedChunk>[];
}
