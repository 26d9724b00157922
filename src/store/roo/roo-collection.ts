import { createHash } from "node:crypto";
import { UserError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import type { QdrantConnection } from "../qdrant/qdrant-client.ts";

/**
 * The collection that Roo Code (and Zoo Code, its successor) keeps of a workspace. Names, parameters and payloads are
 * theirs, as their `src/services/code-index` has them: https://github.com/RooCodeInc/Roo-Code.
 */

/** Their namespace for the ids of points. */
const NAMESPACE = "f47ac10b-58cc-4372-a567-0e02b2c3d479";

/** The point that says whether indexing was completed; its vector is zero. */
export const METADATA_ID = rooPointId("__indexing_metadata__");

/** Keeps the metadata point out of what is searched. */
export const NOT_METADATA = { key: "type", match: { value: "metadata" } } as const;

/** How deep their filter by directory is indexed. */
const INDEXED_DEPTH = 5;

/** The name of the collection of a workspace, given its path as the editor writes it. */
export function rooCollectionName(workspace: string): string {
  return `ws-${sha256(workspace).slice(0, 16)}`;
}

/** A point's id: a name-based UUID (RFC 9562, version 5) in their namespace. */
export function rooPointId(name: string): string {
  const bytes = createHash("sha1")
    .update(Buffer.from(NAMESPACE.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/** The parts of a path by their position, which is what they filter by. */
export function pathSegments(path: string): Record<string, string> {
  return Object.fromEntries(
    path
      .split("/")
      .filter(Boolean)
      .map((segment, index) => [String(index), segment]),
  );
}

/** Conditions that together hold for what is under a directory, or for one file. */
export function underPath(path: string): { key: string; match: { value: string } }[] {
  return Object.entries(pathSegments(path)).map(([index, value]) => ({
    key: `pathSegments.${index}`,
    match: { value },
  }));
}

/** Dimensions of a collection's vectors; null where there is no such collection. */
export async function rooDimensions(connection: QdrantConnection, collection: string): Promise<number | null> {
  const { exists } = await connection.send((client) => client.collectionExists(collection));
  if (!exists) return null;
  const { config } = await connection.send((client) => client.getCollection(collection));
  const vectors: unknown = config.params.vectors;
  const size = typeof vectors === "object" && vectors !== null && "size" in vectors ? vectors.size : undefined;
  if (typeof size === "number") return size;
  throw new UserError("store.not-roo", `The collection ${collection} on ${connection.url} was not made by Roo Code.`, {
    hint: "Its vectors have names, which Roo Code's have not. Correct CODELAB_ROO_COLLECTION.",
  });
}

/** Whether Roo Code has finished what it was indexing last. */
export async function isRooComplete(connection: QdrantConnection, collection: string): Promise<boolean> {
  const [metadata] = await connection.send((client) => client.retrieve(collection, { ids: [METADATA_ID] }));
  // Indexes from before there was a metadata point count as complete, as they do for Roo Code.
  return metadata === undefined || metadata.payload?.["indexing_complete"] === true;
}

/** Creates the collection as Roo Code would, where it is missing; one of other dimensions is refused and left alone. */
export async function ensureRooCollection(
  connection: QdrantConnection,
  collection: string,
  dimensions: number,
): Promise<void> {
  const size = await rooDimensions(connection, collection);
  if (size !== null && size !== dimensions) throw rooMismatch(connection, collection, size, dimensions);
  if (size === null) {
    await connection.send((client) =>
      client.createCollection(collection, {
        vectors: { size: dimensions, distance: "Cosine", on_disk: true },
        hnsw_config: { m: 64, ef_construct: 512, on_disk: true },
      }),
    );
  }
  const fields = ["type", ...Array.from({ length: INDEXED_DEPTH }, (_, index) => `pathSegments.${index}`)];
  for (const field_name of fields) {
    await connection.send((client) =>
      client.createPayloadIndex(collection, { field_name, field_schema: "keyword", wait: true }),
    );
  }
}

/** The error for vectors that do not fit into the collection. */
export function rooMismatch(connection: QdrantConnection, collection: string, size: number, own: number): UserError {
  const message = `Roo Code's collection ${collection} on ${connection.url} holds vectors of ${size} dimensions, not ${own}.`;
  return new UserError("store.dimension-mismatch", message, {
    hint: "Set EMBEDDING_MODEL to the model that Roo Code embeds with, or CODELAB_ROO_INDEX to off.",
  });
}
