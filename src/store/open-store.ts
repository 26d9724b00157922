import type { Logger } from "../log.ts";
import { openEmbeddedStore } from "./embedded-store.ts";
import type { IndexStore } from "./index-store.ts";

export interface StoreOptions {
  readonly log: Logger;
  /** Where set, searches go to this Qdrant server. */
  readonly qdrantUrl?: string | undefined;
  readonly qdrantApiKey?: string | undefined;
  /** Begins the names of its collections there. */
  readonly collection: string;
}

/** Opens the index in the file `path`: searched there, or on the Qdrant server that is configured. */
export async function openStore(path: string, options: StoreOptions): Promise<IndexStore> {
  const { log, qdrantUrl: url, qdrantApiKey: apiKey, collection: name } = options;
  if (url === undefined) return openEmbeddedStore(path, { log });
  // Loaded only where it is configured: the client is half a second of start for nothing elsewhere.
  const { openQdrantStore } = await import("./qdrant-store.ts");
  return openQdrantStore(path, { server: { url, apiKey }, log, name });
}
