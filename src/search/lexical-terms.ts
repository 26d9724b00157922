import type { LexicalTerm } from "../store/index-store.ts";
import { termsOf } from "../terms.ts";
import { MAX_QUERY_TERMS } from "./constants.ts";
import type { QueryAnalysis } from "./query.ts";

/** What full text is asked for: the stems of the words, the identifiers whole, and quoted phrases. */
export function lexicalTerms(query: QueryAnalysis): LexicalTerm[] {
  const texts = new Set([...query.identifiers.map(({ whole }) => whole), ...query.stems]);
  for (const phrase of query.phrases) texts.add(termsOf(phrase).join(" "));
  return Array.from(texts, (text) => ({ text }))
    .filter(({ text }) => text !== "")
    .slice(0, MAX_QUERY_TERMS);
}

/** A symbol that may have been typed only halfway. */
export interface BegunSymbol {
  /** The term it has in the index when it is whole. */
  readonly whole: LexicalTerm;
  /** Whatever it begins. */
  readonly begun: LexicalTerm;
}

/** The last symbol of the query, to be completed; null where the query is no symbol, or too short to complete. */
export function begunSymbol(query: QueryAnalysis): BegunSymbol | null {
  const last = query.kind === "symbol" ? query.identifiers.at(-1) : undefined;
  if (last === undefined || last.whole.length < SHORTEST_BEGINNING) return null;
  const whole = last.parts.length > 1 ? last.whole : (last.parts[0] ?? last.whole);
  return { whole: { text: whole }, begun: { text: last.whole, prefix: true } };
}

/** Shorter beginnings begin too much. */
const SHORTEST_BEGINNING = 3;
