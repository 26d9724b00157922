import { createHash } from "node:crypto";
import type { Database } from "../../sqlite.ts";
import { readChunks } from "../chunk-rows.ts";
import type { ChunkFilter } from "../index-store.ts";
import { readPassages } from "../passage-rows.ts";
import { chunkPayload } from "./qdrant-payload.ts";
import { readSource } from "../source-rows.ts";
import type { SparseEncoder, SparseVector } from "./sparse.ts";
import type { VectorSpace } from "../vector/vector-writer.ts";

export interface Point {
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly vector: Readonly<Record<string, number[] | SparseVector>>;
}

/**
 * The point of a chunk, or of a source by its path: the same for the same tenant, so that sending twice changes nothing. That of
 * a chunk ends in its number: a search then needs no payload, which the server would read from disk for each find.
 */
export function pointId(tenant: string, what: number | string): string {
  if (typeof what === "number") return chunkPointId(chunkPrefix(tenant), what);
  const hex = sha1(`${tenant}\0path\0${what}`);
  return `${uuidPrefix(hex)}${hex.slice(20, 32)}`;
}

/** The number of a tenant's chunk by its point; null for a point that is none. */
export function chunkNumbers(tenant: string): (id: unknown) => number | null {
  const prefix = chunkPrefix(tenant);
  return (id) =>
    typeof id === "string" && id.startsWith(prefix) ? Number.parseInt(id.slice(prefix.length), 16) : null;
}

function chunkPointId(prefix: string, chunk: number): string {
  return prefix + chunk.toString(16).padStart(12, "0");
}

function chunkPrefix(tenant: string): string {
  return uuidPrefix(sha1(`${tenant}\0chunk`));
}

