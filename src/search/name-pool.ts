import { partsOf, wholeOf } from "../terms.ts";
import { Sieve, hashOf, markOf } from "./sieve.ts";
import type { Vocabulary } from "./vocabulary.ts";

/**
 * Names as numbers in one run of memory. A list of names is known by where it begins: with how many they are, and for each
 * the hash of the whole, the number of its stems, and those in the order of the name, each once.
 */
export class NamePool {
  readonly #vocabulary: Vocabulary;
  #data = new Int32Array(LEAST);
  #size = 1;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** To be read with `nameMatch` and the like; good until names are added. */
  get data(): Int32Array {
    return this.#data;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a list of names; returns where it begins, which is never 0. */
  add(names: readonly string[]): number {
    const start = this.#size;
    this.#push(names.length);
    for (const name of names) {
      this.#push(hashOf(wholeOf(name)));
      const at = this.#size;
      this.#push(0);
      for (const part of partsOf(name)) {
        const stem = this.#vocabulary.numberOf(part);
        if (!this.#data.subarray(at + 1, this.#size).includes(stem)) this.#push(stem);
      }
      this.#data[at] = this.#size - at - 1;
    }
    return start;
  }

  /** The bits of a list of names: those of the whole and of the root of each stem. */
  sieveOf(start: number): Sieve {
    const sieve = new Sieve();
    const data = this.#data;
    for (let left = data[start] ?? 0, at = start + 1; left > 0; left--) {
      sieve.add(markOf(data[at] ?? 0));
      const end = at + 2 + (data[at + 1] ?? 0);
      for (at += 2; at < end; at++) sieve.add(this.#vocabulary.markOf(data[at] ?? 0));
    }
    return sieve;
  }

  /** Forgets all names. */
  clear(): void {
    this.#size = 1;
  }

  #push(value: number): void {
    if (this.#size === this.#data.length) {
      const before = this.#data;
      this.#data = new Int32Array(2 * before.length);
      this.#data.set(before);
    }
    this.#data[this.#size++] = value;
  }
}

const LEAST = 1_024;
