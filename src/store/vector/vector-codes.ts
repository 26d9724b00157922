import type { Database } from "../../sqlite.ts";
import { Arena, type Kernel, createKernel } from "../kernel/kernel.ts";
import { reach } from "../kernel/reach.ts";
import { centreOf } from "./centre.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, readBlock } from "./code-blocks.ts";
import { queryTables } from "./query-tables.ts";
import { codeBytes, partedQuery } from "./sign-code.ts";
import type { VectorSpace } from "./vector-writer.ts";

/** A block's place in the kernel's memory. */
interface Block {
  readonly revision: number;
  /** Which one of the space it is. */
  readonly number: number;
  /** Texts, factors, shares and estimates (4 bytes per slot each) and codes, one after the other. */
  readonly address: number;
  readonly count: number;
  /** The largest of its factors, and of its shares on either side of 0. */
  readonly factor: number;
  readonly share: number;
}

/** Vectors that are near to a query by their codes, side by side, in no order. */
export interface NearSlots {
  /** Their numbers in the space, and the text that each is of. */
  readonly slots: Uint32Array;
  readonly texts: Uint32Array;
  /** Cosines of the query and each, as the codes tell them. */
  readonly estimates: Float32Array;
}

/** The bottom of the kernel's memory: the query's tables. */
const TABLES = 0;
const BOTTOM = 32 * 1024;

const FACTORS = 4 * BLOCK_SLOTS;
const SHARES = FACTORS + 4 * BLOCK_SLOTS;
const ESTIMATES = SHARES + 4 * BLOCK_SLOTS;
const CODES = ESTIMATES + 4 * BLOCK_SLOTS;

/** Floats are rounded where they are multiplied. */
const ROUNDED_UP = 1.001;

/** Slots whose codes stand side by side, byte by byte. */
const ABREAST = 16;
/** Of so many of them, every fourth, the largest estimate is kept beside the estimates. */
const PER_BEST = 4;
const BLOCK_BESTS = BLOCK_SLOTS / PER_BEST;

/** The codes of one space, kept in memory and brought up to date with the database before each search. */
export class VectorCodes {
  readonly space: VectorSpace;
  readonly #db: Database;
  readonly #kernel: Kernel = createKernel();
  readonly #arena: Arena;
  readonly #free: number[] = [];
  #revision = -1;
  #blocks = new Map<number, Block>();
  /** The same in the order in which their best estimates stand side by side. */
  #order: readonly Block[] = [];
  /** Room for those, and behind it for the numbers of some of them. */
  #bests = { address: 0, count: 0 };
  #slots = 0;
  /** The largest factor and share of all. */
  #most = { factor: 0, share: 0 };
  /** No estimate in the kernel's memory is farther from 0. */
  #farthest = 0;
  #centre: Float32Array | null = null;
  /** A cosine = an estimate in the kernel's memory * scale + common. */
  #scale = 1;
  #common = 0;

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
    this.#centre = centreOf(this.#db, this.space);
    const next = new Map<number, Block>();
    for (const row of rows) {
      const number = row.id - first;
      const known = this.#blocks.get(number);
      next.set(number, known?.revision === row.revision ? known : this.#load(number, row.revision, known?.address));
    }
    for (const [number, { address }] of this.#blocks) if (!next.has(number)) this.#free.push(address);
    this.#blocks = next;
    this.#order = Array.from(next.values());
    this.#slots = this.#order.reduce((sum, { count }) => sum + count, 0);
    this.#most = {
      factor: this.#order.reduce((most, { factor }) => Math.max(most, factor), 0),
      share: this.#order.reduce((most, { share }) => Math.max(most, share), 0),
    };
    this.#makeRoom(next.size * BLOCK_BESTS);
    this.#revision = revision;
  }

  /** How many slots there are, the empty ones among them. */
  get slots(): number {
    return this.#slots;
  }

  /** Estimates the cosine of the query and each vector, for what is asked until the next call. */
  estimate(query: Float32Array): void {
    const { across, along, common } = partedQuery(query, this.#centre);
    const { tables, bias, scale, magnitudes } = queryTables(across);
    new Uint8Array(this.#kernel.memory.buffer, TABLES, tables.length).set(tables);
    this.#scale = scale === 0 ? 1 : scale;
    this.#common = common;
    const lean = along / this.#scale;
    this.#farthest = ROUNDED_UP * (this.#most.factor * magnitudes + this.#most.share * Math.abs(lean));
    const width = codeBytes(this.space.dimensions);
    this.#order.forEach(({ address, count }, index) => {
      const bests = this.#bests.address + 4 * BLOCK_BESTS * index;
      const [codes, factors, shares, out] = [address + CODES, address + FACTORS, address + SHARES, address + ESTIMATES];
      this.#kernel.estimates(TABLES, codes, factors, shares, count, width, bias, lean, out, bests);
    });
  }

