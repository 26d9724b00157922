import { askedRoles } from "./asked-roles.ts";
import { type FindFacts, GONE } from "./chunk-book.ts";
import { CANDIDATES, type RankingWeights } from "./constants.ts";
import type { Finds } from "./finds.ts";
import { nameMatch, scopeMatch } from "./name-match.ts";
import type { PathBook } from "./path-book.ts";
import { pathMatch } from "./path-match.ts";
import { ROLES } from "./path-role.ts";
import type { QueryAnalysis } from "./query.ts";
import type { SaidNames } from "./said-names.ts";
import { meets } from "./sieve.ts";

/** What can be told of finds by their scores and paths, as columns in the order of the finds. */
export interface Weighed {
  /** What a find counts for by the part that its file plays. */
  readonly factors: Float64Array;
  /** What its path adds for speaking of the query. */
  readonly named: Float64Array;
  /** What words and path together promise; below 0 for a find that is gone. */
  readonly promises: Float64Array;
}

/** Weighs finds by what can be told without a look at any of them. */
export function weigh(
  { scores }: Finds,
  { paths, roles }: FindFacts,
  book: PathBook,
  query: QueryAnalysis,
  said: SaidNames,
  weights: RankingWeights,
): Weighed {
  const asked = askedRoles(query.text);
  const factorOf = Float64Array.from(ROLES, (role) => (asked.has(role) ? 1 : weights.roles[role]));
  // A part of the scope without a word in it fits every name.
  const readsAll = query.pathParts.length > 0 || said.scope.some((stems) => stems.length === 0);
  const { starts, names } = book;
  const { lows, highs } = book.bits;
  const boosts = new Map<number, number>();
  const boostOf = (path: number): number => {
    let boost = boosts.get(path);
    if (boost === undefined) {
      boost = nameBoost(names, starts[path] ?? 0, said, weights);
      if (query.pathParts.length > 0) boost += weights.path * pathMatch(book.text(path), query.pathParts) ** 2;
      boosts.set(path, boost);
    }
    return boost;
  };
  const factors = new Float64Array(scores.length);
  const named = new Float64Array(scores.length);
  const promises = new Float64Array(scores.length);
  for (let at = 0; at < scores.length; at++) {
    const path = paths[at] ?? GONE;
    if (path === GONE) {
      promises[at] = -1;
      continue;
    }
    const factor = factorOf[roles[at] ?? 0] ?? 1;
    const boost = readsAll || meets(lows[path] ?? 0, highs[path] ?? 0, said.bits) ? boostOf(path) : 0;
    factors[at] = factor;
    named[at] = boost;
    promises[at] = (scores[at] ?? 0) * factor * (1 + boost);
  }
  return { factors, named, promises };
}

/** What the name and the folders of a file add when the query speaks of them. */
function nameBoost(names: Int32Array, start: number, said: SaidNames, weights: RankingWeights): number {
  const stem = nameMatch(names, start, said, weights.related, 0, 1);
  const folder = nameMatch(names, start, said, weights.related, 1);
  return weights.fileStem * stem ** 2 + weights.folder * folder ** 2 + weights.scope * scopeMatch(names, start, said);
}

/** The places of the finds that promise most, and of all found by meaning. */
export function mostPromising({ meanings }: Finds, { promises, factors }: Weighed, most = CANDIDATES): Uint32Array {
  const least = Math.max(0, promises.length <= most ? 0 : (promises.toSorted()[promises.length - most] ?? 0));
  const chosen = new Uint32Array(promises.length);
  let count = 0;
  for (let at = 0; at < promises.length; at++) {
    const promise = promises[at] ?? 0;
    if (promise < 0) continue;
    if (promise >= least || (meanings[at] ?? 0) * (factors[at] ?? 0) > 0) chosen[count++] = at;
  }
  return chosen.subarray(0, count);
}
