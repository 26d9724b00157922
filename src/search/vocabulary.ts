import { stemOf } from "../terms.ts";
import { hashOf, markOf } from "./sieve.ts";
import { rootOf } from "./word-root.ts";

/** Words of names by the number of their stem, so that names are compared without a look at their letters. */
export class Vocabulary {
  readonly #ofWords = new Map<string, number>();
  readonly #ofStems = new Map<string, number>();
  readonly #families = new Map<string, number[]>();
  readonly #marks: number[] = [];

  get size(): number {
    return this.#marks.length;
  }

  /** The number of a lower-case word, known or not. */
  numberOf(word: string): number {
    const known = this.#ofWords.get(word);
    if (known !== undefined) return known;
    const stem = stemOf(word);
    const number = this.#ofStems.get(stem) ?? this.#add(stem);
    this.#ofWords.set(word, number);
    return number;
  }

  /** The number of a stem; absent while no name has a word of it. */
  ofStem(stem: string): number | undefined {
    return this.#ofStems.get(stem);
  }

  /** The numbers of all stems that have a root in common. */
  family(root: string): readonly number[] {
    return this.#families.get(root) ?? [];
  }

  /** The numbers of all stems that begin so. Looks at each: for what is seldom asked. */
  begunBy(beginning: string): number[] {
    return Array.from(this.#ofStems).flatMap(([stem, number]) => (stem.startsWith(beginning) ? [number] : []));
  }

  /** What stands in a sieve for the root of a stem. */
  markOf(number: number): number {
    return this.#marks[number] ?? 0;
  }

  #add(stem: string): number {
    const root = rootOf(stem);
    const number = this.#marks.push(markOf(hashOf(root))) - 1;
    this.#ofStems.set(stem, number);
    const family = this.#families.get(root);
    if (family === undefined) this.#families.set(root, [number]);
    else family.push(number);
    return number;
  }
}
