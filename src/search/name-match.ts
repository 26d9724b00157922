import type { Name } from "./name.ts";
import type { QueryAnalysis } from "./query.ts";

/**
 * How much of a name (of a definition, a file, a folder) the query speaks of, 0..1: 1 when the query writes it whole,
 * else the share of its words that are asked for, where a word of the same family as one asked for counts `related`.
 */
export function nameMatch(name: Name, query: QueryAnalysis, related: number): number {
  if (isWritten(name, query)) return 1;
  const said = saidOf(name, query, related);
  return said === 0 ? 0 : said / name.stems.length;
}

/** How many words of a name the query says. */
function saidOf({ stems, roots }: Name, query: QueryAnalysis, related: number): number {
  let said = 0;
  stems.forEach((stem, index) => {
    if (query.stems.includes(stem)) said += 1;
    else if (query.roots.includes(roots[index] ?? stem)) said += related;
  });
  return said;
}

/** Whether the query writes the whole name. */
function isWritten({ whole }: Name, { identifiers }: QueryAnalysis): boolean {
  return identifiers.some((identifier) => identifier.whole === whole);
}

/**
 * How strongly the names that a chunk defines speak for it, 0..1: the best match, squared since a name of which half the
 * words are said is far less than half of the evidence, and weakened where it answers only a part of the query (`Json`
 * for "reading JSON numbers with a custom policy").
 */
export function definitionMatch(names: readonly Name[], query: QueryAnalysis, related: number): number {
  return names.reduce((best, name) => {
    const match = nameMatch(name, query, related);
    return match === 0 ? best : Math.max(best, match ** 2 * Math.sqrt(answered(name, query, related)));
  }, 0);
}

/** The share of the query that a name answers. */
function answered(name: Name, query: QueryAnalysis, related: number): number {
  if (isWritten(name, query)) return 1;
  return Math.min(1, saidOf(name, query, related) / Math.max(1, query.stems.length));
}

/** The best match among several names. */
export function bestNameMatch(names: readonly Name[], query: QueryAnalysis, related: number): number {
  return names.reduce((best, name) => Math.max(best, nameMatch(name, query, related)), 0);
}

/**
 * How well a path fits the scope that a query begins with, 0..1: the mean over the scope's parts of the best fit among the
 * path's names, which is 1 for the very name and less for one that has more to it (`indexserver` in `zoekt-indexserver`).
 */
export function scopeMatch(names: readonly Name[], scope: readonly Name[]): number {
  if (scope.length === 0) return 0;
  const fits = scope.map(({ stems }) =>
    names.reduce((best, name) => {
      if (!stems.every((stem) => name.stems.includes(stem))) return best;
      return Math.max(best, name.stems.length === stems.length ? 1 : PART_OF_NAME);
    }, 0),
  );
  return fits.reduce((sum, fit) => sum + fit, 0) / scope.length;
}

/** Measured in steps: 0.6 lies on a plateau. */
const PART_OF_NAME = 0.6;
