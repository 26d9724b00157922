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

  /** Its 64 bits in two halves. */
  get low(): number {
    return this.#low;
  }

  get high(): number {
    return this.#high;
  }

  /** Takes in a word by its mark; returns the sieve. */
  add(mark: number): this {
    this.#low |= lowOf(mark);
    this.#high |= highOf(mark);
    return this;
  }
}

/** Many sieves, or words, as their bits, in two halves of 32. */
export interface Bits {
  readonly lows: Int32Array;
  readonly highs: Int32Array;
}

/** The bits of words, by their marks. */
export function bitsOf(marks: readonly number[]): Bits {
  return { lows: Int32Array.from(marks, lowOf), highs: Int32Array.from(marks, highOf) };
}

/** Whether one of the words may be in a sieve, of which the halves are given; where not, none is. */
export function meets(ownLow: number, ownHigh: number, { lows, highs }: Bits): boolean {
  for (let at = 0; at < lows.length; at++) {
    const low = lows[at] ?? 0;
    const high = highs[at] ?? 0;
    if ((ownLow & low) === low && (ownHigh & high) === high) return true;
  }
  return false;
}

/** 32 bits of a word (FNV-1a): of four thousand million pairs of words one is taken for the same. */
export function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash | 0;
}

/** Which two bits stand for a word, of 6 bits each; `hash` is as `hashOf` gives it. */
export function markOf(hash: number): number {
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
