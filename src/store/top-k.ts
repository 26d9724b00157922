/** Keeps the `size` best of many scored items; of equal scores the smaller item. */
export class TopK {
  readonly #size: number;
  readonly #items: number[] = [];
  readonly #scores: number[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** What a score must reach to be kept. */
  get threshold(): number {
    return this.#items.length < this.#size ? -Infinity : (this.#scores[0] ?? -Infinity);
  }

  offer(item: number, score: number): void {
    if (this.#items.length < this.#size) {
      this.#items.push(item);
      this.#scores.push(score);
      this.#rise(this.#items.length - 1);
    } else if (score > this.threshold || (score === this.threshold && item < (this.#items[0] ?? 0))) {
      this.#items[0] = item;
      this.#scores[0] = score;
      this.#sink(0);
    }
  }

  /** What was kept, best first. */
  sorted(): { readonly item: number; readonly score: number }[] {
    return this.#items
      .map((item, index) => ({ item, score: this.#scores[index] ?? 0 }))
      .sort((a, b) => b.score - a.score || a.item - b.item);
  }

  #rise(at: number): void {
    for (let child = at; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#isWorse(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(at: number): void {
    for (let parent = at; ;) {
      let worst = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#items.length && this.#isWorse(child, worst)) worst = child;
      }
      if (worst === parent) return;
      this.#swap(parent, worst);
      parent = worst;
    }
  }

  #isWorse(a: number, b: number): boolean {
    const [scoreA = 0, scoreB = 0] = [this.#scores[a], this.#scores[b]];
    return scoreA < scoreB || (scoreA === scoreB && (this.#items[a] ?? 0) > (this.#items[b] ?? 0));
  }

  #swap(a: number, b: number): void {
    const { [a]: itemA = 0, [b]: itemB = 0 } = this.#items;
    const { [a]: scoreA = 0, [b]: scoreB = 0 } = this.#scores;
    this.#items[a] = itemB;
    this.#items[b] = itemA;
    this.#scores[a] = scoreB;
    this.#scores[b] = scoreA;
  }
}
