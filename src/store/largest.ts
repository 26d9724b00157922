import { selectLargest } from "./select-largest.ts";

/** Collects the items of the `count` largest values: a roomful at a time is sorted out, which costs less than a heap. */
export class Largest {
  readonly #count: number;
  readonly #values: Float32Array;
  readonly #items: Int32Array;
  #size = 0;
  #threshold = Number.NEGATIVE_INFINITY;

  constructor(count: number) {
    this.#count = count;
    this.#values = new Float32Array(2 * count + ROOM);
    this.#items = new Int32Array(2 * count + ROOM);
  }

  /** What a value must reach to be among them, as far as is known. */
  get threshold(): number {
    return this.#threshold;
  }

  /** Takes an item (a whole number of 32 bits) with its value. */
  offer(item: number, value: number): void {
    if (this.#size === this.#values.length) this.#shrink();
    this.#values[this.#size] = value;
    this.#items[this.#size++] = item;
  }

  /** The items of the largest values, in no order, and beside each its value. */
  all(): { readonly items: Int32Array; readonly values: Float32Array } {
    if (this.#size > this.#count) this.#shrink();
    return { items: this.#items.slice(0, this.#size), values: this.#values.slice(0, this.#size) };
  }

  #shrink(): void {
    const places = selectLargest(this.#values.subarray(0, this.#size), this.#count);
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
    this.#threshold = least;
  }
}

/** How many are taken at least between two times of sorting out. */
const ROOM = 1024;
