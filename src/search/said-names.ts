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
  const scope = query.scope.map((part) => scopeStems(part).map((stem) => vocabulary.ofStem(stem) ?? -1));
  return { stems, written: query.identifiers.map(({ whole }) => hashOf(whole)), count: query.stems.length, scope };
}

/** The bits of whatever in a query can speak of a name. */
export function saidBits({ roots, identifiers, scope }: QueryAnalysis): Bits {
  const words = [...roots, ...identifiers.map(({ whole }) => whole), ...scope.flatMap(scopeStems).map(rootOf)];
  return bitsOf(words.map((word) => markOf(hashOf(word))));
}

function scopeStems(part: string): string[] {
  return [...new Set(partsOf(part).map(stemOf))];
}
