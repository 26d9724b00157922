import { UserError } from "../../errors.ts";
import { compileGlob } from "../../glob.ts";
import type { Candidate, ChunkFilter, IndexStore, StoredChunk, StoreStats } from "../index-store.ts";
import { PROMPT, type QdrantConnection } from "../qdrant/qdrant-client.ts";
import { directoryOf } from "../qdrant/qdrant-points.ts";
import { isRooComplete, NOT_METADATA, rooDimensions, rooMismatch, underPath } from "./roo-collection.ts";

/** A block of code as Roo Code keeps it. */
interface RooBlock {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  readonly score: number;
}

type Searched = Pick<
  IndexStore,
  "kind" | "searchLexical" | "searchVector" | "chunks" | "heads" | "chunksOf" | "source" | "stats"
>;

/** Blocks per hit asked for, since several of theirs may be in one chunk of ours. */
const OVERFETCH = 2;
/** The same where a filter is left to us. */
const FILTERED_OVERFETCH = 10;

/**
 * The store, with Roo Code's vectors in the place of its own: a block that Roo Code finds stands for the chunk of ours
 * that it is in. Words, texts and freshness stay ours. Nothing is ever written to the collection.
 */
export function withRooVectors(store: Searched, connection: QdrantConnection, collection: string): Searched {
  let known: Promise<number> | undefined;
  const dimensions = (): Promise<number> => {
    known ??= requireCollection(connection, collection);
    known.catch(() => (known = undefined));
    return known;
  };
  return {
    kind: store.kind,
    searchLexical: (query) => store.searchLexical(query),
    chunks: (ids) => store.chunks(ids),
    heads: (ids) => store.heads(ids),
    chunksOf: (path) => store.chunksOf(path),
    source: (path) => store.source(path),
    stats: async () => embeddedByRoo(await store.stats(), connection, collection),
    searchVector: async (vector, limit, filter) => {
      const size = await dimensions();
      if (size !== vector.length) throw rooMismatch(connection, collection, size, vector.length);
      const blocks = await askRoo(connection, collection, vector, limit, filter);
      return (await toCandidates(store, blocks, filter)).slice(0, limit);
    },
  };
}

async function requireCollection(connection: QdrantConnection, collection: string): Promise<number> {
  const size = await rooDimensions(connection, collection);
  if (size !== null) return size;
  throw new UserError("store.no-roo-index", `${connection.url} has no index of Roo Code's named ${collection}.`, {
    hint:
      "Let Roo Code index the project first. Where it knows the project by another path, set CODELAB_ROO_COLLECTION; " +
      "CODELAB_ROO_INDEX=off searches our own vectors.",
  });
}

async function askRoo(
  connection: QdrantConnection,
  collection: string,
  vector: Float32Array,
  limit: number,
  filter: ChunkFilter = {},
): Promise<RooBlock[]> {
  const directory = directoryOf(filter.pathGlob);
  const isFiltered = filter.pathGlob !== undefined || filter.language !== undefined;
  const { points } = await connection.send(
    (client) =>
      client.query(collection, {
        query: Array.from(vector),
        filter: { must: directory === undefined ? [] : underPath(directory), must_not: [NOT_METADATA] },
        limit: limit * (isFiltered ? FILTERED_OVERFETCH : OVERFETCH),
        params: { hnsw_ef: 128, exact: false },
        with_payload: ["filePath", "codeChunk", "startLine", "endLine"],
      }),
    PROMPT,
  );
  return points.flatMap(({ payload, score }) => blockOf(payload ?? {}, score));
}

/** Whatever else is in the collection is passed over, as Roo Code does. */
function blockOf(payload: Readonly<Record<string, unknown>>, score: number): RooBlock[] {
  const { filePath, codeChunk, startLine, endLine } = payload;
  if (typeof filePath !== "string" || typeof codeChunk !== "string") return [];
  if (typeof startLine !== "number" || typeof endLine !== "number") return [];
  // Written on Windows, paths have its separators.
  return [{ path: filePath.replaceAll("\\", "/"), startLine, endLine, text: codeChunk, score }];
}

/** The chunks that the blocks are in, best first; a block whose text is no longer in the file is dropped. */
async function toCandidates(store: Searched, blocks: readonly RooBlock[], filter: ChunkFilter = {}) {
  const { pathGlob, language } = filter;
  const matches = pathGlob === undefined ? () => true : compileGlob(pathGlob);
  const files = new Map<string, Promise<StoredChunk[]>>();
  const best = new Map<number, Candidate>();
  for (const block of blocks) {
    if (!matches(block.path)) continue;
    const file = files.get(block.path) ?? store.chunksOf(block.path);
    files.set(block.path, file);
    const chunk = chunkWith(await file, block);
    if (chunk === undefined || (language !== undefined && chunk.language !== language)) continue;
    if (!best.has(chunk.id)) best.set(chunk.id, { id: chunk.id, score: block.score });
  }
  return Array.from(best.values());
}

/** Of the chunks with the block's first words, the one that shares most lines with it: a moved block is still found. */
function chunkWith(chunks: readonly StoredChunk[], block: RooBlock): StoredChunk | undefined {
  const mark = block.text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");
  if (mark === undefined) return undefined;
  const shared = (chunk: StoredChunk) =>
    Math.min(chunk.endLine, block.endLine) - Math.max(chunk.startLine, block.startLine);
  return chunks.filter(({ text }) => text.includes(mark)).toSorted((a, b) => shared(b) - shared(a))[0];
}

/** The counts of our own index, with everything taken for embedded once Roo Code has embedded everything. */
async function embeddedByRoo(stats: StoreStats, connection: QdrantConnection, collection: string): Promise<StoreStats> {
  const complete = await isRooComplete(connection, collection).catch(() => false);
  return { ...stats, embedded: complete ? stats.texts : 0 };
}
