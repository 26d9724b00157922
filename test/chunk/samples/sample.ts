/** A small file of one language and what it defines: `kind path`, in order; `~` before what is no name of its own. */
export interface Sample {
  readonly path: string;
  readonly language: string;
  readonly lines: readonly string[];
  readonly defines: readonly string[];
}
