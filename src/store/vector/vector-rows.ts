import type { Database, SqlValue } from "../../sqlite.ts";
import { Arena, type Kernel, createKernel } from "../kernel/kernel.ts";
import { SPACE_STRIDE } from "./code-blocks.ts";
import type { FineVector } from "./quantize.ts";
import type { VectorSpace } from "./vector-writer.ts";

/** Memory for vectors that were compared lately; when it is full, those read longest ago make room. */
const CACHE_BYTES = 64_000_000;

/** Vectors fetched and compared at a time. */
const MOST_AT_ONCE = 4096;

/** The bottom of the kernel's memory: the query, the addresses of the rows, the products. */
const QUERY = 0;
const ADDRESSES = 16_384;
const PRODUCTS = ADDRESSES + 4 * MOST_AT_ONCE;
const BOTTOM = PRODUCTS + 8 * MOST_AT_ONCE;

/** Vectors read at a time when all are. */
const SLICE = 2048;

/** Many vectors as one row, which takes two thirds of the time that an object for each would. */
interface ManyVectors {
  /** JSON arrays of slots and scales. */
  readonly slots: string;
  readonly scales: string;
  /** The data of all of them, one behind the other; null where there are none. */
  readonly data: Uint8Array | null;
}

/** The vectors of one space in whole numbers, read when first needed. */
export class VectorRows {
  readonly #db: Database;
  readonly #first: number;
  readonly #width: number;
  readonly #capacity: number;
  readonly #kernel: Kernel = createKernel();
  readonly #arena: Arena;
  /** Per slot: its place in the cache, counted from 1; 0 where it is not there. */
  #places = new Int32Array(1024);
  /** Per place: the slot that is there, and its scale. Vectors stand in the order of their places. */
  readonly #slots: Int32Array;
  readonly #scales: Float64Array;
  /** The place that is taken next, and how many were taken. */
  #next = 0;
  #used = 0;
  /** The slot up to which all were read. */
  #warmed = 0;

  /** `cacheBytes` bounds the memory for vectors; some thousands always have room. */
  constructor(db: Database, space: VectorSpace, cacheBytes = CACHE_BYTES) {
    this.#db = db;
    this.#first = space.id * SPACE_STRIDE;
    this.#width = 16 * Math.ceil(space.dimensions / 16);
    this.#capacity = Math.max(2 * MOST_AT_ONCE, Math.floor(cacheBytes / this.#width));
    this.#arena = new Arena(this.#kernel.memory, BOTTOM);
    this.#slots = new Int32Array(this.#capacity);
    this.#scales = new Float64Array(this.#capacity);
  }

  /** The cosine of the query and each of these slots, in their order; slots must exist. */
  cosines(query: FineVector, slots: Uint32Array): Float64Array {
    const cosines = new Float64Array(slots.length);
    for (let from = 0; from < slots.length; from += MOST_AT_ONCE) {
      const part = slots.subarray(from, from + MOST_AT_ONCE);
      const places = this.#fetched(part);
      const { buffer } = this.#kernel.memory;
      const addresses = new Uint32Array(buffer, ADDRESSES, part.length);
      for (let at = 0; at < part.length; at++) addresses[at] = this.#addressOf(places[at] ?? 0);
      new Int16Array(buffer, QUERY, this.#width).fill(0);
      new Int16Array(buffer, QUERY, query.data.length).set(query.data);
      this.#kernel.products(QUERY, ADDRESSES, part.length, this.#width, PRODUCTS);
      const products = new Float64Array(buffer, PRODUCTS, part.length);
      for (let at = 0; at < part.length; at++) {
        cosines[from + at] = (products[at] ?? 0) * query.scale * (this.#scales[places[at] ?? 0] ?? 0);
      }
    }
    return cosines;
  }

  /**
   * Reads all vectors of a space of `total` slots, a slice with each call, once an eighth of them was asked for and if all
   * have room: one by one they would take three times as long, and each search until then would wait for some of them.
   */
  warm(total: number): void {
    if (8 * this.#used < total || !this.#hasRoomFor(total) || this.#warmed >= total) return;
    const first = this.#first + this.#warmed;
    this.#read("id >= ? AND id < ?", [first, first + SLICE], (slot) => this.#place(slot) < 0);
    this.#warmed += SLICE;
  }

  /** Whether all vectors of a space of `total` slots stay in memory once they were read. */
  #hasRoomFor(total: number): boolean {
    return total <= 0.8 * this.#capacity;
  }

  #place(slot: number): number {
    return (this.#places[slot] ?? 0) - 1;
  }

  #addressOf(place: number): number {
    return BOTTOM + place * this.#width;
  }

  /** The places of slots, read where they are not there. */
  #fetched(slots: Uint32Array): Int32Array {
    const places = new Int32Array(slots.length);
    let isComplete = true;
    for (let at = 0; at < slots.length; at++) {
      const place = this.#place(slots[at] ?? 0);
      places[at] = place;
      if (place < 0) isComplete = false;
    }
    if (isComplete) return places;
    // One that is there but among those that may have to make room is read again: it would else be gone when needed.
    const missing = slots.filter((_, at) => {
      const place = places[at] ?? 0;
      return place < 0 || (place - this.#next + this.#capacity) % this.#capacity < slots.length;
    });
    const ids = JSON.stringify(Array.from(missing, (slot) => this.#first + slot));
    this.#read("id IN (SELECT value FROM json_each(?))", [ids], () => true);
    for (let at = 0; at < slots.length; at++) places[at] = this.#place(slots[at] ?? 0);
    return places;
  }

  /** Reads the vectors that meet a condition, and keeps those that are wanted. */
  #read(condition: string, values: readonly SqlValue[], wants: (slot: number) => boolean): void {
    // Joined as texts, the bytes stay as they are, hence the cast; as digits they would take five times as long.
    const sql = `SELECT json_group_array(id - ${this.#first}) AS slots, json_group_array(scale) AS scales,
      CAST(group_concat(data, '') AS BLOB) AS data FROM vector WHERE ${condition}`;
    const row = this.#db.get<ManyVectors>(sql, ...values);
    const slots = JSON.parse(row?.slots ?? "[]") as number[];
    const scales = JSON.parse(row?.scales ?? "[]") as number[];
    const data = row?.data ?? new Uint8Array();
    const width = data.length / slots.length;
    slots.forEach((slot, index) => {
      if (wants(slot)) this.#keep(slot, scales[index] ?? 0, data.subarray(index * width, (index + 1) * width));
    });
  }

  #keep(slot: number, scale: number, data: Uint8Array): void {
    const place = this.#next;
    this.#next = (place + 1) % this.#capacity;
    if (place === this.#used) {
      this.#used = place + 1;
      this.#arena.reserve(this.#width);
    }
    const former = this.#slots[place] ?? 0;
    if (this.#place(former) === place) this.#places[former] = 0;
    new Uint8Array(this.#kernel.memory.buffer, this.#addressOf(place), data.length).set(data);
    this.#slots[place] = slot;
    this.#scales[place] = scale;
    this.#remember(slot, place);
  }

  #remember(slot: number, place: number): void {
    if (slot >= this.#places.length) {
      const larger = new Int32Array(2 * Math.max(slot, this.#places.length));
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[slot] = place + 1;
  }
}
