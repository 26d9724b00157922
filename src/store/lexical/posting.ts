/**
 * A posting list: for each document its number within the segment (two bytes, little endian, rising) and the term's
 * impact in it (one byte).
 */
export const POSTING_BYTES = 3;

/** Documents per segment: their numbers fit into two bytes, and what one batch rewrites of a segment stays small. */
export const SEGMENT_DOCS = 8192;

/** The document number of the stored posting that begins at this byte. */
export function docAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** Grows a posting list in memory, until it is written. */
export class PostingBuilder {
  #bytes = new Uint8Array(4 * POSTING_BYTES);
  #length = 0;

  add(doc: number, impact: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = doc & 0xff;
    this.#bytes[this.#length++] = doc >> 8;
    this.#bytes[this.#length++] = impact;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Chunk ids of a segment's documents by their number, as stored; 0 where the chunk is gone. */
export function decodeDocs(blob: Uint8Array): Uint32Array {
  return new Uint32Array(blob.slice().buffer);
}

/** The bytes of a list of document numbers, not copied. */
export function encodeDocs(docs: Uint32Array): Uint8Array {
  return new Uint8Array(docs.buffer, docs.byteOffset, docs.byteLength);
}
