import type { Embedder } from "../../src/embed/embedder.ts";

/** A toy with two dimensions that embeds as it is told to. */
export function embedderOf(embed: (text: string) => Promise<Float32Array>): Embedder {
  return {
    label: "toy",
    dimensions: 2,
    maxTokens: 100,
    fingerprint: "toy",
    embed: async (texts) => Promise.all(texts.map(embed)),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** To which every text means the same. */
export const toyEmbedder = embedderOf(async () => Float32Array.of(1, 0));
