import { askedRoles } from "./asked-roles.ts";
import { CANDIDATES, NAMELESS, RANKING, type RankingWeights } from "./constants.ts";
import { groupBy } from "./group-by.ts";
import { meaningShare, withMeaning } from "./meaning.ts";
import { mergeNeighbours } from "./merge.ts";
import { bestNameMatch, definitionMatch, nameMatch, scopeMatch } from "./name-match.ts";
import { type Names, type PathFacts, createNames } from "./names.ts";
import { pathMatch } from "./path-match.ts";
import type { QueryAnalysis } from "./query.ts";
import { type RankCandidate, type RankedHit, withScore } from "./ranked-hit.ts";
import { saturate } from "./saturate.ts";
import { type SaidWords, saidIn } from "./sieve.ts";

/** Orders candidates by what they define, where they stand and what else of their file was found; best first. */
export function rank(
  candidates: readonly RankCandidate[],
  query: QueryAnalysis,
  given: RankingWeights = RANKING,
  names: Names = createNames(),
): RankedHit[] {
  const weights = query.kind === "code" ? { ...given, ...NAMELESS } : given;
  const asked = askedRoles(query.text);
  const scope = query.scope.map(names.name);
  const said = saidIn(query, scope);
  // A part of the scope without a word in it fits every name.
  const readsPaths = query.pathParts.length > 0 || scope.some(({ stems }) => stems.length === 0);
  // Many candidates share a file, and names take most of the time.
  const pathBoosts = new Map<PathFacts, number>();
  const pathBoost = (path: string, facts: PathFacts): number => {
    if (!readsPaths && !facts.sieve.meets(said)) return 0;
    let boost = pathBoosts.get(facts);
    if (boost === undefined) {
      boost = pathBoostOf(path, facts, query, said, weights);
      if (scope.length > 0) boost += weights.scope * scopeMatch([facts.stem, ...facts.folders], scope);
      pathBoosts.set(facts, boost);
    }
    return boost;
  };
  const weighed = candidates.map((candidate) => {
    const { path, role } = names.chunk(candidate.chunk);
    const factor = asked.has(role) ? 1 : weights.roles[role];
    const named = pathBoost(candidate.chunk.path, path);
    const boost = 1 + named;
    const meaning = factor * (candidate.meaning ?? 0);
    return { candidate, factor, boost, named, meaning, promise: candidate.score * factor * boost };
  });
  const boosted = mostPromising(weighed, CANDIDATES).map(({ candidate, factor, boost, meaning }) => {
    const { chunk, score, matched } = candidate;
    const definition = weights.definition * definitionMatch(names.chunk(chunk).defined(said), query, weights.related);
    return { chunk, score: score * (boost + definition) * factor, meaning, matched };
  });
  const share = meaningShare(weighed, query, weights);
  const whole = withMeaning(withCoherence(boosted, weights.coherence), share);
  return saturate(mergeNeighbours(whole.toSorted(byScore)), weights.saturation);
}

/** The `most` candidates that words and path together promise most of, and all found by meaning, in their order. */
function mostPromising<Weighed extends { readonly promise: number; readonly meaning: number }>(
  weighed: readonly Weighed[],
  most: number,
): readonly Weighed[] {
  if (weighed.length <= most) return weighed;
  const promises = Float64Array.from(weighed, ({ promise }) => promise).sort();
  const least = promises[promises.length - most] ?? 0;
  return weighed.filter(({ promise, meaning }) => promise >= least || meaning > 0);
}

/** What the name, the folders and the whole path of a file add when the query speaks of them. */
function pathBoostOf(
  path: string,
  facts: PathFacts,
  query: QueryAnalysis,
  said: SaidWords,
  weights: RankingWeights,
): number {
  const stem = facts.stem.sieve.meets(said) ? nameMatch(facts.stem, query, weights.related) : 0;
  const folders = facts.folders.filter(({ sieve }) => sieve.meets(said));
  const folder = bestNameMatch(folders, query, weights.related);
  const asked = pathMatch(path, query.pathParts);
  return weights.fileStem * stem ** 2 + weights.folder * folder ** 2 + weights.path * asked ** 2;
}

/** Several hits in one file say that the file is about the query: each gains a share of the best others. */
export function withCoherence(candidates: readonly RankCandidate[], share: number): RankCandidate[] {
  const sums = new Map<string, number>();
  for (const [path, group] of groupBy(candidates, ({ chunk }) => chunk.path)) {
    if (group.length === 1) continue;
    const best = group.map(({ score }) => score).toSorted((a, b) => b - a);
    sums.set(
      path,
      best.slice(0, COHERENT_HITS).reduce((sum, score) => sum + score, 0),
    );
  }
  return candidates.map((candidate) => {
    const { chunk, score } = candidate;
    const others = (sums.get(chunk.path) ?? 0) - score;
    return others > 0 ? withScore(candidate, score + share * others) : candidate;
  });
}

/** More would let a long file win by its length. */
const COHERENT_HITS = 5;

/** Where words tell no place in a file, the nearest in meaning leads. */
function byScore(a: RankCandidate, b: RankCandidate): number {
  return b.score - a.score || (b.meaning ?? 0) - (a.meaning ?? 0) || a.chunk.id - b.chunk.id;
}
