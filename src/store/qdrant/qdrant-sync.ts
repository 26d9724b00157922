import type { Database } from "../../sqlite.ts";
import type { QdrantConnection } from "./qdrant-client.ts";
import { type Point, pointId, pointsOf, sourcePointsOf } from "./qdrant-points.ts";
import { type QueuedChunk, queueLength, readQueue, readSourceQueue, takeOff } from "./qdrant-queue.ts";
import { SparseEncoder } from "./sparse.ts";
import type { VectorSpace } from "../vector/vector-writer.ts";

/** Points per request, and requests at once: the server's documentation advises 64 to 256, and 2 to 4. */
const BATCH = 256;
const STREAMS = 3;

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

/** Sends what is queued, oldest first; may be stopped at any moment and goes on where it stopped. Returns chunks sent. */
export async function sendQueue(db: Database, target: SyncTarget, options: SyncOptions = {}): Promise<number> {
  await sendSources(db, target, options.signal);
  const words = new SparseEncoder();
  const underWay = new Map<number, Promise<void>>();
  const failures: unknown[] = [];
  let done = 0;
  let last = 0;
  const total = queueLength(db);
  const settle = () => Promise.all(underWay.values());
  const sendBatch = async (queued: readonly QueuedChunk[]) => {
    const ids = queued.map(({ chunk }) => chunk);
    await write(
      target,
      ids,
      db.snapshot(() => pointsOf(db, target.tenant, target.space, ids, words)),
      options.signal,
    );
    takeOff(db, "qdrant_queue", queued);
    done += queued.length;
    options.onProgress?.(done, Math.max(0, total - done));
  };
  while (failures.length === 0 && options.signal?.aborted !== true) {
    const queued = readQueue(db, BATCH, last);
    const chunks = queued.map(({ chunk }) => chunk);
    // What changed again while its former state is under way must not overtake it.
    if (queued.length === 0 || chunks.some((chunk) => underWay.has(chunk))) {
      if (queued.length === 0 && underWay.size === 0) break;
      await settle();
      continue;
    }
    last = queued.at(-1)?.seq ?? last;
    const sent = sendBatch(queued)
      .catch((thrown: unknown) => void failures.push(thrown))
      .finally(() => chunks.forEach((chunk) => underWay.delete(chunk)));
    chunks.forEach((chunk) => underWay.set(chunk, sent));
    const streams = Array.from(new Set(underWay.values()));
    if (streams.length >= STREAMS) await Promise.race(streams);
  }
  await settle();
  if (failures.length > 0) throw failures[0];
  options.signal?.throwIfAborted();
  return done;
}

async function sendSources(db: Database, target: SyncTarget, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const queued = readSourceQueue(db, BATCH);
    if (queued.length === 0) return;
    const paths = queued.map(({ path }) => path);
    const points = db.snapshot(() => sourcePointsOf(db, target.tenant, paths));
    await write(target, paths, points, signal);
    takeOff(db, "qdrant_sources", queued);
  }
}

/** Upserts these points, and deletes those of what was queued and is no more. */
async function write(
  { connection, collection, tenant }: SyncTarget,
  queued: readonly (number | string)[],
  points: readonly Point[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const present = new Set(points.map(({ id }) => id));
  const gone = queued.map((what) => pointId(tenant, what)).filter((id) => !present.has(id));
  const operations = [
    ...(gone.length === 0 ? [] : [{ delete: { points: gone } }]),
    ...(points.length === 0 ? [] : [{ upsert: { points } }]),
  ];
  const path = `/collections/${encodeURIComponent(collection)}/points/batch?wait=true`;
  await connection.post(path, { operations }, { signal });
}
