import { hash } from "node:crypto";
import type { Chunk } from "../chunk/chunk.ts";
import type { ChunkRecord } from "../store/index-store.ts";

/**
 * The record of a chunk of code. What is embedded is the chunk under the path of its symbol, which is what a method's
 * body alone does not say; the file's path stays out, so that a moved file keeps its vectors.
 */
export function recordOf(chunk: Chunk): ChunkRecord {
  const { symbol, text } = chunk;
  const embedText = symbol === null || text.includes(symbol) ? null : `${symbol}\n${text}`;
  const vectorKey = hash("sha256", embedText ?? text);
  return { ...chunk, embedText, vectorKey, session: null };
}
