/** Columns of a row, of which the first is the id: the number of the path and, in the last bits, the role. */
export const PLACE = 1;
/** The two halves of the sieve. */
export const LOW = 2;
export const HIGH = 3;
/** Where the names that the chunk defines begin; 0 while nobody asked for them. */
export const NAMES = 4;
const WIDTH = 5;

/** Bits of `PLACE` for the role. */
export const ROLE_BITS = 3;

/**
 * Rows of numbers by the id of a chunk. A row lies where the last bits of its id say, so that ids given one after the other
 * never meet; where two do, there is made room for twice as many, and in the end the later one takes the place.
 */
export class ChunkRows {
  readonly #most: number;
  #count = LEAST_ROWS;
  #data = new Int32Array(WIDTH * LEAST_ROWS);

  /** `most` bounds how many are kept, a power of two. */
  constructor(most = MOST_ROWS) {
    this.#most = most;
  }

  /** All rows; good until one is added. */
  get data(): Int32Array {
    return this.#data;
  }

  /** Where in `data` the row of an id (of 32 bits, not 0) begins; -1 where there is none. */
  find(id: number): number {
    const at = WIDTH * (id & (this.#count - 1));
    return this.#data[at] === (id | 0) ? at : -1;
  }

  /** Begins a row for an id, with nothing in it yet; returns where. */
  add(id: number): number {
    let at = WIDTH * (id & (this.#count - 1));
    while (this.#data[at] !== 0 && this.#count < this.#most) {
      this.#grow();
      at = WIDTH * (id & (this.#count - 1));
    }
    this.#data.fill(0, at, at + WIDTH);
    this.#data[at] = id;
    return at;
  }

  #grow(): void {
    const before = this.#data;
    this.#count *= 2;
    this.#data = new Int32Array(WIDTH * this.#count);
    for (let from = 0; from < before.length; from += WIDTH) {
      const id = before[from] ?? 0;
      if (id !== 0) this.#data.set(before.subarray(from, from + WIDTH), WIDTH * (id & (this.#count - 1)));
    }
  }
}

/** 80 kB. */
const LEAST_ROWS = 4_096;
/** 20 MB: all chunks of an index of a million; of a larger one those asked for lately. */
const MOST_ROWS = 2 ** 20;
