/** A name as ranking compares it. */
export interface Name {
  /** As `wholeOf` gives it. */
  readonly whole: string;
  /** The stems of its parts, each once. */
  readonly stems: readonly string[];
  /** The root of each of them. */
  readonly roots: readonly string[];
}
