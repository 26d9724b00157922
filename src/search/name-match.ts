import { partsOf, stemOf, wholeOf } from "../terms.ts";
import type { QueryAnalysis } from "./query.ts";

/**
 * How much of a name (of a definition, a file, a folder) the query speaks of, 0..1: 1 when the query writes it whole,
 * else the share of its words that are asked for.
 */
export function nameMatch(name: string, query: QueryAnalysis): number {
  const whole = wholeOf(name);
  if (query.identifiers.some((identifier) => identifier.whole === whole)) return 1;
  const parts = [...new Set(partsOf(name).map(stemOf))];
  if (parts.length === 0) return 0;
  return parts.filter((part) => query.stems.includes(part)).length / parts.length;
}

/**
 * How strongly the names that a chunk defines speak for it, 0..1: the best match, squared since a name of which half the
 * words are said is far less than half of the evidence, and weakened where it answers only a part of the query (`Json`
 * for "reading JSON numbers with a custom policy").
 */
export function definitionMatch(names: readonly string[], query: QueryAnalysis): number {
  return names.reduce((best, name) => {
    const match = nameMatch(name, query);
    return match === 0 ? best : Math.max(best, match ** 2 * Math.sqrt(answered(name, query)));
  }, 0);
}

/** The share of the query that a name answers. */
function answered(name: string, query: QueryAnalysis): number {
  const whole = wholeOf(name);
  if (query.identifiers.some((identifier) => identifier.whole === whole)) return 1;
  const parts = new Set(partsOf(name).map(stemOf));
  return query.stems.filter((stem) => parts.has(stem)).length / Math.max(1, query.stems.length);
}

/** The best match among several names. */
export function bestNameMatch(names: readonly string[], query: QueryAnalysis): number {
  return names.reduce((best, name) => Math.max(best, nameMatch(name, query)), 0);
}
