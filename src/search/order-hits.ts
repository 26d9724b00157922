import { bestFirst } from "./best-first.ts";
import { matchedOf } from "./finds.ts";
import { type Standing, mergeNeighbours } from "./merge.ts";
import type { RankedHits } from "./ranked-hit.ts";
import { saturate } from "./saturate.ts";

/** Candidates as columns, in any order. */
export interface Candidates extends Standing {
  readonly meanings: Float64Array;
  /** As `Finds.matched`. */
  readonly matched: Uint8Array;
  readonly pathOf: (index: number) => string;
}

/** Puts candidates in order, neighbours as one hit and each further hit of a file counting `saturation` of the one before. */
export function orderHits(candidates: Candidates, saturation: number): RankedHits {
  const { ids, meanings, files, matched, pathOf } = candidates;
  const byId = (a: number, b: number) => (ids[a] ?? 0) - (ids[b] ?? 0);
  // Where words tell no place in a file, the nearest in meaning leads.
  const order = bestFirst(candidates.scores, (a, b) => (meanings[b] ?? 0) - (meanings[a] ?? 0) || byId(a, b));
  const { leads, groups } = mergeNeighbours(order, candidates);
  const scores = Float64Array.from(leads, (lead) => candidates.scores[lead] ?? 0);
  saturate(
    scores,
    leads.map((lead) => files.of[lead] ?? 0),
    saturation,
  );
  const hits = bestFirst(scores, (a, b) => byId(leads[a] ?? 0, leads[b] ?? 0));
  const hitAt = (place: number) => {
    const lead = leads[place] ?? 0;
    const group = groups.get(lead) ?? [lead];
    return {
      path: pathOf(lead),
      lead: { id: ids[lead] ?? 0 },
      chunks: group.map((at) => ({ id: ids[at] ?? 0 })),
      score: scores[place] ?? 0,
      matched: matchedOf(group.reduce((lists, at) => lists | (matched[at] ?? 0), 0)),
    };
  };
  return { length: hits.length, slice: (start, end) => Array.from(hits.subarray(start, end), hitAt) };
}