/** All of a UUID of version 5 but its last group. */
function uuidPrefix(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-`;
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/**
 * The points of those of these chunks that still are, with their dense vectors where there are any, and with their words where
 * `words` is given: counting them is most of the work, and a comparison does without.
 */
export function pointsOf(
  db: Database,
  tenant: string,
  space: VectorSpace | null,
  ids: readonly number[],
  words?: SparseEncoder,
): Point[] {
  const dense = space === null ? new Map<number, number[]>() : denseVectors(db, space, ids);
  const ordinals = ordinalsOf(db, ids);
  const passages = readPassages(db, ids);
  const prefix = chunkPrefix(tenant);
  return readChunks(db, ids).map((chunk) => {
    const vector = dense.get(chunk.id);
    const { id, path, symbol, defines, text } = chunk;
    return {
      id: chunkPointId(prefix, id),
      payload: { project_id: tenant, ordinal: ordinals.get(id) ?? 0, ...chunkPayload(chunk, passages.get(id)) },
      vector: {
        ...(words && { bm25: words.encode({ id, path, symbol, defines, body: text }) }),
        ...(vector && { dense: vector }),
      },
    };
  });
}

/** The points of those of these sources that still are: their states alone, which searches never find. */
export function sourcePointsOf(db: Database, tenant: string, paths: readonly string[]): Point[] {
  return paths.flatMap((path) => {
    const state = readSource(db, path);
    if (state === null) return [];
    // As one string: numbers come back as they were, and nothing of it is filtered by.
    const payload = { project_id: tenant, record: "source", path, state: JSON.stringify(state) };
    return [{ id: pointId(tenant, path), payload, vector: {} }];
  });
}

/**
 * Whole numbers as they are kept: the server brings vectors to length 1 by itself, and a whole number is a fifth of the
 * characters of a fraction.
 */
function denseVectors(db: Database, space: VectorSpace, ids: readonly number[]): Map<number, number[]> {
  const rows = db.all<{ id: number; data: Uint8Array }>(
    // In this order: SQLite might otherwise read the vectors of all texts to find those of a few.
    `WITH m AS MATERIALIZED (SELECT chunk, text FROM meaning WHERE chunk IN (SELECT value FROM json_each(?)))
      SELECT m.chunk AS id, v.data FROM m CROSS JOIN vector v ON v.space = ? AND v.text = m.text
      ORDER BY m.chunk, m.text`,
    JSON.stringify(ids),
    space.id,
  );
  const vectors = new Map<number, Int8Array[]>();
  for (const { id, data } of rows) {
    const vector = new Int8Array(data.buffer, data.byteOffset, data.length);
    const others = vectors.get(id);
    if (others === undefined) vectors.set(id, [vector]);
    else others.push(vector);
  }
  return new Map(Array.from(vectors, ([id, all]) => [id, meanOf(all)]));
}

/** A point has one vector: that of a chunk with passages is the mean of theirs, in steps of its largest component. */
function meanOf(vectors: readonly Int8Array[]): number[] {
  const [first = new Int8Array(), ...others] = vectors;
  if (others.length === 0) return numbersOf(first);
  const mean = new Float64Array(first.length);
  for (const vector of vectors) {
    const length = Math.hypot(...vector) || 1;
    vector.forEach((component, at) => (mean[at] = (mean[at] ?? 0) + component / length));
  }
  const largest = mean.reduce((most, component) => Math.max(most, Math.abs(component)), 0) || 1;
  return Array.from(mean, (component) => Math.round((127 * component) / largest));
}

/** As `Array.from`, which takes three times as long on its way through an iterator. */
function numbersOf(vector: Int8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < vector.length; at++) numbers.push(vector[at] ?? 0);
  return numbers;
}

function ordinalsOf(db: Database, ids: readonly number[]): Map<number, number> {
  const sql = "SELECT id, ordinal FROM chunk WHERE id IN (SELECT value FROM json_each(?))";
  const rows = db.all<{ id: number; ordinal: number }>(sql, JSON.stringify(ids));
  return new Map(rows.map(({ id, ordinal }) => [id, ordinal]));
}

/**
 * The payload fields that are filtered by, with the kind of index that each needs. Only the tenant's begets graphs of its
 * own: one more for each language and folder would multiply the time that indexing takes on the server.
 */
export const INDEXED_FIELDS = [
  { field_name: "project_id", field_schema: { type: "keyword", is_tenant: true } },
  { field_name: "record", field_schema: { type: "keyword", enable_hnsw: false } },
  { field_name: "chunk", field_schema: { type: "integer", lookup: true, range: false, enable_hnsw: false } },
  { field_name: "path", field_schema: { type: "keyword", on_disk: true, enable_hnsw: false } },
  { field_name: "dirs", field_schema: { type: "keyword", on_disk: true, enable_hnsw: false } },
  { field_name: "language", field_schema: { type: "keyword", enable_hnsw: false } },
  { field_name: "vector_key", field_schema: { type: "keyword", on_disk: true, enable_hnsw: false } },
  { field_name: "session_id", field_schema: { type: "keyword", enable_hnsw: false } },
  { field_name: "project", field_schema: { type: "keyword", enable_hnsw: false } },
  { field_name: "git_branch", field_schema: { type: "keyword", enable_hnsw: false } },
  { field_name: "started_at", field_schema: { type: "float", enable_hnsw: false } },
  { field_name: "ended_at", field_schema: { type: "float", enable_hnsw: false } },
] as const;

/** Conditions that must all hold, as the server takes them. */
export interface ServerFilter {
  readonly must: (
    | { key: string; match: { value: string } | { any: number[] } }
    | { key: string; range: { gte?: number; lte?: number } }
  )[];
}

/** The part of a filter that the server can answer; a glob is narrowed to its directory, and seen to by the caller. */
export function serverFilter(tenant: string, filter: ChunkFilter = {}): ServerFilter {
  const equal = (key: string, value: string | undefined) => (value === undefined ? [] : [{ key, match: { value } }]);
  const range = (key: string, bounds: { gte?: number; lte?: number }) => [{ key, range: bounds }];
  return {
    must: [
      ...equal("project_id", tenant),
      ...equal("language", filter.language),
      ...equal("project", filter.project),
      ...equal("session_id", filter.sessionId),
      ...equal("git_branch", filter.gitBranch),
      ...equal("dirs", directoryOf(filter.pathGlob)),
      ...(filter.since === undefined ? [] : range("ended_at", { gte: filter.since })),
      ...(filter.until === undefined ? [] : range("started_at", { lte: filter.until })),
    ],
  };
}

/** The directory that everything a glob matches is in; undefined where there is none. */
export function directoryOf(glob: string | undefined): string | undefined {
  const plain =
    glob
      ?.replace(/^\.?\/+/, "")
      .split("/")
      .slice(0, -1) ?? [];
  const end = plain.findIndex((part) => /[*?[\]{}()!+@\\]/.test(part));
  const directory = (end === -1 ? plain : plain.slice(0, end)).join("/");
  return directory === "" ? undefined : directory;
}
