import type { Sieve } from "./sieve.ts";

/** A name as ranking compares it. */
export interface Name {
  /** As `wholeOf` gives it. */
  readonly whole: string;
  /** The stems of its parts, each once. */
  readonly stems: readonly string[];
  /** The root of each of them. */
  readonly roots: readonly string[];
  /** Of the roots and the whole. */
  readonly sieve: Sieve;
}
