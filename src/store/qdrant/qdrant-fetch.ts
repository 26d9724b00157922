import type { Database } from "../../sqlite.ts";
import type { IndexStore, KeyedVector, SourceState } from "../index-store.ts";
import type { SendOptions } from "./qdrant-client.ts";
import { denseOf } from "./qdrant-compare.ts";
import { chunkOfPayload } from "./qdrant-payload.ts";
import { type Condition, type StoredPoint, match, scroll, scrollPages } from "./qdrant-scroll.ts";
import type { SyncOptions, SyncTarget } from "./qdrant-sync.ts";

/** Sources copied in one transaction, and vectors asked for at once. */
const SOURCES = 64;
const VECTORS = 256;
const PAGE = 512;

/**
 * Copies from the server what the local index lacks: sources with their chunks, then vectors by their content. What is
 * there already stays as it is, so that it may be stopped at any moment and goes on where it stopped. Returns how many
 * sources and vectors came.
 */
export async function fetchIndex(
  db: Database,
  into: IndexStore,
  target: SyncTarget,
  options: SyncOptions & { readonly onStage?: (stage: "sources" | "vectors") => void } = {},
): Promise<{ readonly sources: number; readonly vectors: number }> {
  options.onStage?.("sources");
  const sources = await fetchSources(into, target, options);
  options.onStage?.("vectors");
  const vectors = target.space === null ? 0 : await fetchVectors(db, into, target, options);
  return { sources, vectors };
}

/** The vectors of these keys that the collection holds, whoever brought them: equal texts have equal vectors. */
export async function vectorsByKey(
  { connection, collection, space }: SyncTarget,
  keys: readonly string[],
  options: SendOptions = {},
): Promise<KeyedVector[]> {
  if (space === null || keys.length === 0) return [];
  const found = new Map<string, Float32Array>();
  let wanted = keys;
  // Texts that many chunks share fill a page with one vector: what is still missing is asked for again.
  while (wanted.length > 0) {
    const before = found.size;
    const must: Condition[] = [match("vector_key", wanted), { has_vector: "dense" }];
    const request = { filter: { must }, limit: PAGE, with_payload: ["vector_key"], with_vector: ["dense"] };
    const { points } = await scroll(connection, collection, request, options);
    for (const { payload, vector } of points) {
      const [key, dense] = [payload?.["vector_key"], denseOf(vector)];
      if (typeof key === "string" && dense?.length === space.dimensions) found.set(key, Float32Array.from(dense));
    }
    if (points.length < PAGE || found.size === before) break;
    wanted = keys.filter((key) => !found.has(key));
  }
  return Array.from(found, ([vectorKey, vector]) => ({ vectorKey, vector }));
}

async function fetchSources(into: IndexStore, target: SyncTarget, { signal, onProgress }: SyncOptions) {
  const known = await into.sources();
  const { connection, collection, tenant } = target;
  const must = [match("project_id", tenant), match("record", "source")];
  const { count } = await connection.send((client) => client.count(collection, { exact: true, filter: { must } }));
  let [seen, copied] = [0, 0];
  for await (const page of scrollPages(target, must, { size: SOURCES, signal })) {
    signal?.throwIfAborted();
    const states = page.flatMap(({ payload: { state } }) => {
      const parsed = typeof state === "string" ? (JSON.parse(state) as SourceState) : null;
      return parsed === null || known.has(parsed.path) ? [] : [parsed];
    });
    if (states.length > 0) await into.apply({ put: await withChunks(target, states), remove: [], touch: [] });
    [seen, copied] = [seen + page.length, copied + states.length];
    await into.acquireLease();
    onProgress?.(seen, Math.max(0, count - seen));
  }
  return copied;
}

async function withChunks(target: SyncTarget, states: readonly SourceState[]) {
  const paths = states.map(({ path }) => path);
  const must = [match("project_id", target.tenant), match("path", paths)];
  const bySource = new Map<string, StoredPoint["payload"][]>(paths.map((path) => [path, []]));
  for await (const page of scrollPages(target, must, { size: PAGE })) {
    for (const { payload } of page) {
      if (payload["record"] === undefined) bySource.get(String(payload["path"]))?.push(payload);
    }
  }
  return states.map((state) => {
    const payloads = bySource.get(state.path) ?? [];
    const ordered = payloads.toSorted((a, b) => Number(a["ordinal"]) - Number(b["ordinal"]));
    return { state, chunks: ordered.flatMap((payload) => chunkOfPayload(payload) ?? []) };
  });
}

async function fetchVectors(db: Database, into: IndexStore, target: SyncTarget, { signal, onProgress }: SyncOptions) {
  const pending = db.all<{ key: Uint8Array }>("SELECT t.key FROM pending p JOIN text t ON t.id = p.text ORDER BY t.id");
  const keys = pending.map(({ key }) => Buffer.from(key).toString("hex"));
  let copied = 0;
  for (let at = 0; at < keys.length; at += VECTORS) {
    signal?.throwIfAborted();
    const found = await vectorsByKey(target, keys.slice(at, at + VECTORS), { signal });
    if (found.length > 0) await into.putVectors(found);
    copied += found.length;
    await into.acquireLease();
    onProgress?.(Math.min(keys.length, at + VECTORS), Math.max(0, keys.length - at - VECTORS));
  }
  return copied;
}
