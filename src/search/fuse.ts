import type { Candidate } from "../store/index-store.ts";

/** One chunk that full text, meaning or both have found. */
export interface Fused {
  readonly id: number;
  /** 0..1; 1 is the best of both lists at once. */
  readonly score: number;
  readonly matched: readonly ("lexical" | "vector")[];
}

/**
 * Reciprocal rank fusion: a candidate gains `share / (rank + place)` from each list it is in. Ranks rather than scores,
 * because the two lists' scores cannot be compared. With one list empty the other keeps its order.
 */
export function fuse(
  lexical: readonly Candidate[],
  vector: readonly Candidate[],
  vectorShare: number,
  fusionRank: number,
): Fused[] {
  const share = vector.length === 0 ? 0 : lexical.length === 0 ? 1 : vectorShare;
  const gained = new Map<number, { score: number; matched: ("lexical" | "vector")[] }>();
  const add = (list: readonly Candidate[], weight: number, name: "lexical" | "vector") => {
    for (const [index, { id }] of list.entries()) {
      const entry = gained.get(id) ?? { score: 0, matched: [] };
      entry.score += (weight * (fusionRank + 1)) / (fusionRank + 1 + index);
      entry.matched.push(name);
      gained.set(id, entry);
    }
  };
  add(lexical, 1 - share, "lexical");
  add(vector, share, "vector");
  return Array.from(gained, ([id, entry]) => ({ id, ...entry })).toSorted((a, b) => b.score - a.score || a.id - b.id);
}
