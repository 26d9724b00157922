import type { Embedder } from "../embed/embedder.ts";
import type { IndexStore, KeyedVector, PendingVector } from "../store/index-store.ts";
import type { Growth } from "./growth.ts";

export interface EmbedProgress {
  /** Distinct texts with a vector, and distinct texts in all. */
  readonly embedded: number;
  readonly texts: number;
}

export interface EmbedPorts {
  readonly store: Pick<
    IndexStore,
    "useVectors" | "stats" | "pendingVectors" | "putVectors" | "pruneVectors" | "knownVectors"
  >;
  readonly embedder: Embedder;
}

/** Batches under way at once: while one is written, the embedder has the next. */
const AHEAD = 2;

/**
 * An embedder that answers within this time, in milliseconds, is given twice as much the next time: it waits for the
 * store more than the store for it, and few large transactions cost less than many small ones. What a kill costs stays
 * within a few seconds of embedding.
 */
const QUICK_MS = 1_000;
/** Most texts in a batch that has grown: with what asks and answers of them, some megabytes are under way. */
const MOST_TEXTS = 512;

interface Batch {
  readonly pending: readonly PendingVector[];
  readonly answer: Promise<{ readonly vectors: readonly KeyedVector[]; readonly tookMs: number }>;
}

export interface EmbedPendingOptions {
  /** Texts in a batch, unless the embedder asks for more. */
  readonly batchSize: number;
  readonly signal: AbortSignal;
  /** Where texts are still being added: what is there is embedded meanwhile, and the stage ends when this has. */
  readonly growth?: Growth;
}

/**
 * The second stage of indexing: gives every text its vector, most recently changed sources first, batch by batch. Each
 * batch is committed as soon as it is there, so that stopping at any moment costs at most those under way.
 */
export async function* embedPending(
  { store, embedder }: EmbedPorts,
  options: EmbedPendingOptions,
): AsyncGenerator<EmbedProgress, void> {
  const { growth } = options;
  await store.useVectors(embedder.fingerprint, embedder.dimensions);
  let isComplete = growth?.ended ?? true;
  let { texts, embedded } = await store.stats();
  yield { embedded, texts };
  let size = Math.max(options.batchSize, embedder.textsAtOnce ?? 0);
  // What is under way when the consumer leaves is for nobody any more.
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const underWay: Batch[] = [];
  try {
    while (!options.signal.aborted) {
      while (underWay.length < AHEAD) {
        const pending = await nextBatch(store, size, underWay);
        if (pending.length === 0) break;
        const answer = answerTo({ store, embedder }, pending, signal);
        // It is awaited in its turn; until then its failure must not count as unhandled.
        answer.catch(() => {});
        underWay.push({ pending, answer });
      }
      if (!isComplete && growth?.ended === true) {
        isComplete = true;
        ({ texts, embedded } = await store.stats());
        // The last texts may have come after the look above.
        continue;
      }
      const [first] = underWay;
      if (first === undefined) {
        if (isComplete) break;
        await growth?.wait();
        continue;
      }
      const { vectors, tookMs } = await first.answer;
      await store.putVectors(vectors);
      underWay.shift();
      if (tookMs < QUICK_MS) size = Math.max(size, Math.min(2 * size, MOST_TEXTS));
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

async function answerTo(ports: EmbedPorts, pending: readonly PendingVector[], signal: AbortSignal) {
  const started = performance.now();
  const vectors = await vectorsFor(ports, pending, signal);
  return { vectors, tookMs: performance.now() - started };
}

/** What somebody else has embedded is on the server that both use; the embedder computes the rest. */
async function vectorsFor(
  { store, embedder }: EmbedPorts,
  pending: readonly PendingVector[],
  signal: AbortSignal,
): Promise<KeyedVector[]> {
  const known = (await store.knownVectors?.(pending.map(({ vectorKey }) => vectorKey))) ?? [];
  const keys = new Set(known.map(({ vectorKey }) => vectorKey));
  const missing = pending.filter(({ vectorKey }) => !keys.has(vectorKey));
  if (missing.length === 0) return known;
  const vectors = await embedder.embed(
    missing.map(({ text }) => text),
    { role: "document", signal },
  );
  return known.concat(
    missing.map(({ vectorKey }, index) => {
      const vector = vectors[index];
      if (vector === undefined) {
        throw new RangeError(`${embedder.label} answered ${vectors.length} vectors for ${missing.length} texts`);
      }
      return { vectorKey, vector };
    }),
  );
}
