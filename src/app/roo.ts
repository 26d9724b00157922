import type { Embedder } from "../embed/embedder.ts";
import { UserError } from "../errors.ts";
import type { RooWritten } from "../indexer/write-roo.ts";
import type { Config } from "../settings.ts";
import type { SearchStore } from "../search/search-store.ts";
import type { IndexStore } from "../store/index-store.ts";

/** How Roo Code's index takes part in this one, as the setting `rooIndex` says. */
export interface RooIndex {
  /** What searches read: the store, by Roo Code's vectors where those are read. */
  readonly store: SearchStore;
  /** False where Roo Code's vectors are searched, so that the project is not embedded a second time. */
  readonly embedsOwn: boolean;
  /** The embedder of queries, treating them as Roo Code does. */
  queryEmbedder(embedder: Embedder | null): Embedder | null;
  /** Brings Roo Code's collection up to the index; null unless it is to be written. */
  write(embedder: Embedder | null, options: WriteOptions): Promise<RooWritten | null>;
}

interface WriteOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Joins Roo Code's index to ours.
 * @throws UserError `request.bad-setting` when it is wanted and no Qdrant server is configured.
 */
export async function openRooIndex(config: Config, store: IndexStore): Promise<RooIndex> {
  const { rooIndex, qdrantUrl: url, qdrantApiKey: apiKey, workspace } = config;
  if (rooIndex === "off") {
    return {
      store,
      embedsOwn: true,
      queryEmbedder: (embedder) => embedder,
      write: async () => await Promise.resolve(null),
    };
  }
  if (url === undefined) {
    throw new UserError("request.bad-setting", "CODELAB_ROO_INDEX needs the Qdrant server that Roo Code uses", {
      hint: "Set QDRANT_URL to it, or CODELAB_ROO_INDEX to off.",
    });
  }
  const { QdrantConnection } = await import("../store/qdrant/qdrant-client.ts");
  const { rooCollectionName } = await import("../store/roo/roo-collection.ts");
  const connection = new QdrantConnection({ url, apiKey, timeoutMs: config.qdrantTimeout * 1_000 });
  const collection = config.rooCollection ?? rooCollectionName(workspace);
  if (rooIndex === "read") {
    const { withRooVectors } = await import("../store/roo/roo-search.ts");
    return {
      store: withRooVectors(store, connection, collection),
      embedsOwn: false,
      queryEmbedder: (embedder) => embedder && withoutRoles(embedder),
      write: async () => await Promise.resolve(null),
    };
  }
  return {
    store,
    embedsOwn: true,
    queryEmbedder: (embedder) => embedder,
    write: async (embedder, options) => {
      if (embedder === null) return null;
      const { RooWriter } = await import("../store/roo/roo-writer.ts");
      const { writeRoo } = await import("../indexer/write-roo.ts");
      const writer = new RooWriter(connection, collection, workspace);
      return await writeRoo({ store, embedder, writer }, { ...options, batchSize: config.embeddingBatchSize });
    },
  };
}

/** Roo Code sends questions and code to its provider alike, so a model's own prefix for questions must stay out. */
function withoutRoles(embedder: Embedder): Embedder {
  return {
    ...embedder,
    embed: async (texts, options) => await embedder.embed(texts, { ...options, role: "document" }),
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
}
