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
  let counted: { until: number; readonly state: Promise<IndexState> } | undefined;
  return async (facts) => {
    const now = performance.now();
    if (counted === undefined || now > counted.until) {
      const entry = { until: Infinity, state: indexStateOf(store, facts) };
      counted = entry;
      entry.state.then(
        () => (entry.until = performance.now() + Math.max(STATE_KEPT_MS, SHARE * (performance.now() - now))),
        () => (counted = undefined),
      );
    }
    return { ...(await counted.state), ...facts };
  };
}

/** A state is kept this many times as long as counting took, so that counting takes a twentieth of the time at most. */
const SHARE = 20;

/** Shorter than anyone notices, long enough that a thousand queries a second count four times. */
const STATE_KEPT_MS = 250;
