/**
 * A map that keeps what was asked for last: at most `most` entries, at least half as many. Entries are in one of two
 * generations, so that a look costs no more than in a plain map, where ordering all of them would cost twice of it.
 */
export class Kept<Key, Value extends NonNullable<unknown>> {
  readonly #most: number;
  #recent = new Map<Key, Value>();
  #before = new Map<Key, Value>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: Key): Value | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const before = this.#before.get(key);
    if (before !== undefined) this.set(key, before);
    return before;
  }

  set(key: Key, value: Value): void {
    this.#recent.set(key, value);
    if (2 * this.#recent.size < this.#most) return;
    this.#before = this.#recent;
    this.#recent = new Map();
  }

  clear(): void {
    this.#recent.clear();
    this.#before.clear();
  }
}
