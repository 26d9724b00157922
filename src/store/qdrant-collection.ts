import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";
import type { QdrantConnection } from "./qdrant-client.ts";
import { INDEXED_FIELDS } from "./qdrant-points.ts";
import type { VectorSpace } from "./vector-writer.ts";

export interface CollectionSettings {
  /** Begins the names of collections; the alias of that name points to the one in use. Default `codelab`. */
  readonly name?: string;
  readonly shards?: number;
  readonly replicas?: number;
  /** Whether vectors are kept as int8 in memory beside the originals on disk; default true. */
  readonly quantize?: boolean;
}

/** The collection of an embedder: one per fingerprint, so that a new embedder is filled beside the old one. */
export function collectionName(settings: CollectionSettings, space: VectorSpace | null): string {
  const name = settings.name ?? "codelab";
  if (space === null) return `${name}_lexical`;
  return `${name}_${createHash("sha256").update(space.fingerprint).digest("hex").slice(0, 12)}`;
}

/** Creates the collection and its payload indexes where they are missing; refuses one of other dimensions. */
export async function ensureCollection(
  connection: QdrantConnection,
  settings: CollectionSettings,
  space: VectorSpace | null,
): Promise<string> {
  const name = collectionName(settings, space);
  const { exists } = await connection.send((client) => client.collectionExists(name));
  if (exists) {
    await expectDimensions(connection, name, space);
    return name;
  }
  try {
    await connection.send((client) => client.createCollection(name, { ...layoutOf(settings, space), timeout: 60 }));
  } catch (thrown) {
    // Another process may have created it in between.
    if (!(thrown instanceof UserError) || !/already exists/i.test(thrown.message)) throw thrown;
  }
  for (const index of INDEXED_FIELDS) {
    await connection.send((client) => client.createPayloadIndex(name, { ...index, wait: true }));
  }
  return name;
}

/** Points the alias to the collection in use, in one step. */
export async function useAlias(connection: QdrantConnection, settings: CollectionSettings, collection: string) {
  const alias_name = settings.name ?? "codelab";
  const actions = [{ create_alias: { collection_name: collection, alias_name } }];
  await connection.send((client) => client.updateCollectionAliases({ actions }));
}

function layoutOf(settings: CollectionSettings, space: VectorSpace | null) {
  const dense = space && {
    size: space.dimensions,
    distance: "Cosine" as const,
    on_disk: true,
    ...(settings.quantize === false
      ? {}
      : { quantization_config: { scalar: { type: "int8" as const, quantile: 0.99, always_ram: true } } }),
  };
  return {
    vectors: dense ? { dense } : {},
    sparse_vectors: { bm25: { modifier: "idf" as const } },
    on_disk_payload: true,
    ...(settings.shards === undefined ? {} : { shard_number: settings.shards }),
    ...(settings.replicas === undefined ? {} : { replication_factor: settings.replicas }),
  };
}

async function expectDimensions(connection: QdrantConnection, name: string, space: VectorSpace | null): Promise<void> {
  if (space === null) return;
  const { config } = await connection.send((client) => client.getCollection(name));
  const vectors: unknown = config.params.vectors;
  const dense: unknown = isRecord(vectors) ? vectors["dense"] : undefined;
  const size = isRecord(dense) ? dense["size"] : undefined;
  if (size === space.dimensions) return;
  throw new UserError(
    "store.dimension-mismatch",
    `The collection ${name} on ${connection.url} holds vectors of ${String(size)} dimensions, not ${space.dimensions}.`,
    { hint: "Give the collections of this index another name (qdrantCollection), or delete that one." },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
