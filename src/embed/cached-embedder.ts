import type { Embedder, EmbedOptions } from "./embedder.ts";
import type { OnnxEmbedder } from "./onnx-embedder.ts";
import { throughCache, vectorCacheKey } from "./vector-cache.ts";
import type { CachedVector, VectorCache } from "./vector-cache.ts";

/** The same embedder, which asks the cache first. The cache stays open when the embedder is disposed of. */
export function withVectorCache(embedder: Embedder, cache: VectorCache): Embedder {
  return {
    label: embedder.label,
    dimensions: embedder.dimensions,
    maxTokens: embedder.maxTokens,
    fingerprint: embedder.fingerprint,
    ...(embedder.textsAtOnce === undefined ? {} : { textsAtOnce: embedder.textsAtOnce }),
    embed: async (texts, options) => {
      options.signal?.throwIfAborted();
      const keyOf = (text: string) => vectorCacheKey(embedder.fingerprint, options.role, text);
      const answers = await throughCache(cache, texts, keyOf, (missing) => computeDetailed(embedder, missing, options));
      return answers.map(({ vector }) => vector);
    },
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
}

/** The service counts tokens, so those of an embedder that tells them are kept with the vectors. */
async function computeDetailed(
  embedder: Embedder | OnnxEmbedder,
  texts: readonly string[],
  options: EmbedOptions,
): Promise<CachedVector[]> {
  if ("embedDetailed" in embedder) return embedder.embedDetailed(texts, { ...options, overflow: "window" });
  return (await embedder.embed(texts, options)).map((vector) => ({ vector, tokens: 0, windows: 1, truncated: false }));
}
