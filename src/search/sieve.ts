import type { QueryAnalysis } from "./query.ts";

/**
 * Words as bits, one of 64 for each (a Bloom filter of one function): two sets that have a word in common have a bit in
 * common. Of the hundreds of candidates of a query few bear a name that it says, and only those are looked at.
 *
 * Of a name the bits are those of the roots of its words, and of the whole of it: what the query says of a name shares a
 * root with the query (equal stems have equal roots) or is written there whole. `nameMatch` and `scopeMatch` hold to that.
 */
export class Sieve {
  #low = 0;
  #high = 0;

  /** Takes a word in; returns the sieve. */
  add(word: string): this {
    return this.addBit(bitOf(word));
  }

  /** Takes in a word of which `bitOf` is known. */
  addBit(bit: number): this {
    if (bit < 32) this.#low |= 1 << bit;
    else this.#high |= 1 << (bit - 32);
    return this;
  }

  /** Takes in all words of another. */
  addAll(other: Sieve): void {
    this.#low |= other.#low;
    this.#high |= other.#high;
  }

  /** Whether the two may have a word in common; where not, they have none. */
  meets(other: Sieve): boolean {
    return ((this.#low & other.#low) | (this.#high & other.#high)) !== 0;
  }
}

/** What bears its bits, such as a name. */
interface Sieved {
  readonly sieve: Sieve;
}

/** The bits of whatever in a query can speak of a name. */
export function sieveOfQuery({ roots, identifiers }: QueryAnalysis, scope: readonly Sieved[]): Sieve {
  const sieve = sieveOfNames(scope);
  for (const root of roots) sieve.add(root);
  for (const { whole } of identifiers) sieve.add(whole);
  return sieve;
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

/** The bit of a word, 0..63. */
export function bitOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at++) hash = (Math.imul(hash, 31) + word.charCodeAt(at)) | 0;
  // The upper bits of a product depend on all bits of the factor.
  return Math.imul(hash, 0x9e3779b1) >>> 26;
}
