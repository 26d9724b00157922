import type { Database } from "../../sqlite.ts";
import { Arena, type Kernel, createKernel } from "../kernel/kernel.ts";
import { type QuantizedVector, codeBytes, queryPlanes, signBits } from "./quantize.ts";
import { selectLargest } from "../select-largest.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, type VectorSpace, readBlock } from "./vector-writer.ts";

/** A block's place in the kernel's memory. */
interface Block {
  readonly revision: number;
  /** Texts (4 bytes per slot), distances (2 bytes per slot) and codes, one after the other. */
  readonly address: number;
  readonly count: number;
  readonly factors: Float32Array;
}

/** A vector that is near to the query by its code: its number in the space, and the text it is of. */
export interface NearSlot {
  readonly slot: number;
  readonly text: number;
}

/** Slots that are looked at twice, side by side. */
interface Near {
  readonly slots: Int32Array;
  readonly texts: Uint32Array;
  readonly factors: Float32Array;
}

/** Room for codes that are looked at twice, of which half to all is used: a share of all, between these bounds. */
const LOOKED_AT_TWICE = 1 / 10;
const LEAST_TWICE = 4000;
const MOST_TWICE = 60_000;

/**
 * The bottom of the kernel's memory: the query's code and planes, a masked block's texts, slots found in a block, the
 * histogram, and for the codes looked at twice their addresses and sums.
 */
const QUERY = 0;
const PLANES = 1024;
const MASKED = PLANES + 4 * 1024;
const FOUND = MASKED + 4 * BLOCK_SLOTS;
const HISTOGRAM = FOUND + 4 * BLOCK_SLOTS;
const ADDRESSES = HISTOGRAM + 4 * (8 * 1024 + 1) + 12;
const SUMS = ADDRESSES + 4 * MOST_TWICE;
const BOTTOM = SUMS + 4 * MOST_TWICE;

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
  #slots = 0;

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
    this.#slots = Array.from(next.values()).reduce((sum, { count }) => sum + count, 0);
    this.#revision = revision;
  }

  /** How many slots there are, the empty ones among them. */
  get slots(): number {
    return this.#slots;
  }

  /**
   * The `count` vectors that are nearest to the query as far as their signs tell, in no order. First by the signs of the
   * query, which is fast, then the best of them by its components, which is more precise.
   */
  nearest(query: QuantizedVector, count: number, accepts?: (text: number) => boolean): NearSlot[] {
    const twice = Math.min(MOST_TWICE, Math.max(LEAST_TWICE, 4 * count, Math.floor(LOOKED_AT_TWICE * this.slots)));
    this.#measure(signBits(query.data), accepts);
    const near: Near = {
      slots: new Int32Array(twice),
      texts: new Uint32Array(twice),
      factors: new Float32Array(twice),
    };
    const found = this.#collectNearest(8 * codeBytes(this.space.dimensions), near);
    const planes = queryPlanes(query);
    const { buffer } = this.#kernel.memory;
    new Uint8Array(buffer, PLANES, planes.bits.length).set(planes.bits);
    this.#kernel.sums(PLANES, ADDRESSES, found, planes.bits.length / 4, SUMS);
    const estimates = new Float32Array(found);
    new Int32Array(buffer, SUMS, found).forEach((sum, index) => {
      // Components where the sign is positive count for, all others against.
      estimates[index] = (2 * sum - planes.total) * (near.factors[index] ?? 0);
    });
    return selectLargest(estimates, count).map((index) => ({
      slot: near.slots[index] ?? 0,
      text: near.texts[index] ?? 0,
    }));
  }

  /** Leaves each slot's distance from the query in its block, and the histogram of all of them. */
  #measure(query: Uint8Array, accepts?: (text: number) => boolean): void {
    const { buffer } = this.#kernel.memory;
    new Uint32Array(buffer, HISTOGRAM, 8 * query.length + 1).fill(0);
    new Uint8Array(buffer, QUERY, query.length).set(query);
    for (const { address, count } of this.#blocks.values()) {
      const texts = accepts === undefined ? address : this.#mask(address, count, accepts);
      this.#kernel.distances(QUERY, address + CODES, texts, count, query.length, address + DISTANCES, HISTOGRAM);
    }
  }

  /** Collects the slots of the smallest distances, of `bits` at most; returns how many. */
  #collectNearest(bits: number, near: Near): number {
    const { buffer } = this.#kernel.memory;
    const histogram = new Uint32Array(buffer, HISTOGRAM, bits + 1);
    // Up to a distance within which there are no more than there is room for, but for the last one reached.
    let sum = 0;
    let limit = -1;
    while (sum < near.slots.length / 2 && limit < bits) sum += histogram[++limit] ?? 0;
    const addresses = new Uint32Array(buffer, ADDRESSES, MOST_TWICE);
    const found = new Uint32Array(buffer, FOUND, BLOCK_SLOTS);
    const width = codeBytes(this.space.dimensions);
    let total = 0;
    for (const [number, { address, count, factors }] of this.#blocks) {
      const most = Math.min(near.slots.length - total, BLOCK_SLOTS);
      const taken = this.#kernel.collect(address + DISTANCES, count, limit, FOUND, most);
      const texts = new Uint32Array(buffer, address, count);
      for (let index = 0; index < taken; index++) {
        const slot = found[index] ?? 0;
        addresses[total] = address + CODES + slot * width;
        near.slots[total] = number * BLOCK_SLOTS + slot;
        near.texts[total] = texts[slot] ?? 0;
        near.factors[total++] = factors[slot] ?? 0;
      }
    }
    return total;
  }

  #mask(address: number, slots: number, accepts: (text: number) => boolean): number {
    const { buffer } = this.#kernel.memory;
    const texts = new Uint32Array(buffer, address, slots);
    new Uint32Array(buffer, MASKED, slots).set(texts.map((text) => (text !== 0 && accepts(text) ? text : 0)));
    return MASKED;
  }

  #load(id: number, revision: number, known: number | undefined): Block {
    const { texts, factors, codes } = readBlock(this.#db, id);
    const bytes = CODES + BLOCK_SLOTS * codeBytes(this.space.dimensions);
    const address = known ?? this.#free.pop() ?? this.#arena.reserve(bytes);
    const { buffer } = this.#kernel.memory;
    new Uint32Array(buffer, address, texts.length).set(texts);
    new Uint8Array(buffer, address + CODES, codes.length).set(codes);
    return { revision, address, count: texts.length, factors };
  }
}
