import type { QdrantClient } from "@qdrant/js-client-rest";
import path from "node:path";
import { sha256 } from "../../sha256.ts";
import type { QdrantConnection } from "../qdrant/qdrant-client.ts";
import { ensureRooCollection, METADATA_ID, pathSegments, rooPointId, underPath } from "./roo-collection.ts";

/** One file as it is to be found in the collection. */
export interface RooFile {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  /** sha256 of the file's bytes, hex. */
  readonly hash: string;
  readonly blocks: readonly {
    readonly startLine: number;
    readonly endLine: number;
    readonly text: string;
    readonly vector: Float32Array;
  }[];
}

type Operations = Parameters<QdrantClient["batchUpdate"]>[1]["operations"];

/** What tells our points from everybody else's; Roo Code neither reads nor writes this field. */
const OURS = { key: "writtenBy", match: { value: "codelab-mcp" } } as const;
const SIGNED = { [OURS.key]: OURS.match.value };

/** Points per request: vectors as numbers in JSON take some 12 bytes a component, and the server takes 32 MB. */
const BATCH = 200;
const PAGE = 1_000;

/**
 * Writes into the collection that Roo Code reads. Every point is signed; what is not signed is somebody else's and is
 * neither changed nor deleted. The last point of a file to be written carries the file's hash, so that a file that was
 * interrupted counts as not written.
 */
export class RooWriter {
  readonly #connection: QdrantConnection;
  readonly #collection: string;
  readonly #workspace: string;

  /** `workspace` is the path by which Roo Code knows the project. */
  constructor(connection: QdrantConnection, collection: string, workspace: string) {
    this.#connection = connection;
    this.#collection = collection;
    this.#workspace = workspace;
  }

  /** Makes sure of the collection; refuses one of other dimensions. */
  async open(dimensions: number): Promise<void> {
    await ensureRooCollection(this.#connection, this.#collection, dimensions);
  }

  /** Hashes of the files that were written completely. */
  async written(): Promise<Map<string, string>> {
    const hashes = new Map<string, string>();
    const filter = { must: [OURS], must_not: [{ is_empty: { key: "fileHash" } }] };
    for await (const { filePath, fileHash } of this.#scroll(filter, ["filePath", "fileHash"])) {
      if (typeof filePath === "string" && typeof fileHash === "string") hashes.set(toSlashes(filePath), fileHash);
    }
    return hashes;
  }

  /** Files that somebody else has written points of, Roo Code itself first of all. */
  async foreign(): Promise<Set<string>> {
    const files = new Set<string>();
    for await (const { filePath } of this.#scroll({ must_not: [OURS] }, ["filePath"])) {
      if (typeof filePath === "string") files.add(toSlashes(filePath));
    }
    return files;
  }

  /** Replaces what we wrote of a file. */
  async put(file: RooFile): Promise<void> {
    const points = file.blocks.map((block, index) => this.#pointOf(file, block, index === 0)).toReversed();
    const upserts = Array.from({ length: Math.ceil(points.length / BATCH) }, (_, batch) => ({
      upsert: { points: points.slice(batch * BATCH, (batch + 1) * BATCH) },
    }));
    await this.remove([file.path]);
    for (const upsert of upserts) await this.#update([upsert]);
  }

  /** Deletes what we wrote of these files. */
  async remove(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    const should = paths.map((each) => ({
      must: [...underPath(each), { key: "filePath", match: { value: native(each) } }],
    }));
    await this.#update([{ delete: { filter: { must: [OURS], should } } }]);
  }

  /** Says whether the index is complete; a mark that Roo Code set itself is left as it is. */
  async mark(complete: boolean, dimensions: number): Promise<void> {
    const [mark] = await this.#connection.send((client) => client.retrieve(this.#collection, { ids: [METADATA_ID] }));
    if (mark !== undefined && mark.payload?.[OURS.key] !== OURS.match.value) return;
    const time = complete ? { completed_at: Date.now() } : { started_at: Date.now() };
    const payload = { type: "metadata", indexing_complete: complete, ...time, ...SIGNED };
    const vector = Array.from({ length: dimensions }, () => 0);
    await this.#update([{ upsert: { points: [{ id: METADATA_ID, vector, payload }] } }]);
  }

  #pointOf(file: RooFile, block: RooFile["blocks"][number], isFirst: boolean) {
    const { startLine, endLine, text } = block;
    const absolute = path.join(this.#workspace, file.path);
    const facts = [absolute, startLine, endLine, text.length, text.slice(0, 100)];
    const segmentHash = sha256(facts.join("-"));
    const payload = {
      filePath: native(file.path),
      codeChunk: text,
      startLine,
      endLine,
      segmentHash,
      pathSegments: pathSegments(file.path),
      ...SIGNED,
      ...(isFirst && { fileHash: file.hash }),
    };
    return { id: rooPointId(segmentHash), vector: Array.from(block.vector), payload };
  }

  async *#scroll(filter: object, fields: string[]): AsyncGenerator<Readonly<Record<string, unknown>>, void> {
    let offset: string | number | undefined;
    do {
      const request = { filter, limit: PAGE, with_payload: fields, with_vector: false };
      const page = await this.#connection.send((client) =>
        client.scroll(this.#collection, offset === undefined ? request : { ...request, offset }),
      );
      for (const { payload } of page.points) yield payload ?? {};
      const next = page.next_page_offset;
      offset = typeof next === "string" || typeof next === "number" ? next : undefined;
    } while (offset !== undefined);
  }

  async #update(operations: Operations) {
    await this.#connection.send((client) => client.batchUpdate(this.#collection, { wait: true, operations }));
  }
}

function toSlashes(file: string): string {
  return file.replaceAll("\\", "/");
}

function native(file: string): string {
  return file.split("/").join(path.sep);
}
