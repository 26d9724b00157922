import type { RankedHit } from "./ranked-hit.ts";

/**
 * Lets each further hit of a file count `decay` times the one before, so that one file does not fill the answer. With
 * 1 nothing changes; with 0 a file is told once. `hits` come best first; the result is ordered anew.
 */
export function saturate(hits: readonly RankedHit[], decay: number): RankedHit[] {
  const seen = new Map<string, number>();
  const weakened = hits.map((hit) => {
    const before = seen.get(hit.path) ?? 0;
    seen.set(hit.path, before + 1);
    if (before === 0) return hit;
    // Field by field: a spread costs several times as much.
    const { path, lead, chunks, score, matched } = hit;
    return { path, lead, chunks, score: score * decay ** before, matched };
  });
  return weakened.toSorted((a, b) => b.score - a.score || a.lead.id - b.lead.id);
}
