import os from "node:os";
import { TALK_PARTNER } from "../embed/catalogue.ts";
import type { Embedder } from "../embed/embedder.ts";
import { isJoinedOf, joinEmbedders } from "../embed/joined-embedder.ts";
import { UserError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Config } from "../settings.ts";
import { createEmbedding, type Embedding } from "./embedding.ts";

/** What embeds conversations. */
export interface TalkEmbedding extends Embedding {
  /**
   * What embeds questions to an index with vectors of this space: one that was embedded with fewer models goes on being
   * searched so until it is embedded anew. Where nothing makes such vectors, an embedder that says so when asked.
   */
  fitting(space: string | null): Embedder | null;
  /** What is to embed an index with vectors of this space; null where one model of two is all there is, and less than it has. */
  filling(space: string | null): Embedder | null;
}

/**
 * By default conversations are embedded with two models, the one of code and a partner that was made for sentences. A model
 * or provider that the user has chosen is for everything.
 */
export function createTalkEmbedding(config: Config, log: Logger, main: Embedding): TalkEmbedding {
  if (config.embeddingProvider !== "local" || config.embeddingModel !== undefined) {
    return {
      ...main,
      fitting: (space) => fittingOf([main.current()], space),
      filling: () => main.uncached(),
      [Symbol.asyncDispose]: async () => {},
    };
  }
  // It has half the work to do with a text: half as many workers keep up, and each takes memory of its own.
  const maxWorkers = Math.min(MOST_WORKERS, Math.ceil((config.maxWorkers ?? os.availableParallelism()) / 2));
  const partner = createEmbedding({ ...config, embeddingModel: TALK_PARTNER.name, maxWorkers }, log);
  return joinEmbeddings(main, partner, log);
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
    fitting: (space) => fittingOf([current(), main.current()], space),
    filling: (space) => {
      const [first, second] = [main.uncached(), partner.uncached()];
      const isLess = first !== null && second === null && space !== null && isJoinedOf(space, first);
      return isLess ? null : joined(first, second);
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

/** The first of these that makes vectors of a space. */
function fittingOf(embedders: readonly (Embedder | null)[], space: string | null): Embedder | null {
  const present = embedders.filter((embedder) => embedder !== null);
  const [first] = present;
  if (first === undefined || space === null) return first ?? null;
  return present.find(({ fingerprint }) => fingerprint === space) ?? { ...first, embed: refuse };
}

async function refuse(): Promise<never> {
  const message = "conversations have vectors of another model and are yet to be embedded anew";
  throw new UserError("embedding.other-model", message, {
    hint: "Let `codelab-mcp watch` or a server run for a while.",
  });
}

const MOST_WORKERS = 2;
/** Without a network each try takes a while, and new messages come by the minute. */
const RETRY_MS = 3_600_000;
