import type { LexicalTerm } from "../store/index-store.ts";
import { termsOf } from "../terms.ts";
import { MAX_QUERY_TERMS } from "./constants.ts";
import type { QueryAnalysis } from "./query.ts";

/** Shortest beginning of a symbol that is completed: shorter ones begin too many. */
const SHORTEST_PREFIX = 3;

/**
 * What full text is asked for: the stems, the identifiers whole, neighbouring words as one identifier (`type adapter`
 * finds `TypeAdapter`), quoted phrases, and for a symbol typed halfway whatever it begins.
 */
export function lexicalTerms(query: QueryAnalysis): LexicalTerm[] {
  const texts = new Set([...query.stems, ...query.identifiers.map(({ whole }) => whole), ...query.compounds]);
  for (const phrase of query.phrases) texts.add(termsOf(phrase).join(" "));
  const terms: LexicalTerm[] = [...texts].filter((text) => text !== "").map((text) => ({ text }));
  const begun = query.kind === "symbol" ? query.identifiers.at(-1)?.whole : undefined;
  if (begun !== undefined && begun.length >= SHORTEST_PREFIX) terms.push({ text: begun, prefix: true });
  return terms.slice(0, MAX_QUERY_TERMS);
}
