import { allOrCancelled } from "./all-or-cancelled.ts";
import type { Embedder } from "./embedder.ts";

/** An embedder with how much it counts beside others. */
export interface WeightedEmbedder {
  readonly embedder: Embedder;
  readonly weight: number;
}

/**
 * Several embedders as one: its vectors are theirs, one after the other, each as long as its weight says, and the whole of
 * length 1. A cosine of two is then the mean of what the embedders say, by the squares of their weights: models err in
 * different places, and what several hold to be near is seldom far. Disposing of it disposes of them.
 */
export function joinEmbedders(parts: readonly WeightedEmbedder[]): Embedder {
  const embedders = parts.map(({ embedder }) => embedder);
  const length = Math.hypot(...parts.map(({ weight }) => weight));
  const dimensions = embedders.reduce((sum, embedder) => sum + embedder.dimensions, 0);
  return {
    label: embedders.map(({ label }) => label).join(" with "),
    dimensions,
    maxTokens: Math.min(...embedders.map(({ maxTokens }) => maxTokens)),
    fingerprint: PREFIX + parts.map(({ embedder, weight }) => `${weight}*${embedder.fingerprint}`).join("+"),
    embed: async (texts, { role, signal }) => {
      const ask = (embedder: Embedder, either: AbortSignal) => embedder.embed(texts, { role, signal: either });
      const answers = await allOrCancelled(embedders, signal, ask);
      return texts.map((_, text) => {
        const vector = new Float32Array(dimensions);
        let start = 0;
        for (const [place, { embedder, weight }] of parts.entries()) {
          const part = answers[place]?.[text];
          if (part === undefined) throw new RangeError(`${embedder.label} gave no vector`);
          for (let axis = 0; axis < part.length; axis++) {
            vector[start + axis] = ((part[axis] ?? 0) * weight) / length;
          }
          start += embedder.dimensions;
        }
        return vector;
      });
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(embedders.map((embedder) => embedder[Symbol.asyncDispose]()));
    },
  };
}

/** Whether a vector space is of this embedder and of others. */
export function isJoinedOf(space: string, { fingerprint }: Embedder): boolean {
  return space.startsWith(PREFIX) && space.includes(`*${fingerprint}`);
}

const PREFIX = "joined/";
