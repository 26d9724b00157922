import { impactOf } from "../lexical/lexical-weights.ts";
import { type LexicalDocument, TermCounter } from "../lexical/term-counter.ts";

export interface SparseVector {
  readonly indices: number[];
  readonly values: number[];
}

/** A term's number in sparse vectors, as Qdrant's own BM25 numbers tokens: |murmur3_32(token, seed 0)| as 32 signed bits. */
export function tokenId(term: string): number {
  return Math.abs(murmur3(Buffer.from(term)) | 0);
}

/** Identifiers remembered at most: what a large project has; beyond, remembering costs more memory than it saves time. */
const MOST_NAMES = 200_000;

/**
 * Documents as sparse vectors: their terms with the impact that they have in the embedded full text, whole numbers up to 255,
 * which 16 bits hold exactly. Rarity is in the question. Documents of one project share most of their words, so one encoder
 * for many of them splits and hashes each word once.
 */
export class SparseEncoder {
  #counter = new TermCounter();
  /** Token ids by the counter's numbers of terms. */
  #tokens: number[] = [];

  encode(document: LexicalDocument): SparseVector {
    if (this.#counter.names > MOST_NAMES) [this.#counter, this.#tokens] = [new TermCounter(), []];
    const sums = new Map<number, number>();
    this.#counter.count(document, (term, weight, length) => {
      const token = (this.#tokens[term] ??= tokenId(this.#counter.term(term)));
      sums.set(token, (sums.get(token) ?? 0) + impactOf(weight, length));
    });
    return vectorOf(sums);
  }
}

/** A sparse vector of weighted terms. */
export function sparseOf(weighted: readonly (readonly [term: string, weight: number])[]): SparseVector {
  const sums = new Map<number, number>();
  for (const [term, weight] of weighted) {
    const token = tokenId(term);
    sums.set(token, (sums.get(token) ?? 0) + weight);
  }
  return vectorOf(sums);
}

/** Terms that share a number have been added up by then. */
function vectorOf(sums: ReadonlyMap<number, number>): SparseVector {
  return { indices: Array.from(sums.keys()), values: Array.from(sums.values()) };
}

/** MurmurHash3, 32 bits, seed 0 (Austin Appleby, public domain). */
export function murmur3(bytes: Uint8Array): number {
  let hash = 0;
  const whole = bytes.length - (bytes.length % 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < whole; at += 4) {
    hash ^= scramble(view.getUint32(at, true));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
