import type { Candidate } from "../store/index-store.ts";

/** One chunk that full text, meaning or both have found. */
export interface Fused {
  readonly id: number;
  /** 0..1; 1 is the best of both lists at once. */
  readonly score: number;
  readonly matched: readonly ("lexical" | "vector")[];
}

/**
 * Fuses the two lists by their scores, each brought to 0..1: `vectorShare` of meaning, the rest of full text. Scores
 * rather than ranks (reciprocal rank fusion was measured too, and is worse by 0.004 on questions and 0.02 on commit
 * subjects): how far the first is
 * ahead of the second is what tells a find from a guess. With one list empty the other counts alone.
 */
export function fuse(lexical: readonly Candidate[], vector: readonly Candidate[], vectorShare: number): Fused[] {
  const share = vector.length === 0 ? 0 : lexical.length === 0 ? 1 : vectorShare;
  const gained = new Map<number, { score: number; matched: ("lexical" | "vector")[] }>();
  const add = (list: readonly Candidate[], floor: number, weight: number, name: "lexical" | "vector") => {
    const span = Math.max(...list.map(({ score }) => score)) - floor;
    for (const { id, score } of list) {
      const entry = gained.get(id) ?? { score: 0, matched: [] };
      entry.score += span > 0 ? (weight * (score - floor)) / span : weight;
      entry.matched.push(name);
      gained.set(id, entry);
    }
  };
  // Full text scores start at 0. Cosines of one model lie close together (0.7..0.9): only their differences tell.
  add(lexical, 0, 1 - share, "lexical");
  add(vector, Math.min(...vector.map(({ score }) => score)), share, "vector");
  return Array.from(gained, ([id, entry]) => ({ id, ...entry })).toSorted((a, b) => b.score - a.score || a.id - b.id);
}
