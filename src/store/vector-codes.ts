import type { Database } from "../sqlite.ts";
import { Arena, type Kernel, createKernel } from "./kernel.ts";
import { codeBytes } from "./quantize.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, type VectorSpace, readBlock } from "./vector-writer.ts";

/** A block's place in the kernel's memory. */
interface Block {
  readonly revision: number;
  /** Texts (4 bytes per slot), distances (2 bytes per slot) and codes, one after the other. */
  readonly address: number;
  readonly count: number;
}

/** A vector whose code is near to the query's: its number in the space, and the text it is of. */
export interface NearSlot {
  readonly slot: number;
  readonly text: number;
}

/** The bottom of the kernel's memory: the query's code, the histogram, a masked block's texts, what was found. */
const QUERY = 0;
const MASKED = 4096;
const FOUND = MASKED + 4 * BLOCK_SLOTS;
const HISTOGRAM = FOUND + 4 * BLOCK_SLOTS;
const BOTTOM = HISTOGRAM + 4 * 8 * 4096;

const DISTANCES = 4 * BLOCK_SLOTS;
const CODES = DISTANCES + 2 * BLOCK_SLOTS;

/** The codes of one space, kept in memory and brought up to date with the database before each search. */
export class VectorCodes {
  readonly space: VectorSpace;
  readonly #db: Database;
  readonly #kernel: Kernel = createKernel();
  readonly #arena: Arena;
  readonly #free: number[] = [];
  #revision = -1;
  #blocks = new Map<number, Block>();

  constructor(db: Database, space: VectorSpace) {
    this.space = space;
    this.#db = db;
    this.#arena = new Arena(this.#kernel.memory, BOTTOM);
  }

  /** Reads what changed since the last call; `revision` is the database's, read in the same transaction. */
  refresh(revision: number): void {
    if (revision === this.#revision) return;
    const first = this.space.id * SPACE_STRIDE;
    const rows = this.#db.all<{ id: number; revision: number }>(
      "SELECT id, revision FROM vector_codes WHERE id >= ? AND id < ?",
      first,
      first + SPACE_STRIDE,
    );
    const next = new Map<number, Block>();
    for (const row of rows) {
      const number = row.id - first;
      const known = this.#blocks.get(number);
      next.set(number, known?.revision === row.revision ? known : this.#load(row.id, row.revision, known?.address));
    }
    for (const [number, { address }] of this.#blocks) if (!next.has(number)) this.#free.push(address);
    this.#blocks = next;
    this.#revision = revision;
  }

  /** The `count` vectors whose codes are nearest to the query's, in no order. */
  nearest(query: Uint8Array, count: number, accepts?: (text: number) => boolean): NearSlot[] {
    const bins = 8 * query.length + 1;
    const { buffer } = this.#kernel.memory;
    const histogram = new Uint32Array(buffer, HISTOGRAM, bins).fill(0);
    new Uint8Array(buffer, QUERY, query.length).set(query);
    for (const { address, count: slots } of this.#blocks.values()) {
      const texts = accepts === undefined ? address : this.#mask(address, slots, accepts);
      this.#kernel.distances(QUERY, address + CODES, texts, slots, query.length, address + DISTANCES, HISTOGRAM);
    }
    let sum = 0;
    let limit = -1;
    while (sum < count && limit + 1 < bins) sum += histogram[++limit] ?? 0;
    const near: NearSlot[] = [];
    if (limit > 0) this.#collect(0, limit - 1, count, near);
    this.#collect(limit, limit, count, near);
    return near;
  }

  #collect(low: number, high: number, count: number, near: NearSlot[]): void {
    const { buffer } = this.#kernel.memory;
    const found = new Uint32Array(buffer, FOUND, BLOCK_SLOTS);
    for (const [number, { address, count: slots }] of this.#blocks) {
      const most = Math.min(count - near.length, BLOCK_SLOTS);
      if (most <= 0) return;
      const taken = this.#kernel.collect(address + DISTANCES, slots, low, high, FOUND, most);
      if (taken === 0) continue;
      const texts = new Uint32Array(buffer, address, slots);
      for (let index = 0; index < taken; index++) {
        const slot = found[index] ?? 0;
        near.push({ slot: number * BLOCK_SLOTS + slot, text: texts[slot] ?? 0 });
      }
    }
  }

  #mask(address: number, slots: number, accepts: (text: number) => boolean): number {
    const { buffer } = this.#kernel.memory;
    const texts = new Uint32Array(buffer, address, slots);
    new Uint32Array(buffer, MASKED, slots).set(texts.map((text) => (text !== 0 && accepts(text) ? text : 0)));
    return MASKED;
  }

  #load(id: number, revision: number, known: number | undefined): Block {
    const { texts, codes } = readBlock(this.#db, id);
    const bytes = CODES + BLOCK_SLOTS * codeBytes(this.space.dimensions);
    const address = known ?? this.#free.pop() ?? this.#arena.reserve(bytes);
    const { buffer } = this.#kernel.memory;
    new Uint32Array(buffer, address, texts.length).set(texts);
    new Uint8Array(buffer, address + CODES, codes.length).set(codes);
    return { revision, address, count: texts.length };
  }
}
