import type { Logger } from "../log.ts";

/** Tells of places that cannot be read, each once for as long as its trouble stays the same: sweeps come every minute. */
export class TroubleLog {
  readonly #logger: Logger;
  readonly #told = new Map<string, string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(problem: { readonly path: string; readonly reason: string }): void {
    if (this.#told.get(problem.path) === problem.reason) return;
    this.#told.set(problem.path, problem.reason);
    this.#logger.warn("A place of conversations could not be read", problem);
  }

  /** The place can be read again. */
  clear(path: string): void {
    this.#told.delete(path);
  }
}
