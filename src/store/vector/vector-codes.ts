import type { Database } from "../../sqlite.ts";
import { Arena, type Kernel, createKernel } from "../kernel/kernel.ts";
import { Largest } from "../largest.ts";
import { type QuantizedVector, codeBytes, queryTables } from "./quantize.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, type VectorSpace, readBlock } from "./vector-writer.ts";

/** A block's place in the kernel's memory. */
interface Block {
  readonly revision: number;
  /** Texts (4 bytes per slot), factors (4 bytes per slot) and codes, one after the other. */
  readonly address: number;
  readonly count: number;
}

/** Vectors that are near to the query by their codes, side by side. */
export interface NearSlots {
  /** Their numbers in the space. */
  readonly slots: Uint32Array;
  /** Cosines of the query and each, as the codes tell them. */
  readonly estimates: Float32Array;
}

/** The bottom of the kernel's memory: the query's tables, and of a block the estimates and the slots that were found. */
const TABLES = 0;
const ESTIMATES = TABLES + 32 * 1024;
const FOUND = ESTIMATES + 4 * BLOCK_SLOTS;
const BOTTOM = FOUND + 4 * BLOCK_SLOTS;

const FACTORS = 4 * BLOCK_SLOTS;
const CODES = FACTORS + 4 * BLOCK_SLOTS;

/** Slots whose codes stand side by side, byte by byte. */
const ABREAST = 16;

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
   * The `count` vectors that are nearest to the query as far as their signs tell, in no order: those of the largest
   * estimates of their cosine.
   */
  nearest(query: QuantizedVector, count: number, accepts?: (text: number) => boolean): NearSlots {
    const { buffer } = this.#kernel.memory;
    const { tables, bias, scale } = queryTables(query);
    new Uint8Array(buffer, TABLES, tables.length).set(tables);
    const largest = new Largest(count);
    const width = codeBytes(this.space.dimensions);
    const estimates = new Float32Array(buffer, ESTIMATES, BLOCK_SLOTS);
    const found = new Uint32Array(buffer, FOUND, BLOCK_SLOTS);
    const words = new Uint32Array(buffer);
    for (const [number, block] of this.#blocks) {
      const { address } = block;
      this.#kernel.estimates(TABLES, address + CODES, address + FACTORS, block.count, width, bias, ESTIMATES);
      const taken = this.#kernel.atLeast(ESTIMATES, block.count, largest.threshold, FOUND);
      for (let index = 0; index < taken; index++) {
        const slot = found[index] ?? 0;
        const estimate = estimates[slot] ?? 0;
        // What was offered meanwhile has raised it.
        if (estimate < largest.threshold) continue;
        const text = words[address / 4 + slot] ?? 0;
        if (text === 0 || accepts?.(text) === false) continue;
        largest.offer(number * BLOCK_SLOTS + slot, estimate);
      }
    }
    const { items, values } = largest.all();
    return { slots: items, estimates: values.map((value) => value * scale) };
  }

  /** The text that the vector in each of these slots is of. */
  textsAt(slots: Uint32Array): Uint32Array {
    const words = new Uint32Array(this.#kernel.memory.buffer);
    const texts = new Uint32Array(slots.length);
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0;
      const address = this.#blocks.get(Math.floor(slot / BLOCK_SLOTS))?.address ?? 0;
      texts[index] = words[address / 4 + (slot % BLOCK_SLOTS)] ?? 0;
    }
    return texts;
  }

  #load(id: number, revision: number, known: number | undefined): Block {
    const { texts, factors, codes } = readBlock(this.#db, id);
    const width = codeBytes(this.space.dimensions);
    const bytes = CODES + BLOCK_SLOTS * width;
    const address = known ?? this.#free.pop() ?? this.#arena.reserve(bytes);
    const { buffer } = this.#kernel.memory;
    // What another block left behind the end of this one would be taken for slots.
    new Uint8Array(buffer, address, bytes).fill(0);
    new Uint32Array(buffer, address, texts.length).set(texts);
    new Float32Array(buffer, address + FACTORS, factors.length).set(factors);
    const abreast = new Uint8Array(buffer, address + CODES, BLOCK_SLOTS * width);
    for (let slot = 0; slot < texts.length; slot++) {
      const first = (slot - (slot % ABREAST)) * width + (slot % ABREAST);
      for (let at = 0; at < width; at++) abreast[first + at * ABREAST] = codes[slot * width + at] ?? 0;
    }
    return { revision, address, count: texts.length };
  }
}
