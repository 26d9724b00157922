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

/**
 * The state as each answer of one search tells it: counted anew when what is known is older than `STATE_KEPT_MS`, since
 * counting a large index costs more than searching it.
 */
export function createIndexStates(store: SearchStore): (facts: IndexFacts) => Promise<IndexState> {
  let counted: { readonly at: number; readonly state: Promise<IndexState> } | undefined;
  return async (facts) => {
    const now = performance.now();
    if (counted === undefined || now - counted.at > STATE_KEPT_MS) {
      counted = { at: now, state: indexStateOf(store, facts) };
      counted.state.catch(() => (counted = undefined));
    }
    return { ...(await counted.state), ...facts };
  };
}

/** Shorter than anyone notices, long enough that a thousand queries a second count four times. */
const STATE_KEPT_MS = 250;
