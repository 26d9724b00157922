import type { QueryAnalysis } from "./query.ts";

/**
 * Words as two bits of 64 for each (a Bloom filter): a word is in a set only where both of its bits are. Of the hundreds of
 * candidates of a query few bear a name that it says, and only those are looked at.
 *
 * Of a name the bits are those of the roots of its words, and of the whole of it: what the query says of a name shares a
 * root with the query (equal stems have equal roots) or is written there whole. `nameMatch` and `scopeMatch` hold to that.
 */
export class Sieve {
  #low = 0;
  #high = 0;

  /** Takes a word in; returns the sieve. */
  add(word: string): this {
    return this.addMark(markOf(word));
  }

  /** Takes in a word of which `markOf` is known. */
  addMark(mark: number): this {
    this.#low |= lowOf(mark);
    this.#high |= highOf(mark);
    return this;
  }

  /** Takes in all words of another. */
  addAll(other: Sieve): void {
    this.#low |= other.#low;
    this.#high |= other.#high;
  }

  /** Whether one of the words may be in the set; where not, none is. */
  meets({ lows, highs }: SaidWords): boolean {
    for (let at = 0; at < lows.length; at++) {
      const low = lows[at] ?? 0;
      const high = highs[at] ?? 0;
      if ((this.#low & low) === low && (this.#high & high) === high) return true;
    }
    return false;
  }
}

/** Words that are looked for in sieves, each as its bits. */
export interface SaidWords {
  readonly lows: Int32Array;
  readonly highs: Int32Array;
}

/** What is asked for by name: its bits are those of the whole and of each root. */
interface Asked {
  readonly whole: string;
  readonly roots: readonly string[];
}

/** Whatever in a query can speak of a name. */
export function saidIn({ roots, identifiers }: QueryAnalysis, scope: readonly Asked[]): SaidWords {
  const named = scope.flatMap((name) => [name.whole, ...name.roots]);
  return saidWords([...roots, ...identifiers.map(({ whole }) => whole), ...named]);
}

/** The bits of words. */
export function saidWords(words: readonly string[]): SaidWords {
  const marks = words.map(markOf);
  return { lows: Int32Array.from(marks, lowOf), highs: Int32Array.from(marks, highOf) };
}

/** What bears its bits, such as a name. */
interface Sieved {
  readonly sieve: Sieve;
}

/** The bits of names. */
export function sieveOfNames(names: readonly Sieved[]): Sieve {
  const sieve = new Sieve();
  for (const name of names) sieve.addAll(name.sieve);
  return sieve;
}

/** The bits of one name, of which `whole` and `roots` are given. */
export function sieveOfName(whole: string, roots: readonly string[]): Sieve {
  const sieve = new Sieve().add(whole);
  for (const root of roots) sieve.add(root);
  return sieve;
}

/** Which two bits stand for a word, of 6 bits each. */
export function markOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at++) hash = (Math.imul(hash, 31) + word.charCodeAt(at)) | 0;
  // The upper bits of a product depend on all bits of the factor.
  return Math.imul(hash, 0x9e3779b1) >>> 20;
}

function lowOf(mark: number): number {
  return halfOf(mark & 63) | halfOf(mark >> 6);
}

function highOf(mark: number): number {
  return halfOf((mark & 63) - 32) | halfOf((mark >> 6) - 32);
}

/** A bit of 32; none for the number of one in the other half. */
function halfOf(bit: number): number {
  return bit >= 0 && bit < 32 ? 1 << bit : 0;
}
