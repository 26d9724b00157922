import type { Embedder } from "../embed/embedder.ts";
import type { IndexStore, PendingVector } from "../store/index-store.ts";

/** Vectors by content, shared between indexes; see `embed/vector-cache.ts`. */
export interface VectorLookup {
  get(fingerprint: string, vectorKeys: readonly string[]): Promise<Map<string, Float32Array>>;
  put(fingerprint: string, vectors: readonly KeyedVector[]): Promise<void>;
}

export interface KeyedVector {
  readonly vectorKey: string;
  readonly vector: Float32Array;
}

export interface EmbedProgress {
  /** Distinct texts with a vector, and distinct texts in all. */
  readonly embedded: number;
  readonly texts: number;
}

export interface EmbedSummary {
  readonly computed: number;
  /** Taken from the cache: texts that another index, branch or former version had embedded. */
  readonly reused: number;
}

export interface EmbedPorts {
  readonly store: IndexStore;
  readonly embedder: Embedder;
  readonly cache?: VectorLookup | undefined;
}

/**
 * The second stage of indexing: gives every text its vector, most recently changed sources first, batch by batch. Each
 * batch is committed before the next begins, so that stopping at any moment costs at most one.
 */
export async function* embedPending(
  { store, embedder, cache }: EmbedPorts,
  options: { readonly batchSize: number; readonly signal: AbortSignal },
): AsyncGenerator<EmbedProgress, EmbedSummary> {
  await store.useVectors(embedder.fingerprint, embedder.dimensions);
  const { texts, embedded: before } = await store.stats();
  let computed = 0;
  let reused = 0;
  yield { embedded: before, texts };
  while (!options.signal.aborted) {
    const pending = await store.pendingVectors(options.batchSize);
    if (pending.length === 0) break;
    const known = await lookUp(cache, embedder.fingerprint, pending);
    const missing = pending.filter(({ vectorKey }) => !known.has(vectorKey));
    const fresh = await compute(embedder, missing, options.signal);
    await cache?.put(embedder.fingerprint, fresh);
    await store.putVectors([...Array.from(known, ([vectorKey, vector]) => ({ vectorKey, vector })), ...fresh]);
    computed += fresh.length;
    reused += known.size;
    yield { embedded: Math.min(texts, before + computed + reused), texts };
  }
  if (!options.signal.aborted) await store.pruneVectors();
  return { computed, reused };
}

async function lookUp(
  cache: VectorLookup | undefined,
  fingerprint: string,
  pending: readonly PendingVector[],
): Promise<Map<string, Float32Array>> {
  if (cache === undefined) return new Map();
  return await cache.get(
    fingerprint,
    pending.map(({ vectorKey }) => vectorKey),
  );
}

async function compute(
  embedder: Embedder,
  missing: readonly PendingVector[],
  signal: AbortSignal,
): Promise<KeyedVector[]> {
  if (missing.length === 0) return [];
  const vectors = await embedder.embed(
    missing.map(({ text }) => text),
    { role: "document", signal },
  );
  return missing.map(({ vectorKey }, index) => {
    const vector = vectors[index];
    if (vector === undefined)
      throw new RangeError(`${embedder.label} answered ${vectors.length} vectors for ${missing.length} texts`);
    return { vectorKey, vector };
  });
}
