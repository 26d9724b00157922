import { NamePool } from "./name-pool.ts";
import { namesOfPath } from "./names.ts";
import type { Bits } from "./sieve.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Paths by number, and the names in them: first the one that tells what the file is about, then its folders'. */
export class PathBook {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #pool: NamePool;
  #starts = new Int32Array(LEAST);
  #lows = new Int32Array(LEAST);
  #highs = new Int32Array(LEAST);

  constructor(vocabulary: Vocabulary) {
    this.#pool = new NamePool(vocabulary);
  }

  get size(): number {
    return this.#texts.length;
  }

  /** By the number of a path: the bits of its names. Like the others, good until a path is added. */
  get bits(): Bits {
    return { lows: this.#lows, highs: this.#highs };
  }

  /** By the number of a path: where its names begin in `names`. */
  get starts(): Int32Array {
    return this.#starts;
  }

  get names(): Int32Array {
    return this.#pool.data;
  }

  text(number: number): string {
    return this.#texts[number] ?? "";
  }

  /** The number of a path, known or not. */
  numberOf(path: string): number {
    const known = this.#numbers.get(path);
    if (known !== undefined) return known;
    const number = this.#texts.push(path) - 1;
    this.#numbers.set(path, number);
    if (number >= this.#starts.length) {
      this.#starts = twice(this.#starts);
      this.#lows = twice(this.#lows);
      this.#highs = twice(this.#highs);
    }
    const start = this.#pool.add(namesOfPath(path));
    const { low, high } = this.#pool.sieveOf(start);
    this.#starts[number] = start;
    this.#lows[number] = low;
    this.#highs[number] = high;
    return number;
  }
}

function twice(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * column.length);
  larger.set(column);
  return larger;
}

const LEAST = 1_024;
