import type { Matched, RankCandidate } from "./ranked-hit.ts";
import type { SearchStore } from "./search-store.ts";

/**
 * What words, meaning or both have found, each chunk once, as columns in one order: hundreds of finds are weighed for every
 * query, and an object for each costs more than weighing it.
 */
export interface Finds {
  readonly ids: Uint32Array;
  /** 0..1; 1 is the best of both lists at once. */
  readonly scores: Float64Array;
  /** How near in meaning, 0..1: 1 is the nearest of the list, 0 the farthest or not in it. */
  readonly meanings: Float64Array;
  /** Which list has it: `BY_WORDS`, `BY_MEANING`, or the two added up. */
  readonly matched: Uint8Array;
}

/** One of them. */
export interface Find {
  readonly id: number;
  readonly score: number;
  readonly meaning: number;
  readonly matched: Matched;
}

export function columnsOf(finds: readonly Find[]): Finds {
  return {
    ids: Uint32Array.from(finds, ({ id }) => id),
    scores: Float64Array.from(finds, ({ score }) => score),
    meanings: Float64Array.from(finds, ({ meaning }) => meaning),
    matched: Uint8Array.from(finds, ({ matched }) =>
      matched.reduce((sum, list) => sum + (list === "lexical" ? BY_WORDS : BY_MEANING), 0),
    ),
  };
}

export const BY_WORDS = 1;
export const BY_MEANING = 2;

/** What is said of a find by its number in `Finds.matched`. */
export function matchedOf(matched: number): Matched {
  return MATCHED[matched] ?? NONE;
}

const NONE: Matched = [];
const MATCHED: readonly Matched[] = [NONE, ["lexical"], ["vector"], ["lexical", "vector"]];

/** All finds but that of one chunk. */
export function withoutFind({ ids, scores, meanings, matched }: Finds, id: number): Finds {
  const isOther = (_: number, at: number): boolean => ids[at] !== id;
  return {
    ids: ids.filter(isOther),
    scores: scores.filter(isOther),
    meanings: meanings.filter(isOther),
    matched: matched.filter(isOther),
  };
}

/** The finds with their chunks, without those that are gone. */
export async function readFinds(store: SearchStore, finds: Finds): Promise<RankCandidate[]> {
  const chunks = await store.heads(Array.from(finds.ids));
  // Both are in the same order, and chunks that are gone are left out.
  let next = 0;
  return Array.from(finds.ids).flatMap((id, at) => {
    const chunk = chunks[next];
    if (chunk?.id !== id) return [];
    next += 1;
    const [score = 0, meaning = 0] = [finds.scores[at], finds.meanings[at]];
    return [{ chunk, score, meaning, matched: matchedOf(finds.matched[at] ?? 0) }];
  });
}
