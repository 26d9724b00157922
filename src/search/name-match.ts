import type { Name } from "./names.ts";
import type { QueryAnalysis } from "./query.ts";

/**
 * How much of a name (of a definition, a file, a folder) the query speaks of, 0..1: 1 when the query writes it whole,
 * else the share of its words that are asked for.
 */
export function nameMatch(name: Name, query: QueryAnalysis): number {
  if (isWritten(name, query)) return 1;
  let asked = 0;
  for (const stem of name.stems) if (query.stems.includes(stem)) asked++;
  return asked === 0 ? 0 : asked / name.stems.length;
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
export function definitionMatch(names: readonly Name[], query: QueryAnalysis): number {
  return names.reduce((best, name) => {
    const match = nameMatch(name, query);
    return match === 0 ? best : Math.max(best, match ** 2 * Math.sqrt(answered(name, query)));
  }, 0);
}

/** The share of the query that a name answers. */
function answered(name: Name, query: QueryAnalysis): number {
  if (isWritten(name, query)) return 1;
  return query.stems.filter((stem) => name.stems.includes(stem)).length / Math.max(1, query.stems.length);
}

/** The best match among several names. */
export function bestNameMatch(names: readonly Name[], query: QueryAnalysis): number {
  return names.reduce((best, name) => Math.max(best, nameMatch(name, query)), 0);
}
