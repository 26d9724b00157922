import type { Embedder } from "../embed/embedder.ts";
import type { IndexStore, PendingVector } from "../store/index-store.ts";

export interface EmbedProgress {
  /** Distinct texts with a vector, and distinct texts in all. */
  readonly embedded: number;
  readonly texts: number;
}

export interface EmbedPorts {
  readonly store: Pick<IndexStore, "useVectors" | "stats" | "pendingVectors" | "putVectors" | "pruneVectors">;
  readonly embedder: Embedder;
}

/** Batches under way at once: while one is written, the embedder has the next. */
const AHEAD = 2;

interface Batch {
  readonly pending: readonly PendingVector[];
  readonly vectors: Promise<readonly Float32Array[]>;
}

/**
 * The second stage of indexing: gives every text its vector, most recently changed sources first, batch by batch. Each
 * batch is committed as soon as it is there, so that stopping at any moment costs at most those under way.
 * @param options.batchSize texts in a batch, unless the embedder asks for more
 */
export async function* embedPending(
  { store, embedder }: EmbedPorts,
  options: { readonly batchSize: number; readonly signal: AbortSignal },
): AsyncGenerator<EmbedProgress, void> {
  await store.useVectors(embedder.fingerprint, embedder.dimensions);
  const { texts, embedded: before } = await store.stats();
  let embedded = before;
  yield { embedded, texts };
  const size = Math.max(options.batchSize, embedder.textsAtOnce ?? 0);
  // What is under way when the consumer leaves is for nobody any more.
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const underWay: Batch[] = [];
  try {
    while (!options.signal.aborted) {
      while (underWay.length < AHEAD) {
        const pending = await nextBatch(store, size, underWay);
        if (pending.length === 0) break;
        const vectors = embedder.embed(
          pending.map(({ text }) => text),
          { role: "document", signal },
        );
        // It is awaited in its turn; until then its failure must not count as unhandled.
        vectors.catch(() => {});
        underWay.push({ pending, vectors });
      }
      const [first] = underWay;
      if (first === undefined) break;
      await store.putVectors(vectorsOf(first.pending, await first.vectors, embedder.label));
      underWay.shift();
      embedded = Math.min(texts, embedded + first.pending.length);
      yield { embedded, texts };
    }
    if (!options.signal.aborted) await store.pruneVectors();
  } finally {
    left.abort();
  }
}

/** The next texts to embed, without those that are being embedded already. */
async function nextBatch(
  store: Pick<IndexStore, "pendingVectors">,
  size: number,
  underWay: readonly Batch[],
): Promise<readonly PendingVector[]> {
  const taken = new Set(underWay.flatMap(({ pending }) => pending.map(({ vectorKey }) => vectorKey)));
  const pending = await store.pendingVectors(size + taken.size);
  return pending.filter(({ vectorKey }) => !taken.has(vectorKey)).slice(0, size);
}

function vectorsOf(pending: readonly PendingVector[], vectors: readonly Float32Array[], label: string) {
  return pending.map(({ vectorKey }, index) => {
    const vector = vectors[index];
    if (vector === undefined)
      throw new RangeError(`${label} answered ${vectors.length} vectors for ${pending.length} texts`);
    return { vectorKey, vector };
  });
}
