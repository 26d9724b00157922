import { TALK_PARTNER } from "../embed/catalogue.ts";
import type { Embedder } from "../embed/embedder.ts";
import { joinEmbedders } from "../embed/joined-embedder.ts";
import { UserError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Config } from "../settings.ts";
import { createEmbedding, type Embedding } from "./embedding.ts";

/** What embeds conversations. */
export interface TalkEmbedding extends Embedding {
  /**
   * What embeds questions to an index with vectors of this space: an older one was embedded with fewer models, and goes on
   * being searched so until it is embedded anew. The current embedder where nothing makes such vectors.
   */
  fitting(space: string | null): Embedder | null;
}

/**
 * By default conversations are embedded with two models, the one of code and a partner that was made for sentences. A model
 * or provider that the user has chosen is for everything.
 */
export function createTalkEmbedding(config: Config, log: Logger, main: Embedding): TalkEmbedding {
  if (config.embeddingProvider !== "local" || config.embeddingModel !== undefined) {
    return { ...main, fitting: () => main.current(), [Symbol.asyncDispose]: async () => {} };
  }
  return joinEmbeddings(main, createEmbedding({ ...config, embeddingModel: TALK_PARTNER.name }, log), log);
}

/**
 * Both as one. Where the partner cannot be had the main one works alone, and what is indexed is embedded anew once it can.
 * Disposing of it leaves `main` to its owner.
 */
export function joinEmbeddings(main: Embedding, partner: Embedding, log: Logger): TalkEmbedding {
  let retryAt = 0;
  const joined = (first: Embedder | null, second: Embedder | null): Embedder | null => {
    if (first === null || second === null) return first;
    return joinEmbedders([
      { embedder: first, weight: TALK_PARTNER.besides },
      { embedder: second, weight: TALK_PARTNER.weight },
    ]);
  };
  const current = () => joined(main.current(), partner.current());
  return {
    current,
    uncached: () => joined(main.uncached(), partner.uncached()),
    label: () => current()?.label ?? main.label(),
    fitting: (space) => {
      const all = current();
      return [all, main.current()].find((each) => each?.fingerprint === space) ?? all;
    },
    find: async () => {
      await main.find();
      await partner.find();
      return current();
    },
    open: async (onEvent, signal) => {
      if ((await main.open(onEvent, signal)) === null) return null;
      try {
        if (performance.now() >= retryAt) await partner.open(onEvent, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UserError)) throw error;
        retryAt = performance.now() + RETRY_MS;
        log.warn("conversations are embedded with one model instead of two", { error: error.message });
      }
      return current();
    },
    [Symbol.asyncDispose]: async () => await partner[Symbol.asyncDispose](),
  };
}

/** Without a network each try takes a while, and new messages come by the minute. */
const RETRY_MS = 3_600_000;
