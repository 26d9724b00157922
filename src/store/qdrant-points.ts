import { createHash } from "node:crypto";
import type { Database } from "../sqlite.ts";
import { readChunks } from "./chunk-rows.ts";
import type { ChunkFilter, StoredChunk } from "./index-store.ts";
import { type SparseVector, sparseDocument } from "./sparse.ts";
import { type VectorSpace } from "./vector-writer.ts";

export interface Point {
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly vector: Readonly<Record<string, number[] | SparseVector>>;
}

/** The point of a chunk: the same for the same tenant and chunk, so that sending twice changes nothing. */
export function pointId(tenant: string, chunk: number): string {
  const hex = createHash("sha1").update(`${tenant}\0${chunk}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The points of those of these chunks that still are, with their vectors where there are any. */
export function pointsOf(db: Database, tenant: string, space: VectorSpace | null, ids: readonly number[]): Point[] {
  const dense = space === null ? new Map<number, number[]>() : denseVectors(db, space, ids);
  return readChunks(db, ids).map((chunk) => {
    const vector = dense.get(chunk.id);
    const { id, path, symbol, defines, text } = chunk;
    return {
      id: pointId(tenant, id),
      payload: payloadOf(tenant, chunk),
      vector: { bm25: sparseDocument({ id, path, symbol, defines, body: text }), ...(vector && { dense: vector }) },
    };
  });
}

function denseVectors(db: Database, space: VectorSpace, ids: readonly number[]): Map<number, number[]> {
  const rows = db.all<{ id: number; data: Uint8Array }>(
    `SELECT c.id, v.data FROM chunk c JOIN vector v ON v.space = ? AND v.text = c.text
      WHERE c.id IN (SELECT value FROM json_each(?))`,
    space.id,
    JSON.stringify(ids),
  );
  return new Map(rows.map(({ id, data }) => [id, unitVector(new Int8Array(data.slice().buffer))]));
}

function unitVector(data: Int8Array): number[] {
  const length = Math.hypot(...data) || 1;
  return Array.from(data, (component) => component / length);
}

function payloadOf(tenant: string, chunk: StoredChunk): Record<string, unknown> {
  const { session } = chunk;
  return {
    project_id: tenant,
    chunk: chunk.id,
    path: chunk.path,
    dirs: ancestorsOf(chunk.path),
    language: chunk.language,
    kind: chunk.kind,
    symbol: chunk.symbol,
    start_line: chunk.startLine,
    end_line: chunk.endLine,
    text: chunk.text,
    vector_key: chunk.vectorKey,
    ...(session && {
      session_id: session.sessionId,
      project: session.project,
      git_branch: session.gitBranch,
      role: session.role,
      started_at: session.startedAt,
      ended_at: session.endedAt,
    }),
  };
}

/** Every directory above a path, so that a filter by directory is a filter by keyword. */
function ancestorsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The payload fields that are filtered by, with the kind of index that each needs. */
export const INDEXED_FIELDS = [
  { field_name: "project_id", field_schema: { type: "keyword", is_tenant: true } },
  { field_name: "chunk", field_schema: { type: "integer", lookup: true, range: false } },
  { field_name: "dirs", field_schema: { type: "keyword", on_disk: true } },
  { field_name: "language", field_schema: { type: "keyword" } },
  { field_name: "session_id", field_schema: { type: "keyword" } },
  { field_name: "project", field_schema: { type: "keyword" } },
  { field_name: "git_branch", field_schema: { type: "keyword" } },
  { field_name: "started_at", field_schema: { type: "float" } },
  { field_name: "ended_at", field_schema: { type: "float" } },
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
  const plain = glob?.split("/").slice(0, -1) ?? [];
  const end = plain.findIndex((part) => /[*?[\]{}()!+@\\]/.test(part));
  const directory = (end === -1 ? plain : plain.slice(0, end)).join("/");
  return directory === "" ? undefined : directory;
}
