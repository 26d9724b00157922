/** Tells who works on what another makes when there is more of it, and when no more will come. */
export class Growth {
  #wake: (() => void)[] = [];
  #grown = false;
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  /** There is more than before. */
  grow(): void {
    this.#grown = true;
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** There is all that there will be. */
  end(): void {
    this.#ended = true;
    this.grow();
  }

  /** Resolves once there is more than at the last call, or all. */
  async wait(): Promise<void> {
    if (!this.#grown && !this.#ended) await new Promise<void>((resolve) => this.#wake.push(resolve));
    this.#grown = false;
  }
}
