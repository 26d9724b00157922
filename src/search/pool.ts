import type { Candidate } from "../store/index-store.ts";
import type { Find } from "./finds.ts";

/**
 * By how much a find must be ahead of another to be believed e times as likely, in the units of its list: of full text
 * those of BM25, of meaning standard deviations of nearness.
 */
export interface PoolWeights {
  readonly words: number;
  readonly meaning: number;
}

/**
 * Pools what words and meaning believe, each a distribution over what it found (the softmax of its scores), into one:
 * `vectorShare` of meaning, the rest of words (linear opinion pool: Stone 1961; Genest and Zidek 1986). Whoever is sure is
 * heard: a side with one find far ahead of the others gives all of its share to it, one with many that are alike spreads
 * it thin. BM25 can be read so since it adds up log-odds. With one list empty the other counts alone.
 */
export function pool(
  lexical: readonly Candidate[],
  vector: readonly Candidate[],
  vectorShare: number,
  { words, meaning }: PoolWeights,
): Find[] {
  const share = vector.length === 0 ? 0 : lexical.length === 0 ? 1 : vectorShare;
  const byWords = beliefs(lexical, words);
  const byMeaning = beliefs(vector, meaning);
  const surest = Math.max(...byMeaning.values());
  return [...new Set([...byWords.keys(), ...byMeaning.keys()])]
    .map((id): Find => {
      const said = byWords.get(id);
      const meant = byMeaning.get(id);
      return {
        id,
        score: (1 - share) * (said ?? 0) + share * (meant ?? 0),
        meaning: (meant ?? 0) / surest || 0,
        matched: [...(said === undefined ? [] : WORDS), ...(meant === undefined ? [] : MEANING)],
      };
    })
    .toSorted((a, b) => b.score - a.score || a.id - b.id);
}

/** How likely each find is the one that was meant, all together 1; by its id. */
function beliefs(found: readonly Candidate[], scale: number): ReadonlyMap<number, number> {
  const best = found.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const odds = found.map(({ score }) => Math.exp((score - best) / scale));
  const sum = odds.reduce((total, each) => total + each, 0);
  return new Map(found.map(({ id }, at) => [id, (odds[at] ?? 0) / sum]));
}

/**
 * The same finds by how many standard deviations they are nearer than found ones are on average: for where nobody knows
 * how near texts are on average.
 */
export function standardised(found: readonly Candidate[]): Candidate[] {
  const mean = found.reduce((sum, { score }) => sum + score, 0) / found.length;
  const spread = Math.sqrt(found.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / found.length);
  return found.map((candidate) => ({ ...candidate, score: spread === 0 ? 0 : (candidate.score - mean) / spread }));
}

const WORDS = ["lexical"] as const;
const MEANING = ["vector"] as const;
