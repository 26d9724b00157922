import type { Embedder } from "../embed/embedder.ts";
import type { IndexStore, PendingVector } from "../store/index-store.ts";

export interface EmbedProgress {
  /** Distinct texts with a vector, and distinct texts in all. */
  readonly embedded: number;
  readonly texts: number;
}

export interface EmbedPorts {
  readonly store: IndexStore;
  readonly embedder: Embedder;
}

/**
 * The second stage of indexing: gives every text its vector, most recently changed sources first, batch by batch. Each
 * batch is committed before the next begins, so that stopping at any moment costs at most one.
 */
export async function* embedPending(
  { store, embedder }: EmbedPorts,
  options: { readonly batchSize: number; readonly signal: AbortSignal },
): AsyncGenerator<EmbedProgress, void> {
  await store.useVectors(embedder.fingerprint, embedder.dimensions);
  const { texts, embedded: before } = await store.stats();
  let embedded = before;
  yield { embedded, texts };
  while (!options.signal.aborted) {
    const pending = await store.pendingVectors(options.batchSize);
    if (pending.length === 0) break;
    await store.putVectors(await embedAll(embedder, pending, options.signal));
    embedded = Math.min(texts, embedded + pending.length);
    yield { embedded, texts };
  }
  if (!options.signal.aborted) await store.pruneVectors();
}

async function embedAll(embedder: Embedder, pending: readonly PendingVector[], signal: AbortSignal) {
  const vectors = await embedder.embed(
    pending.map(({ text }) => text),
    { role: "document", signal },
  );
  return pending.map(({ vectorKey }, index) => {
    const vector = vectors[index];
    if (vector === undefined) {
      throw new RangeError(`${embedder.label} answered ${vectors.length} vectors for ${pending.length} texts`);
    }
    return { vectorKey, vector };
  });
}
