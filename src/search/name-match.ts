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

/** The best match among several names. */
export function bestNameMatch(names: readonly string[], query: QueryAnalysis): number {
  return names.reduce((best, name) => Math.max(best, nameMatch(name, query)), 0);
}
