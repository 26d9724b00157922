import { sha256 } from "../../sha256.ts";
import type { Database } from "../../sqlite.ts";
import { type Point, chunkNumbers, pointId, pointsOf, sourcePointsOf } from "./qdrant-points.ts";
import { type StoredPoint, match, scrollPages } from "./qdrant-scroll.ts";
import type { SyncTarget } from "./qdrant-sync.ts";
import type { VectorSpace } from "../vector/vector-writer.ts";

/** What a local index and its points on a server have in common. */
export interface Comparison {
  readonly chunks: number;
  readonly vectors: number;
  readonly points: number;
  readonly sources: number;
  /** Chunks without a point, points without a chunk, and points that differ in payload or vector: ids of chunks. */
  readonly missing: readonly number[];
  readonly surplus: readonly number[];
  readonly differing: readonly number[];
  /** Paths of sources whose state is missing there, surplus there, or differs. */
  readonly differingSources: readonly string[];
  /** sha256 over every chunk, vector and state of a source as each side holds them; equal when all is equal. */
  readonly digest: { readonly local: string; readonly remote: string };
}

const PAGE = 256;

/** Whether everything is there, once, and as it is here. */
export function isEqual({ missing, surplus, differing, differingSources, digest }: Comparison): boolean {
  const faults = missing.length + surplus.length + differing.length + differingSources.length;
  return faults === 0 && digest.local === digest.remote;
}

