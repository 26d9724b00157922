import { partsOf, stemOf } from "../terms.ts";
import type { QueryAnalysis } from "./query.ts";
import { type Bits, bitsOf, hashOf, markOf } from "./sieve.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { rootOf } from "./word-root.ts";

/** What a query says of names, in the numbers of a vocabulary. */
export interface SaidNames {
  /** By the number of a stem: 0, `RELATED` or `SAID`. Words that came into the vocabulary since are not said. */
  readonly stems: Uint8Array;
  /** Of the names that the query writes: the hash of each. */
  readonly written: readonly number[];
  /** How many words the query says. */
  readonly count: number;
  /** Of what the query begins with, such as `net/http:`: the stems of each part; of words that no name has, -1. */
  readonly scope: readonly (readonly number[])[];
  /** Of whatever in the query can speak of a name. */
  readonly bits: Bits;
}

export const RELATED = 1;
export const SAID = 2;

/** Reads a query in the words of a vocabulary. */
export function saidNames(query: QueryAnalysis, vocabulary: Vocabulary): SaidNames {
  const stems = new Uint8Array(vocabulary.size);
  for (const root of query.roots) for (const number of vocabulary.family(root)) stems[number] = RELATED;
  for (const stem of query.stems) {
    const number = vocabulary.ofStem(stem);
    if (number !== undefined) stems[number] = SAID;
  }
  const begun = completions(query, vocabulary);
  for (const number of begun) stems[number] = SAID;
  const scope = query.scope.map((part) => [...new Set(partsOf(part).map(stemOf))]);
  const written = query.identifiers.map(({ whole }) => hashOf(whole));
  const roots = [...query.roots, ...scope.flat().map(rootOf)].map(hashOf);
  const marks = [...[...roots, ...written].map(markOf), ...begun.map((number) => vocabulary.markOf(number))];
  return {
    stems,
    written,
    count: query.stems.length,
    scope: scope.map((part) => part.map((stem) => vocabulary.ofStem(stem) ?? -1)),
    bits: bitsOf(marks),
  };
}

/** What the last word of a symbol may be the beginning of, where no name has such a word: `debounceTi`, `debounceTime`. */
function completions({ kind, identifiers }: QueryAnalysis, vocabulary: Vocabulary): readonly number[] {
  const last = kind === "symbol" ? identifiers.at(-1)?.parts.at(-1) : undefined;
  return last === undefined || vocabulary.ofStem(last) !== undefined ? [] : vocabulary.begunBy(last);
}
