import type { Embedder } from "./embedder.ts";
import { throughCache, vectorCacheKey } from "./vector-cache.ts";
import type { VectorCache } from "./vector-cache.ts";

/** The same embedder, which asks the cache first. The cache stays open when the embedder is disposed of. */
export function withVectorCache(embedder: Embedder, cache: VectorCache): Embedder {
  return {
    label: embedder.label,
    dimensions: embedder.dimensions,
    maxTokens: embedder.maxTokens,
    fingerprint: embedder.fingerprint,
    embed: async (texts, options) => {
      options.signal?.throwIfAborted();
      const keyOf = (text: string) => vectorCacheKey(embedder.fingerprint, options.role, text);
      const answers = await throughCache(cache, texts, keyOf, async (missing) =>
        (await embedder.embed(missing, options)).map((vector) => ({ vector, tokens: 0 })),
      );
      return answers.map(({ vector }) => vector);
    },
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
}
