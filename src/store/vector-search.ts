import type { Database } from "../sqlite.ts";
import type { Candidate } from "./index-store.ts";
import { quantize, signBits } from "./quantize.ts";
import { TopK } from "./top-k.ts";
import type { VectorCodes } from "./vector-codes.ts";

/** How many of the nearest codes are compared precisely, at least and per result asked for. */
const LEAST_RESCORED = 1000;
const RESCORED_PER_RESULT = 20;

/** The texts nearest to a vector, by cosine, as row ids of `text`. In a read transaction, codes refreshed. */
export function nearestTexts(
  db: Database,
  codes: VectorCodes,
  vector: Float32Array,
  limit: number,
  accepts?: (text: number) => boolean,
): Candidate[] {
  if (limit <= 0) return [];
  const query = quantize(vector);
  const near = codes.nearest(signBits(query.data), Math.max(LEAST_RESCORED, RESCORED_PER_RESULT * limit), accepts);
  const best = new TopK(limit);
  const rows = db.all<{ text: number; scale: number; data: Uint8Array }>(
    "SELECT text, scale, data FROM vector WHERE id IN (SELECT value FROM json_each(?))",
    JSON.stringify(near.map(({ row }) => row)),
  );
  for (const { text, scale, data } of rows) best.offer(text, query.scale * scale * dot(query.data, data));
  return best.sorted().map(({ item, score }) => ({ id: item, score }));
}

/** Chunks of the texts, best first; a text that several chunks share gives each of them its score. */
export function chunksOfTexts(db: Database, texts: readonly Candidate[]): Candidate[] {
  const scores = new Map(texts.map(({ id, score }) => [id, score]));
  return db
    .all<{ id: number; text: number }>(
      "SELECT id, text FROM chunk WHERE text IN (SELECT value FROM json_each(?))",
      JSON.stringify(Array.from(scores.keys())),
    )
    .map(({ id, text }) => ({ id, score: scores.get(text) ?? 0 }))
    .sort((a, b) => b.score - a.score || a.id - b.id);
}

function dot(query: Int8Array, data: Uint8Array): number {
  const components = new Int8Array(data.buffer, data.byteOffset, data.length);
  let sum = 0;
  for (let index = 0; index < query.length; index++) sum += (query[index] ?? 0) * (components[index] ?? 0);
  return sum;
}
