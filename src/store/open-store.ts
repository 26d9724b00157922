import { hostname } from "node:os";
import type { Logger } from "../log.ts";
import { sha256 } from "../sha256.ts";
import type { Config } from "../settings.ts";
import { openEmbeddedStore } from "./embedded-store.ts";
import type { IndexStore } from "./index-store.ts";
import type { QdrantStoreOptions } from "./qdrant/qdrant-options.ts";

/** The settings of a Qdrant server; without an address there is none. */
export type QdrantSettings = Partial<
  Pick<
    Config,
    | "qdrantUrl"
    | "qdrantApiKey"
    | "qdrantCollection"
    | "qdrantTenancy"
    | "qdrantShards"
    | "qdrantReplicas"
    | "qdrantQuantization"
    | "qdrantOnDisk"
    | "qdrantTimeout"
  >
>;

export interface StoreOptions {
  readonly log: Logger;
  readonly kind: "code" | "conversations";
  /** Directory that the index is about: names a collection of its own, and tells people what it is. */
  readonly root: string;
  readonly settings: QdrantSettings;
}

type LabelledOptions = QdrantStoreOptions & Required<Pick<QdrantStoreOptions, "label">>;

/** Opens the index in the file `path`: searched there, or on the Qdrant server that is configured. */
export async function openStore(path: string, options: StoreOptions): Promise<IndexStore> {
  const { log, settings } = options;
  if (settings.qdrantUrl === undefined) return openEmbeddedStore(path, { log });
  // Loaded only where it is configured: the client is half a second of start for nothing elsewhere.
  const { openQdrantStore } = await import("./qdrant/qdrant-store.ts");
  return openQdrantStore(path, qdrantOptions(path, settings.qdrantUrl, options));
}

/** How the index in the file `path` is kept on the server at `url`. */
export function qdrantOptions(path: string, url: string, { log, kind, root, settings }: StoreOptions): LabelledOptions {
  const isOwn = settings.qdrantTenancy === "project";
  const digest = sha256(root).slice(0, 12);
  const { qdrantApiKey: apiKey, qdrantTimeout: timeout } = settings;
  return {
    server: { url, apiKey, timeoutMs: timeout === undefined ? undefined : 1000 * timeout },
    log,
    name: isOwn
      ? `${kind === "code" ? "code" : "conv"}_${digest}_local`
      : `${settings.qdrantCollection ?? "codelab"}_${kind}`,
    isOwn,
    shards: settings.qdrantShards,
    replicas: settings.qdrantReplicas,
    quantization: settings.qdrantQuantization,
    onDisk: settings.qdrantOnDisk,
    label: { kind, root, host: hostname(), file: path },
  };
}
