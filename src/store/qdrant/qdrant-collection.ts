import { UserError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import type { QdrantConnection } from "./qdrant-client.ts";
import { INDEXED_FIELDS } from "./qdrant-points.ts";
import { serverVersion } from "./qdrant-version.ts";
import type { VectorSpace } from "../vector/vector-writer.ts";

/** How vectors are kept in memory beside the originals: a byte or a bit per component, or not at all. */
export type Quantization = "int8" | "binary" | "none";

export interface CollectionSettings {
  /** Begins the names of collections; the alias of that name points to the one in use. Default `codelab`. */
  readonly name?: string;
  /** Whether one index has the collection for itself; otherwise many share it as tenants. Default false. */
  readonly isOwn?: boolean;
  readonly shards?: number | undefined;
  readonly replicas?: number | undefined;
  /** Default `int8`. */
  readonly quantization?: Quantization | undefined;
  /** Whether original vectors and payload stay on disk until they are wanted; default true. */
  readonly onDisk?: boolean | undefined;
}

/** The version of what points hold; a collection of another is refused rather than misread. */
const SCHEMA = 3;

/**
 * The collection of an embedder: one per fingerprint, so that a new embedder is filled beside the old one; and one per version of
 * what points hold, for the same reason.
 */
export function collectionName(settings: CollectionSettings, space: VectorSpace | null): string {
  const name = settings.name ?? "codelab";
  if (space === null) return `${name}_words${SCHEMA}`;
  return `${name}_${sha256(`${SCHEMA}\0${space.fingerprint}`).slice(0, 12)}`;
}

/** Whether a collection may hold the points that this index had with another embedder, or in another version. */
export function isSibling({ name = "codelab" }: CollectionSettings, collection: string): boolean {
  return (
    collection.startsWith(`${name}_`) && /^([0-9a-f]{12}|lexical|words\d+)$/.test(collection.slice(name.length + 1))
  );
}

/**
 * From this many chunks on a new collection's graph is built once at the end, rather than again and again while they come. Not
 * that of one which exists: its few segments would grow too long for that.
 */
const BULK = 20_000;

/**
 * Creates the collection and its payload indexes where they are missing; refuses one of other dimensions. One that is
 * created for many points, which are `coming`, is made to take them fast; `fill` ends that.
 */
export async function ensureCollection(
  connection: QdrantConnection,
  settings: CollectionSettings,
  space: VectorSpace | null,
  coming = 0,
): Promise<string> {
  const name = collectionName(settings, space);
  const { exists } = await connection
    .send((client) => client.collectionExists(name))
    .catch((thrown: unknown) => tellWhy(connection, thrown));
  if (!exists) {
    await serverVersion(connection);
    const layout = { ...layoutOf(settings, space), ...(coming >= BULK && { optimizers_config: bulk(coming) }) };
    try {
      await connection.send((client) => client.createCollection(name, { ...layout, timeout: 60 }));
    } catch (thrown) {
      // Another process may have created it in between.
      if (!(thrown instanceof UserError) || !/already exists/i.test(thrown.message)) throw thrown;
    }
  }
  const indexed = await expectOurs(connection, name, space);
  for (const index of INDEXED_FIELDS) {
    // Also where the collection exists: whoever began it may have been stopped in between.
    if (!indexed.has(index.field_name)) {
      await connection.send((client) => client.createPayloadIndex(name, { ...index, wait: true }));
    }
  }
  return name;
}

/** Throws that it is no Qdrant server, or too old a one, where that is why; else what was thrown. */
async function tellWhy(connection: QdrantConnection, thrown: unknown): Promise<never> {
  try {
    await serverVersion(connection);
  } catch (reason) {
    if (!(reason instanceof UserError) || reason.code !== "store.unreachable") throw reason;
  }
  throw thrown;
}

/** Points the alias to the collection in use, in one step; one that points there already stays as it is. */
export async function useAlias(connection: QdrantConnection, settings: CollectionSettings, collection: string) {
  const alias_name = settings.name ?? "codelab";
  const { aliases } = await connection.send((client) => client.getCollectionAliases(collection));
  if (aliases.some((alias) => alias.alias_name === alias_name)) return;
  const actions = [{ create_alias: { collection_name: collection, alias_name } }];
  await connection.send((client) => client.updateCollectionAliases({ actions }));
}

/**
 * Until a segment is indexed, each new point rewrites the lists of all its words there, however long they are: loading takes
 * quadratic time in the points of a segment. So many segments begin side by side, and are merged at the end.
 */
function bulk(coming: number) {
  return { indexing_threshold: 0, default_segment_number: Math.min(64, Math.max(8, Math.ceil(coming / 5000))) };
}

function layoutOf(settings: CollectionSettings, space: VectorSpace | null) {
  const { quantization = "int8", onDisk = true, isOwn = false } = settings;
  const dense = space && {
    size: space.dimensions,
    distance: "Cosine" as const,
    // What is sent has 8 bits per component: 16 hold all of it.
    datatype: "float16" as const,
    on_disk: onDisk,
    ...(quantization === "int8" && {
      quantization_config: { scalar: { type: "int8" as const, quantile: 0.99, always_ram: true } },
    }),
    ...(quantization === "binary" && { quantization_config: { binary: { always_ram: true } } }),
  };
  return {
    vectors: dense ? { dense } : {},
    // Without the server's IDF: it counts the chunks of all tenants, and what others index must not change an answer.
    sparse_vectors: { bm25: { index: { datatype: "float16" as const } } },
    // Every question is of one tenant: each large one gets a graph of its own, and none spans them all.
    hnsw_config: { ef_construct: 128, ...(isOwn ? { m: 16, payload_m: 0 } : { m: 0, payload_m: 16 }) },
    on_disk_payload: onDisk,
    metadata: { application: "codelab-mcp", schema: SCHEMA, fingerprint: space?.fingerprint ?? null },
    ...(settings.shards === undefined ? {} : { shard_number: settings.shards }),
    ...(settings.replicas === undefined ? {} : { replication_factor: settings.replicas }),
  };
}

/** Sees to it that a collection can hold our points; returns the payload fields that are indexed. */
async function expectOurs(connection: QdrantConnection, name: string, space: VectorSpace | null) {
  const { config, payload_schema } = await connection.send((client) => client.getCollection(name));
  const { vectors, sparse_vectors }: { vectors?: unknown; sparse_vectors?: unknown } = config.params;
  const dense = isRecord(vectors) ? vectors["dense"] : undefined;
  const size = isRecord(dense) ? dense["size"] : undefined;
  const hint = "Give the collections of this index another name (QDRANT_COLLECTION), or delete that one.";
  if (space !== null && size !== space.dimensions) {
    const holds = size === undefined ? "no vectors named dense" : `vectors of ${JSON.stringify(size)} dimensions`;
    const message = `The collection ${name} on ${connection.url} holds ${holds}, not ${space.dimensions} dimensions.`;
    throw new UserError("store.dimension-mismatch", message, { hint });
  }
  const schema = config.metadata?.["schema"];
  if (!isRecord(sparse_vectors) || !Object.hasOwn(sparse_vectors, "bm25") || (schema ?? SCHEMA) !== SCHEMA) {
    const message = `The collection ${name} on ${connection.url} was not made by this version of codelab-mcp.`;
    throw new UserError("store.foreign-collection", message, { hint });
  }
  return new Set(Object.keys(payload_schema));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
