import type { Candidate } from "../store/index-store.ts";
import { BY_MEANING, BY_WORDS, type Finds } from "./finds.ts";

/**
 * Fuses the two lists by their scores, each brought to 0..1: `vectorShare` of meaning, the rest of full text. Scores
 * rather than ranks (reciprocal rank fusion was measured too, and is worse by 0.004 on questions and 0.02 on commit
 * subjects): how far the first is ahead of the second is what tells a find from a guess. With one list empty the other
 * counts alone. What words have found comes first; each list holds a chunk once.
 */
export function fuse(lexical: readonly Candidate[], vector: readonly Candidate[], vectorShare: number): Finds {
  const share = vector.length === 0 ? 0 : lexical.length === 0 ? 1 : vectorShare;
  const near = new Map<number, number>();
  for (let at = 0; at < vector.length; at++) near.set(vector[at]?.id ?? 0, at);
  const most = lexical.length + vector.length;
  const ids = new Uint32Array(most);
  const scores = new Float64Array(most);
  const meanings = new Float64Array(most);
  const matched = new Uint8Array(most);
  // Full text scores start at 0. Cosines of one model lie close together (0.7..0.9): only their differences tell.
  const wordPart = partOf(lexical, 0);
  const meaningPart = partOf(vector, leastOf(vector));
  let count = 0;
  for (const { id, score } of lexical) {
    const place = near.get(id);
    const meaning = place === undefined ? 0 : meaningPart(vector[place]?.score ?? 0);
    ids[count] = id;
    scores[count] = (1 - share) * wordPart(score) + share * meaning;
    meanings[count] = meaning;
    matched[count++] = place === undefined ? BY_WORDS : BY_WORDS + BY_MEANING;
    if (place !== undefined) near.delete(id);
  }
  for (const [id, place] of near) {
    const meaning = meaningPart(vector[place]?.score ?? 0);
    ids[count] = id;
    scores[count] = share * meaning;
    meanings[count] = meaning;
    matched[count++] = BY_MEANING;
  }
  const all = { ids, scores, meanings, matched };
  return count === most ? all : firstOf(all, count);
}

/** Brings scores of a list to 0..1, 0 at `floor`. */
function partOf(list: readonly Candidate[], floor: number): (score: number) => number {
  let most = Number.NEGATIVE_INFINITY;
  for (const { score } of list) if (score > most) most = score;
  const span = most - floor;
  return (score) => (span > 0 ? (score - floor) / span : 1);
}

function leastOf(list: readonly Candidate[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { score } of list) if (score < least) least = score;
  return least;
}

function firstOf({ ids, scores, meanings, matched }: Finds, count: number): Finds {
  return {
    ids: ids.subarray(0, count),
    scores: scores.subarray(0, count),
    meanings: meanings.subarray(0, count),
    matched: matched.subarray(0, count),
  };
}
