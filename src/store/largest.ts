import { selectLargest } from "./select-largest.ts";

/** Items and beside each its value. */
export interface Chosen {
  readonly items: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Collects the items of the `count` largest values; of equal values at the border those offered first. A roomful at a
 * time is sorted out, which costs less than a heap.
 */
export class Largest {
  readonly count: number;
  readonly #values: Float32Array;
  readonly #items: Uint32Array;
  #size = 0;
  #threshold = Number.NEGATIVE_INFINITY;

  constructor(count: number) {
    this.count = count;
    this.#values = new Float32Array(2 * count + ROOM);
    this.#items = new Uint32Array(2 * count + ROOM);
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
    this.#values[this.#size] = value;
    this.#items[this.#size++] = item;
  }

  /** The chosen in the order in which they were offered. */
  all(): Chosen {
    if (this.#size > this.count) this.#shrink();
    return { items: this.#items.slice(0, this.#size), values: this.#values.slice(0, this.#size) };
  }

  /** The chosen, best first; of equal values in the order in which they were offered. Values must not be below 0. */
  sorted(): Chosen {
    const { items, values } = this.all();
    // The bits of floats that are not below 0 rise as they do. Below them the place: whole numbers are sorted natively.
    const bits = new Uint32Array(values.buffer);
    const keys = new Float64Array(bits.length);
    for (let at = 0; at < keys.length; at++) keys[at] = (bits[at] ?? 0) * PLACES - at;
    keys.sort();
    const [itemsSorted, valuesSorted] = [new Uint32Array(items.length), new Float32Array(items.length)];
    for (let at = 0; at < keys.length; at++) {
      const key = keys[keys.length - 1 - at] ?? 0;
      const place = (PLACES - (key % PLACES)) % PLACES;
      itemsSorted[at] = items[place] ?? 0;
      valuesSorted[at] = values[place] ?? 0;
    }
    return { items: itemsSorted, values: valuesSorted };
  }

  #shrink(): void {
    const places = selectLargest(this.#values.subarray(0, this.#size), this.count);
    // Rising, so that nothing is written over before it is read.
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at < places.length; at++) {
      const from = places[at] ?? 0;
      const value = this.#values[from] ?? 0;
      this.#values[at] = value;
      this.#items[at] = this.#items[from] ?? 0;
      if (value < least) least = value;
    }
    this.#size = places.length;
    this.raise(least);
  }
}

/** How many are taken at least between two times of sorting out. */
const ROOM = 1024;
/** More than are ever chosen; times the bits of a float still a whole number that a double holds. */
const PLACES = 2 ** 21;
