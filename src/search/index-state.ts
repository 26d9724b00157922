import type { SearchStore } from "./search-store.ts";
import type { IndexState } from "./answer.ts";

/** What the composition root knows of the index beyond its store. */
export interface IndexFacts {
  readonly freshness: IndexState["freshness"];
  /** Label of the embedder, or why there is none. */
  readonly embedder: string;
}

/** How far the index is, as every answer tells it. */
export async function indexStateOf(store: SearchStore, facts: IndexFacts): Promise<IndexState> {
  const { files, chunks, texts, embedded } = await store.stats();
  return {
    files,
    chunks,
    embeddedPercent: texts === 0 ? 0 : Math.min(100, Math.floor((100 * embedded) / texts)),
    freshness: facts.freshness,
    embedder: facts.embedder,
    store: store.kind,
  };
}
