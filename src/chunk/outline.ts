import type { ChunkKind } from "./chunk.ts";

/** A name that a file defines, and the rows of its definition (with the comments that lead it), both inclusive. */
export interface Definition {
  readonly name: string;
  /** The name with those of the definitions around it, such as `Store.open`. */
  readonly path: string;
  readonly kind: ChunkKind;
  readonly first: number;
  readonly last: number;
  /** Whether the name itself is defined here: false for an `impl` block, which only reopens a type. */
  readonly named: boolean;
}

/** Rows that are best kept together: a definition that fits a chunk, a statement, a paragraph. */
export interface Atom {
  readonly first: number;
  readonly last: number;
  /** Atoms of one group (a file's top level, one class, one long function) may share a chunk. */
  readonly group: number;
  /** Whether it is a definition, which deserves a chunk of its own once it is not small. */
  readonly standing: boolean;
}

/** What a splitter says about a file. Both lists are in the order of the file; definitions nest or are disjoint. */
export interface Outline {
  readonly atoms: readonly Atom[];
  readonly definitions: readonly Definition[];
}
