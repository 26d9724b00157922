import type { StoredChunk } from "../store/index-store.ts";
import { termsOf } from "../terms.ts";

/** How the share of meaning grows as words fail: `share` at and below `from`, the usual share at and above `to`. */
export interface CoverageWeights {
  readonly share: number;
  readonly from: number;
  readonly to: number;
}

/** Which part of what is asked for a chunk says in the same words, 0..1; 1 when nothing is asked for. */
export function coverageOf(
  { text, symbol, defines }: Pick<StoredChunk, "text" | "symbol" | "defines">,
  stems: readonly string[],
): number {
  if (stems.length === 0) return 1;
  const said = new Set(termsOf([text, symbol ?? "", ...defines].join(" ")));
  return stems.filter((stem) => said.has(stem)).length / stems.length;
}

/**
 * The share of meaning where the best find by words covers so much of the query. Somebody who remembers what was talked
 * about, but not in which words, gets finds by a stray common word, which must not outweigh what means the same.
 */
export function shareOf(usual: number, coverage: number, { share, from, to }: CoverageWeights): number {
  const covered = Math.min(1, Math.max(0, (coverage - from) / (to - from)));
  return share + (usual - share) * covered;
}
