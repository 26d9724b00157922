/** Keeps the `size` best of many scored items, as a heap with the worst on top; of equal scores the smaller item. */
export class TopK {
  readonly #size: number;
  readonly #items: Float64Array;
  readonly #scores: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
    this.#items = new Float64Array(size);
    this.#scores = new Float64Array(size);
  }

  /** What a score must reach to be kept. */
  get threshold(): number {
    return this.#count < this.#size ? -Infinity : (this.#scores[0] ?? -Infinity);
  }

  offer(item: number, score: number): void {
    if (this.#count < this.#size) this.#rise(this.#count++, item, score);
    else if (this.#isWorse(0, item, score)) this.#sink(item, score);
  }

  /** What was kept, best first. */
  sorted(): { readonly item: number; readonly score: number }[] {
    const kept: { readonly item: number; readonly score: number }[] = [];
    for (let at = 0; at < this.#count; at++) kept.push({ item: this.#items[at] ?? 0, score: this.#scores[at] ?? 0 });
    return kept.sort((a, b) => b.score - a.score || a.item - b.item);
  }

  /** Puts an item at a free place at the bottom, or above those it is worse than. */
  #rise(free: number, item: number, score: number): void {
    let at = free;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isWorse(parent, item, score)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, item, score);
  }

  /** Puts an item in place of the worst, below those that are worse than it. */
  #sink(item: number, score: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#count) break;
      const other = child + 1;
      if (other < this.#count && this.#isWorse(other, this.#items[child] ?? 0, this.#scores[child] ?? 0)) child = other;
      if (!this.#isWorse(child, item, score)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, item, score);
  }

  /** Whether what is at a place is worse than an item. */
  #isWorse(at: number, item: number, score: number): boolean {
    const own = this.#scores[at] ?? 0;
    return own < score || (own === score && (this.#items[at] ?? 0) > item);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#items[from] ?? 0, this.#scores[from] ?? 0);
  }

  #put(at: number, item: number, score: number): void {
    this.#items[at] = item;
    this.#scores[at] = score;
  }
}
