/** A growing list of 32-bit integers: what a plain array would box or keep eight bytes for. */
export class IntList {
  #values: Int32Array;
  #length = 0;

  constructor(capacity = 64) {
    this.#values = new Int32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Int32Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The value at an index below the length. */
  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  /** Forgets all values and keeps their room. */
  clear(): void {
    this.#length = 0;
  }
}