  /**
   * An estimate that at least `count` slots reach and not many more, the empty ones among them; -Infinity where there are
   * too few to tell. The best of each few slots are enough: as many slots reach what so many of those do.
   */
  reach(count: number): number {
    const bests = { address: this.#bests.address, count: this.#order.length * BLOCK_BESTS };
    return this.#toCosine(reach(this.#kernel, bests, count, -this.#farthest, this.#farthest));
  }

  /** An estimate that few more than `count` slots reach: `least`, unless too many reach that. */
  raised(least: number, count: number): number {
    const { address } = this.#bests;
    const room = this.#order.length * BLOCK_BESTS;
    const reaching = this.#kernel.countAtLeast(address, room, this.#fromCosine(least));
    return reaching <= count ? least : Math.max(least, this.reach(count));
  }

  /** The vectors with estimates from `least` to below `limit`. */
  between(least: number, limit: number, accepts?: (text: number) => boolean): NearSlots {
    const { address: bests, count: room } = this.#bests;
    const [from, to] = [this.#fromCosine(least), this.#fromCosine(limit)];
    const taken = this.#kernel.atLeast(bests, this.#order.length * BLOCK_BESTS, from, bests + 4 * room);
    const { buffer } = this.#kernel.memory;
    const [words, floats] = [new Uint32Array(buffer), new Float32Array(buffer)];
    const found = new Uint32Array(buffer, bests + 4 * room, taken);
    const slots = new Uint32Array(PER_BEST * taken);
    const texts = new Uint32Array(PER_BEST * taken);
    const estimates = new Float32Array(PER_BEST * taken);
    let size = 0;
    for (let at = 0; at < taken; at++) {
      const best = found[at] ?? 0;
      const block = this.#order[Math.floor(best / BLOCK_BESTS)];
      if (block === undefined) break;
      const inBlock = best % BLOCK_BESTS;
      const first = PER_BEST * (inBlock - (inBlock % PER_BEST)) + (inBlock % PER_BEST);
      for (let slot = first; slot < first + ABREAST; slot += PER_BEST) {
        const estimate = floats[(block.address + ESTIMATES) / 4 + slot] ?? 0;
        if (!(estimate >= from && estimate < to)) continue;
        const text = words[block.address / 4 + slot] ?? 0;
        if (text === 0 || accepts?.(text) === false) continue;
        slots[size] = block.number * BLOCK_SLOTS + slot;
        texts[size] = text;
        estimates[size++] = this.#toCosine(estimate);
      }
    }
    return { slots: slots.subarray(0, size), texts: texts.subarray(0, size), estimates: estimates.subarray(0, size) };
  }

  #toCosine(estimate: number): number {
    return estimate * this.#scale + this.#common;
  }

  #fromCosine(cosine: number): number {
    return Math.fround((cosine - this.#common) / this.#scale);
  }

  /** Makes room for the best estimates of all blocks; what no block fills is the best of nothing. */
  #makeRoom(count: number): void {
    if (count > this.#bests.count) this.#bests = { address: this.#arena.reserve(2 * 4 * 2 * count), count: 2 * count };
    const { address, count: room } = this.#bests;
    new Float32Array(this.#kernel.memory.buffer, address, room).fill(Number.NEGATIVE_INFINITY);
  }

  #load(number: number, revision: number, known: number | undefined): Block {
    const { texts, factors, shares, codes } = readBlock(this.#db, this.space.id * SPACE_STRIDE + number);
    const width = codeBytes(this.space.dimensions);
    const bytes = CODES + BLOCK_SLOTS * width;
    const address = known ?? this.#free.pop() ?? this.#arena.reserve(bytes);
    const { buffer } = this.#kernel.memory;
    // What another block left behind the end of this one would be taken for slots.
    new Uint8Array(buffer, address, bytes).fill(0);
    new Uint32Array(buffer, address, texts.length).set(texts);
    new Float32Array(buffer, address + FACTORS, factors.length).set(factors);
    new Float32Array(buffer, address + SHARES, shares.length).set(shares);
    const abreast = new Uint8Array(buffer, address + CODES, BLOCK_SLOTS * width);
    for (let slot = 0; slot < texts.length; slot++) {
      const first = (slot - (slot % ABREAST)) * width + (slot % ABREAST);
      for (let at = 0; at < width; at++) abreast[first + at * ABREAST] = codes[slot * width + at] ?? 0;
    }
    const factor = factors.reduce((most, each) => Math.max(most, each), 0);
    const share = shares.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    return { revision, number, address, count: texts.length, factor, share };
  }
}
