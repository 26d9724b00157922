import path from "node:path";
import type { Embedder } from "../embed/embedder.ts";
import type { VectorCache } from "../embed/vector-cache.ts";
import { UserError } from "../errors.ts";
import type { IndexEvent } from "../indexer/index-project.ts";
import type { Logger } from "../log.ts";
import type { Config } from "../settings.ts";

/** The embedder of this process: made when first wanted, shared by indexing and searching. */
export interface Embedding extends AsyncDisposable {
  /** The embedder, or null when it is turned off or its model is not on this machine; never downloads. */
  current(): Embedder | null;
  /** The same without the cache that workspaces share: nothing of what it embeds is kept outside its own index. */
  uncached(): Embedder | null;
  /** What embeds, or why nothing does, in words for people. */
  label(): string;
  /** Looks for the embedder without fetching anything; what the user can mend becomes the label. */
  find(): Promise<Embedder | null>;
  /** Readies the embedder, downloading its model where needed. Null where embeddings are turned off. */
  open(onEvent: (event: IndexEvent) => void, signal: AbortSignal): Promise<Embedder | null>;
}

/** The vectors of some 700,000 chunks; what was not used for longest goes first. */
const CACHE_BYTES = 1_000_000_000;

/** Chooses the embedder that the configuration asks for; loads no model and no provider before it is wanted. */
export function createEmbedding(config: Config, log: Logger): Embedding {
  const provider = config.embeddingProvider;
  let embedder: Embedder | null = null;
  let uncached: Embedder | null = null;
  let cache: VectorCache | undefined;
  let label = provider === "none" ? "none (turned off by EMBEDDING_PROVIDER)" : "not loaded yet";

  const make = async (): Promise<Embedder | null> => {
    if (embedder !== null || provider === "none") return embedder;
    const { createEmbedder } = await import("../embed/create-embedder.ts");
    const { withVectorCache } = await import("../embed/cached-embedder.ts");
    const { openVectorCache } = await import("../embed/vector-cache.ts");
    const own = await createEmbedder({ ...settingsOf(config), provider, log });
    const made = provider === "local" ? await shared(own, config) : own;
    cache ??= await openVectorCache({ file: path.join(config.home, "vectors.db"), limitBytes: CACHE_BYTES, log });
    uncached = made;
    embedder = withVectorCache(made, cache);
    label = embedder.label;
    return embedder;
  };

  return {
    current: () => embedder,
    uncached: () => uncached,
    label: () => label,
    find: async () => {
      try {
        return await make();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        label = `none: ${error.message}`;
        return null;
      }
    },
    open: async (onEvent, signal) => {
      if (provider === "local") await pullIfMissing(config, onEvent, signal);
      return await make();
    },
    [Symbol.asyncDispose]: async () => {
      await embedder?.[Symbol.asyncDispose]();
      cache?.[Symbol.dispose]();
    },
  };
}

/** A model that a service of this user has in memory already is not loaded again. */
async function shared(own: Embedder, { embeddingModel, embeddingApiKey, home }: Config): Promise<Embedder> {
  const { DEFAULT_MODEL, modelNamed } = await import("../embed/catalogue.ts");
  const { withSharedService } = await import("../embed/shared-embedder.ts");
  const { announcedServices } = await import("../embed/service/announcement.ts");
  const model = modelNamed(embeddingModel ?? DEFAULT_MODEL).name;
  return withSharedService(own, { model, services: () => announcedServices(home), apiKey: embeddingApiKey });
}

function settingsOf(config: Config) {
  return {
    model: config.embeddingModel,
    baseUrl: config.embeddingBaseUrl,
    apiKey: config.embeddingApiKey,
    dimensions: config.embeddingDimensions,
    batchSize: config.embeddingBatchSize,
    concurrency: config.semaphoreValue,
    home: config.home,
    device: config.deviceType,
    threads: config.cpuThreads,
    workers: config.maxWorkers,
  };
}

async function pullIfMissing(
  { embeddingModel, home, deviceType }: Config,
  onEvent: (event: IndexEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { DEFAULT_MODEL, modelNamed, modelsFor } = await import("../embed/catalogue.ts");
  const { findLocalModel, pullModel } = await import("../embed/pull-model.ts");
  const spec = modelNamed(embeddingModel ?? DEFAULT_MODEL, modelsFor(deviceType));
  if (findLocalModel(spec, home) !== null) return;
  await pullModel(spec, {
    home,
    signal,
    onProgress: ({ activity, done, total }) => onEvent({ stage: "downloading", what: activity, done, total }),
  });
}
