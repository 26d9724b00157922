import { Arena, createKernel } from "./kernel/kernel.ts";
import { reach } from "./kernel/reach.ts";
import { selectLargest } from "./select-largest.ts";

/** Items and beside each its value. */
export interface Chosen {
  readonly items: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Collects the items of the `count` largest values, none of which is below 0; of equal values at the border those offered
 * first. A roomful at a time is sorted out, which costs less than a heap. One collection after the other, in the same memory.
 */
export class Largest {
  readonly #kernel = createKernel();
  readonly #arena = new Arena(this.#kernel.memory, 0);
  #values = new Float32Array();
  #items = new Uint32Array();
  #count = 0;
  #size = 0;
  #threshold = 0;
  /** As many as are wanted reached it when it was last looked for; and the highest value since the beginning. */
  #border = 0;
  #highest = 0;

  /** Forgets what was collected; of what is offered from now on, the items of the `count` largest values are wanted. */
  begin(count: number): void {
    this.#count = count;
    this.#size = 0;
    this.#threshold = 0;
    this.#border = 0;
    this.#highest = 0;
    const room = 4 * Math.ceil((2 * count + ROOM) / 4);
    if (room <= this.#values.length) return;
    const address = this.#arena.reserve(4 * room);
    this.#values = new Float32Array(this.#kernel.memory.buffer, address, room);
    this.#items = new Uint32Array(room);
  }

  get count(): number {
    return this.#count;
  }

  /** What a value must reach to be among them, as far as is known. */
  get threshold(): number {
    return this.#threshold;
  }

  /** Tells that so many items reach a value as are wanted, before they are offered. */
  raise(threshold: number): void {
    if (threshold > this.#threshold) this.#threshold = threshold;
  }

  /** Takes an item (a whole number of 32 bits) with its value. */
  offer(item: number, value: number): void {
    if (this.#size === this.#values.length) this.#shrink();
    if (value > this.#highest) this.#highest = value;
    this.#values[this.#size] = value;
    this.#items[this.#size++] = item;
  }

  /** The chosen, best first; of equal values in the order in which they were offered. */
  sorted(): Chosen {
    if (this.#size > this.#count) this.#shrink();
    // The bits of floats that are not below 0 rise as they do. Below them the place: whole numbers are sorted natively.
    const bits = new Uint32Array(this.#values.buffer, this.#values.byteOffset, this.#size);
    const keys = new Float64Array(this.#size);
    for (let at = 0; at < keys.length; at++) keys[at] = (bits[at] ?? 0) * PLACES - at;
    keys.sort();
    const length = Math.min(this.#count, this.#size);
    const [items, values] = [new Uint32Array(length), new Float32Array(length)];
    for (let at = 0; at < length; at++) {
      const key = keys[keys.length - 1 - at] ?? 0;
      const place = (PLACES - (key % PLACES)) % PLACES;
      items[at] = this.#items[place] ?? 0;
      values[at] = this.#values[place] ?? 0;
    }
    return { items, values };
  }

  /** Drops what cannot be among the chosen, in time that does not depend on how values lie. */
  #shrink(): void {
    const values = this.#values;
    const fours = 4 * Math.ceil(this.#size / 4);
    // Behind the last, up to a multiple of 4, nothing is to be counted.
    values.fill(-1, this.#size, fours);
    const floats = { address: values.byteOffset, count: fours };
    this.#border = reach(this.#kernel, floats, this.#count, this.#border, this.#highest);
    this.raise(this.#border);
    const size = this.#size;
    this.#size = 0;
    for (let at = 0; at < size; at++) if ((values[at] ?? 0) >= this.#border) this.#move(at);
    if (this.#size < size * LEFT) return;
    // Too many are equal at the border. No more of those are wanted.
    const places = selectLargest(values.subarray(0, this.#size), this.#count);
    this.#size = 0;
    for (const place of places) this.#move(place);
    this.raise(nextAbove(values.subarray(0, this.#size).reduce((least, value) => Math.min(least, value))));
  }

  /** Moves what is at a place to the end of those that stay. */
  #move(from: number): void {
    this.#values[this.#size] = this.#values[from] ?? 0;
    this.#items[this.#size++] = this.#items[from] ?? 0;
  }
}

/** The smallest 32-bit float above one that is not very near to 0. */
function nextAbove(value: number): number {
  return Math.fround(value * (1 + 0.75 * 2 ** -23));
}

/** How many are taken at least between two times of sorting out. */
const ROOM = 1024;
/** The part of a roomful that may be left. */
const LEFT = 0.75;
/** More than are ever chosen; times the bits of a float still a whole number that a double holds. */
const PLACES = 2 ** 21;
