import type { Embedder } from "../embed/embedder.ts";
import { messageOf } from "../errors.ts";
import { Lru } from "./lru.ts";

/** The vector of a query, or why there is none. */
export type QueryVector = { readonly vector: Float32Array } | { readonly missing: string };

export interface QueryVectorOptions {
  /** Longest wait in milliseconds; a model that is still loading goes on loading for the next query. */
  readonly waitMs: number;
  readonly kept: number;
}

/**
 * Embeds queries, keeping the latest vectors and sharing one call among equal queries. Never throws and never waits
 * longer than told: search goes on without the vector.
 */
export function createQueryVectors({ waitMs, kept }: QueryVectorOptions) {
  const vectors = new Lru<string, Promise<Float32Array>>(kept);
  return async (embedder: Embedder, text: string, signal?: AbortSignal): Promise<QueryVector> => {
    signal?.throwIfAborted();
    const key = `${embedder.fingerprint}\n${text}`;
    // Not bound to the caller's signal: another caller may wait for the same vector, and a loading model must go on.
    const pending = vectors.get(key) ?? embedQuery(embedder, text);
    vectors.set(key, pending);
    try {
      const vector = await within(pending, waitMs, signal);
      return vector ? { vector } : { missing: `${embedder.label} is still loading` };
    } catch (error) {
      vectors.delete(key);
      signal?.throwIfAborted();
      return { missing: messageOf(error) };
    }
  };
}

async function embedQuery(embedder: Embedder, text: string): Promise<Float32Array> {
  const [vector] = await embedder.embed([text], { role: "query" });
  if (!vector) throw new Error(`${embedder.label} gave no vector`);
  return vector;
}

/** The value, or undefined when it takes longer; rejects when the signal is aborted. */
async function within<Value>(
  pending: Promise<Value>,
  waitMs: number,
  signal?: AbortSignal,
): Promise<Value | undefined> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => settle(() => reject(signal?.reason as Error));
    const timer = setTimeout(() => settle(() => resolve(undefined)), waitMs);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      finish();
    };
    signal?.addEventListener("abort", abort, { once: true });
    pending.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}
