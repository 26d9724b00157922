import type { Database } from "../sqlite.ts";
import type { QdrantConnection } from "./qdrant-client.ts";
import { pointId, pointsOf } from "./qdrant-points.ts";
import { queueLength, readQueue, takeOff } from "./qdrant-queue.ts";
import type { VectorSpace } from "./vector-writer.ts";

/** Points per request: the server's documentation advises 64 to 256. */
const BATCH = 256;

export interface SyncTarget {
  readonly connection: QdrantConnection;
  readonly collection: string;
  readonly tenant: string;
  readonly space: VectorSpace | null;
}

export interface SyncOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, left: number) => void) | undefined;
}

/** Sends what is queued, oldest first; may be stopped at any moment and goes on where it stopped. */
export async function sendQueue(db: Database, target: SyncTarget, options: SyncOptions = {}): Promise<number> {
  let done = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const queued = readQueue(db, BATCH);
    if (queued.length === 0) return done;
    await send(
      db,
      target,
      queued.map(({ chunk }) => chunk),
    );
    takeOff(db, queued);
    done += queued.length;
    options.onProgress?.(done, queueLength(db));
  }
}

async function send(db: Database, { connection, collection, tenant, space }: SyncTarget, chunks: readonly number[]) {
  const points = db.snapshot(() => pointsOf(db, tenant, space, chunks));
  const present = new Set(points.map(({ id }) => id));
  const gone = chunks.map((chunk) => pointId(tenant, chunk)).filter((id) => !present.has(id));
  const operations = [
    ...(gone.length === 0 ? [] : [{ delete: { points: gone } }]),
    ...(points.length === 0 ? [] : [{ upsert: { points: points.map((point) => ({ ...point })) } }]),
  ];
  await connection.send((client) => client.batchUpdate(collection, { wait: true, operations }));
}

export interface Comparison {
  readonly chunks: number;
  readonly points: number;
  /** Chunks without a point, points without a chunk, and points whose text, lines or vector differ: ids of chunks. */
  readonly missing: readonly number[];
  readonly surplus: readonly number[];
  readonly differing: readonly number[];
}

/** Compares every chunk with its point: the proof that a migration is complete. */
export async function compareAll(db: Database, target: SyncTarget): Promise<Comparison> {
  const { connection, collection, tenant, space } = target;
  const missing = new Set(db.all<{ id: number }>("SELECT id FROM chunk").map(({ id }) => id));
  const chunks = missing.size;
  const surplus: number[] = [];
  const differing: number[] = [];
  let points = 0;
  let offset: string | undefined;
  do {
    const page = await connection.send((client) =>
      client.scroll(collection, {
        filter: { must: [{ key: "project_id", match: { value: tenant } }] },
        limit: BATCH,
        with_payload: ["chunk", "text", "path", "start_line", "vector_key"],
        with_vector: space === null ? [] : ["dense"],
        ...(offset === undefined ? {} : { offset }),
      }),
    );
    const numbers = page.points.map(({ payload }) => Number(payload?.["chunk"]));
    const expected = new Map(pointsOf(db, tenant, space, numbers).map((point) => [point.id, point]));
    for (const [index, { id, payload, vector }] of page.points.entries()) {
      const number = numbers[index] ?? 0;
      const wanted = expected.get(String(id));
      points++;
      if (wanted === undefined) surplus.push(number);
      else if (!isSame(wanted, payload ?? {}, vector)) differing.push(number);
      missing.delete(number);
    }
    offset = typeof page.next_page_offset === "string" ? page.next_page_offset : undefined;
  } while (offset !== undefined);
  return { chunks, points, missing: Array.from(missing), surplus, differing };
}

function isSame(
  wanted: { readonly payload: Readonly<Record<string, unknown>>; readonly vector: Readonly<Record<string, unknown>> },
  payload: Readonly<Record<string, unknown>>,
  vector: unknown,
): boolean {
  const fields = ["text", "path", "start_line", "vector_key"];
  if (fields.some((field) => wanted.payload[field] !== payload[field])) return false;
  const dense: unknown = typeof vector === "object" && vector !== null && "dense" in vector ? vector.dense : undefined;
  const expected = wanted.vector["dense"];
  if (!Array.isArray(dense) || !Array.isArray(expected))
    return dense === expected || (dense === undefined && expected === undefined);
  // The server scales vectors to length 1 once more, which moves the last digits.
  return expected.every((component, at) => Math.abs(Number(component) - Number(dense[at])) < 1e-4);
}
