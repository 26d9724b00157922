import type { IndexStore } from "../store/index-store.ts";

/** The part of a store that search reads. */
export type SearchStore = Pick<
  IndexStore,
  | "kind"
  | "notice"
  | "isRemote"
  | "searchLexical"
  | "searchVector"
  | "passages"
  | "chunks"
  | "heads"
  | "chunksOf"
  | "source"
  | "stats"
>;
