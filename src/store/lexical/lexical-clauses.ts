import type { LexicalTerm } from "../index-store.ts";

/** A word whose postings are looked up: by itself, or as the beginning of words. */
export interface Word {
  readonly text: string;
  readonly prefix: boolean;
  /** As `LexicalTerm.begun`. */
  readonly begun?: string | undefined;
}

/** One term of a query: words that must stand side by side, most often a single one. */
export interface Clause {
  /** Positions in `Query.words`. */
  readonly words: readonly number[];
}

export interface Query {
  readonly words: readonly Word[];
  readonly clauses: readonly Clause[];
}

/** A pasted file must not cost more than a question: words beyond this number are left out. */
const MOST_WORDS = 256;

/** Takes the terms of a query apart; equal words are looked up once and equal terms count once. */
export function parseQuery(terms: readonly LexicalTerm[]): Query {
  const words = new Map<string, number>();
  const list: Word[] = [];
  const clauses = new Map<string, Clause>();
  for (const term of terms) {
    const texts = term.text.split(/\s+/).filter((text) => text !== "");
    if (texts.length === 0 || list.length + texts.length > MOST_WORDS) continue;
    const positions = texts.map((text, index) => {
      const prefix = term.prefix === true && index === texts.length - 1;
      const key = `${prefix ? "*" : "="}${text}`;
      const known = words.get(key);
      if (known !== undefined) return known;
      words.set(key, list.length);
      return list.push({ text, prefix, begun: term.begun }) - 1;
    });
    clauses.set(positions.join(), { words: positions });
  }
  return { words: list, clauses: Array.from(clauses.values()) };
}

/** Whether the words stand side by side somewhere in `terms` (as `termsOf` gives them). */
export function containsPhrase(terms: readonly string[], phrase: readonly Word[]): boolean {
  const matches = (term: string | undefined, word: Word) =>
    term !== undefined && (word.prefix ? term.startsWith(word.text) : term === word.text);
  return terms.some((_, start) => phrase.every((word, offset) => matches(terms[start + offset], word)));
}