/** Compares every chunk and source with its point: the proof that a migration is complete. */
export async function compareAll(
  db: Database,
  target: SyncTarget,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Comparison> {
  const { tenant, space } = target;
  const numberOf = chunkNumbers(tenant);
  const missing = new Set(db.all<{ id: number }>("SELECT id FROM chunk").map(({ id }) => id));
  const missingSources = new Set(db.all<{ path: string }>("SELECT path FROM source").map(({ path }) => path));
  const [chunks, sources] = [missing.size, missingSources.size];
  const surplus: number[] = [];
  const differing: number[] = [];
  const differingSources: string[] = [];
  const [local, remote] = [new IndexDigest(), new IndexDigest()];
  for await (const page of everything(target)) {
    const states = page.filter(({ payload }) => payload["record"] === "source");
    const bodies = page.filter(({ payload }) => payload["record"] === undefined);
    const paths = states.map(({ payload }) => String(payload["path"]));
    const known = byId(sourcePointsOf(db, tenant, paths));
    for (const [index, point] of states.entries()) {
      const path = paths[index] ?? "";
      const state = known.get(point.id);
      const isThere = remote.add(point);
      // Each side's digest takes each of its own once, whatever the other holds.
      const isHere = state !== undefined && missingSources.delete(path) ? local.add(state) : null;
      if (isHere !== isThere) differingSources.push(path);
    }
    const numbers = bodies.map(({ id }) => numberOf(id));
    const expected = byId(
      pointsOf(
        db,
        tenant,
        space,
        numbers.flatMap((number) => number ?? []),
      ),
    );
    for (const [index, point] of bodies.entries()) {
      const number = numbers[index] ?? 0;
      const wanted = expected.get(point.id);
      const isThere = remote.add(point);
      if (wanted === undefined) surplus.push(number);
      else if (missing.delete(number) && local.add(wanted) !== isThere) differing.push(number);
    }
    onProgress(remote.chunks, chunks);
  }
  for (const ids of pagesOf(Array.from(missing))) {
    for (const point of pointsOf(db, tenant, space, ids)) local.add(point);
  }
  for (const point of sourcePointsOf(db, tenant, Array.from(missingSources))) local.add(point);
  return {
    chunks,
    vectors: local.vectors,
    points: remote.chunks,
    sources,
    missing: Array.from(missing),
    surplus,
    differing,
    differingSources: Array.from(new Set([...differingSources, ...missingSources])),
    digest: { local: local.hex(), remote: remote.hex() },
  };
}

/**
 * Deletes points of this tenant that no chunk or source answers to: what is left of a former state of the same index.
 * Points of other tenants are never looked at. Returns how many there were.
 */
export async function deleteSurplus(db: Database, target: SyncTarget): Promise<number> {
  const { connection, collection, tenant } = target;
  const known = new Set<string>();
  for (const { id } of db.iterate<{ id: number }>("SELECT id FROM chunk")) known.add(pointId(tenant, id));
  for (const { path } of db.iterate<{ path: string }>("SELECT path FROM source")) known.add(pointId(tenant, path));
  known.add(pointId(tenant, ""));
  let deleted = 0;
  const must = [match("project_id", tenant)];
  for await (const page of scrollPages(target, must, { size: 10_000, payload: false })) {
    const gone = page.map(({ id }) => id).filter((id) => !known.has(id));
    if (gone.length === 0) continue;
    await connection.send((client) => client.delete(collection, { points: gone, wait: true }));
    deleted += gone.length;
  }
  return deleted;
}

function pagesOf(ids: readonly number[]): number[][] {
  return Array.from({ length: Math.ceil(ids.length / PAGE) }, (_, page) => ids.slice(page * PAGE, (page + 1) * PAGE));
}

function byId(points: readonly Point[]): Map<string, Point> {
  return new Map(points.map((point) => [point.id, point]));
}

/** What a local index holds, as `digestOfServer` digests what a server does; whatever ids and tenants either gave. */
export function digestOfIndex(db: Database, space: VectorSpace | null): IndexDigest {
  const digest = new IndexDigest();
  for (let last = 0; ;) {
    const sql = "SELECT id FROM chunk WHERE id > ? ORDER BY id LIMIT ?";
    const ids = db.all<{ id: number }>(sql, last, PAGE).map(({ id }) => id);
    if (ids.length === 0) break;
    last = ids.at(-1) ?? last;
    for (const point of pointsOf(db, "", space, ids)) digest.add(point);
  }
  for (const { path } of db.all<{ path: string }>("SELECT path FROM source")) {
    for (const point of sourcePointsOf(db, "", [path])) digest.add(point);
  }
  return digest;
}

/** What a server holds of a tenant. */
export async function digestOfServer(
  target: SyncTarget,
  onProgress: (done: number) => void = () => {},
): Promise<IndexDigest> {
  const digest = new IndexDigest();
  for await (const page of everything(target)) {
    for (const point of page) digest.add(point);
    onProgress(digest.chunks);
  }
  return digest;
}

/** Counts and a sha256 over all chunks, vectors and states of sources, in whatever order they come. */
export class IndexDigest {
  chunks = 0;
  vectors = 0;
  sources = 0;
  readonly #digest = new UnorderedDigest();

  /** Returns what it is told apart by: equal for points that hold the same. */
  add({ payload, vector }: StoredPoint): string {
    const dense = denseOf(vector);
    const text = canonical(payload, dense);
    if (payload["record"] === "index") return text;
    if (payload["record"] === "source") this.sources++;
    else this.chunks++;
    if (dense !== null) this.vectors++;
    this.#digest.add(text);
    return text;
  }

  hex(): string {
    return this.#digest.hex();
  }
}

function everything(target: SyncTarget): AsyncGenerator<StoredPoint[]> {
  return scrollPages(target, [match("project_id", target.tenant)], { size: PAGE, vectors: target.space !== null });
}

/**
 * A point's payload, keys in order, and its vector in steps of 1/127 of its largest component, as it is kept here; but
 * for the numbers and names that belong to the place where it is kept.
 */
function canonical(payload: StoredPoint["payload"], dense: readonly number[] | null): string {
  const fields = Object.entries(payload)
    .filter(([key]) => key !== "chunk" && key !== "project_id")
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([fields, stepsOf(dense)]);
}

/** The dense vector among the named ones of a point; null where it has none. */
export function denseOf(vector: unknown): readonly number[] | null {
  const dense: unknown = typeof vector === "object" && vector !== null && "dense" in vector ? vector.dense : null;
  return Array.isArray(dense) ? (dense as readonly number[]) : null;
}

function stepsOf(dense: readonly number[] | null): readonly number[] | null {
  if (dense === null) return null;
  const largest = dense.reduce((most, component) => Math.max(most, Math.abs(component)), 0);
  return largest === 0 ? dense : dense.map((component) => Math.round((component / largest) * 127));
}

/** A digest of a set, whose members may come in any order: the sum of their sha256 (AdHash, Bellare and Micciancio, 1997). */
class UnorderedDigest {
  #sum = 0n;

  add(text: string): void {
    const hash = BigInt(`0x${sha256(text)}`);
    this.#sum = (this.#sum + hash) % 2n ** 256n;
  }

  hex(): string {
    return this.#sum.toString(16).padStart(64, "0");
  }
}
