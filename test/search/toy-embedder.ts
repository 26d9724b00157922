import type { Embedder } from "../../src/embed/embedder.ts";

/** To which every text means the same. */
export const toyEmbedder: Embedder = {
  label: "toy",
  dimensions: 2,
  maxTokens: 100,
  fingerprint: "toy",
  embed: async (texts) => texts.map(() => Float32Array.of(1, 0)),
  [Symbol.asyncDispose]: async () => {},
};
