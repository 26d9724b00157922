import type { LexicalTerm } from "../store/index-store.ts";
import { termsOf } from "../terms.ts";
import { MAX_QUERY_TERMS } from "./constants.ts";
import type { QueryAnalysis } from "./query.ts";
import { rootOf } from "./word-root.ts";

/**
 * What full text is asked for: the stems of the words, the identifiers whole, and quoted phrases. A word of a question that
 * nobody wrote stands for its family (`extraction` for `extract`, `behaviour` for `behavior`), or for what it begins.
 */
export function lexicalTerms(query: QueryAnalysis): LexicalTerm[] {
  const { kind, stems, identifiers, phrases } = query;
  const isQuestion = (kind === "words" || kind === "mixed") && stems.length <= MOST_BEGUN;
  const begun = new Map(isQuestion ? stems.map((stem) => [stem, beginningOf(stem)]) : []);
  const texts = new Set([...identifiers.map(({ whole }) => whole), ...stems]);
  for (const phrase of phrases) texts.add(termsOf(phrase).join(" "));
  return Array.from(texts, (text) => {
    const beginning = begun.get(text) ?? "";
    return beginning === "" ? { text } : { text, begun: beginning };
  })
    .filter(({ text }) => text !== "")
    .slice(0, MAX_QUERY_TERMS);
}

/** What the words of the family of a stem begin with; empty where that is too short to tell. */
function beginningOf(stem: string): string {
  if (stem.length < SHORTEST_KNOWN) return "";
  const root = rootOf(stem);
  return root.length < SHORTEST_ROOT ? stem : root;
}

/** Shorter words and roots begin too much. */
const SHORTEST_KNOWN = 5;
const SHORTEST_ROOT = 4;
/** Words of a question: a longer text says enough without those that nobody wrote. */
const MOST_BEGUN = 16;

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
