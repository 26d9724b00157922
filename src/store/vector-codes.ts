import type { Database } from "../sqlite.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, type VectorSpace, readBlock } from "./vector-writer.ts";

interface Block {
  readonly revision: number;
  readonly texts: Uint32Array;
  readonly codes: Uint32Array;
}

/** A slot's row id in `vector`, the text it holds, and in how many bits its code differs from the query's. */
export interface NearCode {
  readonly row: number;
  readonly text: number;
}

/** The codes of the active space, kept in memory and brought up to date with the database before each search. */
export class VectorCodes {
  readonly #db: Database;
  #space: VectorSpace | null = null;
  #revision = -1;
  #blocks = new Map<number, Block>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Reads what changed since the last call; `revision` is the database's, read in the same transaction. */
  refresh(revision: number, space: VectorSpace): void {
    if (revision === this.#revision && space.id === this.#space?.id) return;
    const known = space.id === this.#space?.id ? this.#blocks : new Map<number, Block>();
    const rows = this.#db.all<{ id: number; revision: number }>(
      "SELECT id, revision FROM vector_codes WHERE id >= ? AND id < ?",
      space.id * SPACE_STRIDE,
      (space.id + 1) * SPACE_STRIDE,
    );
    this.#blocks = new Map(
      rows.map((row) => {
        const block = known.get(row.id);
        return [row.id, block?.revision === row.revision ? block : this.#load(row.id, row.revision)];
      }),
    );
    this.#space = space;
    this.#revision = revision;
  }

  /** About `count` slots whose codes are nearest to the query's (all that tie with the last), in no order. */
  nearest(query: Uint8Array, count: number, accepts?: (text: number) => boolean): NearCode[] {
    const words = new Uint32Array(query.slice().buffer);
    const distances = new Uint16Array(this.#blocks.size * BLOCK_SLOTS).fill(FAR);
    const histogram = new Uint32Array(8 * query.length + 1);
    let start = 0;
    for (const { texts, codes } of this.#blocks.values()) {
      texts.forEach((text, slot) => {
        if (text === 0 || accepts?.(text) === false) return;
        const distance = hamming(words, codes, slot * words.length);
        distances[start + slot] = distance;
        histogram[distance] = (histogram[distance] ?? 0) + 1;
      });
      start += BLOCK_SLOTS;
    }
    let limit = 0;
    for (let sum = histogram[0] ?? 0; sum < count && limit < histogram.length;) sum += histogram[++limit] ?? 0;
    return this.#collect(distances, limit);
  }

  #collect(distances: Uint16Array, limit: number): NearCode[] {
    const near: NearCode[] = [];
    let start = 0;
    for (const [id, { texts }] of this.#blocks) {
      const base = this.#firstRow(id);
      for (let slot = 0; slot < texts.length; slot++) {
        if ((distances[start + slot] ?? FAR) <= limit) near.push({ row: base + slot, text: texts[slot] ?? 0 });
      }
      start += BLOCK_SLOTS;
    }
    return near;
  }

  #firstRow(id: number): number {
    const space = (this.#space?.id ?? 0) * SPACE_STRIDE;
    return space + (id - space) * BLOCK_SLOTS;
  }

  #load(id: number, revision: number): Block {
    const { texts, codes } = readBlock(this.#db, id);
    return { revision, texts, codes: new Uint32Array(codes.slice().buffer) };
  }
}

const FAR = 0xffff;

function hamming(query: Uint32Array, codes: Uint32Array, at: number): number {
  let distance = 0;
  for (let index = 0; index < query.length; index++) {
    let bits = (query[index] ?? 0) ^ (codes[at + index] ?? 0);
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    distance += (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  return distance;
}
