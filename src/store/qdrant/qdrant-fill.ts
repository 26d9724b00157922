import type { Database } from "../../sqlite.ts";
import type { QdrantConnection } from "./qdrant-client.ts";
import { type CollectionSettings, isSibling, useAlias } from "./qdrant-collection.ts";
import { deleteSurplus } from "./qdrant-compare.ts";
import { pointId } from "./qdrant-points.ts";
import { isQueued, markFilled } from "./qdrant-queue.ts";
import { type SyncOptions, type SyncTarget, sendQueue } from "./qdrant-sync.ts";

/** What people know an index by. */
export interface IndexLabel {
  readonly kind: "code" | "conversations";
  /** The project's directory, or that of the logs. */
  readonly root: string;
  /** Where its books are: a name on a server belongs to one file on one machine. */
  readonly host: string;
  readonly file: string;
}

/** Kilobytes of vectors in a segment from which the server indexes it. */
const INDEXING_THRESHOLD = 20_000;

/**
 * Brings a server everything for the first time, or after it lost it; may be stopped at any moment and goes on where it
 * stopped. Then the alias changes over, and this index's points in collections of former embedders go.
 */
export async function fill(
  db: Database,
  target: SyncTarget,
  settings: CollectionSettings & { readonly label?: IndexLabel },
  options: SyncOptions,
): Promise<number> {
  const { connection, collection } = target;
  const sent = await sendQueue(db, target, options);
  await deleteSurplus(db, target);
  await writeLabel(target, settings.label);
  await endBulk(target);
  await useAlias(connection, settings, collection);
  await retireOthers(connection, settings, target);
  // Within one transaction: what another process commits meanwhile is queued before or after, never between.
  db.transaction(() => {
    if (!isQueued(db)) markFilled(db);
  });
  return sent;
}

/** Also after a load that was stopped, by whoever loads next: the server says whether it still waits. */
async function endBulk(target: SyncTarget): Promise<void> {
  const { config } = await target.connection.send((client) => client.getCollection(target.collection));
  if (config.optimizer_config.indexing_threshold !== 0) return;
  // 0: as many segments as the server has processors.
  const optimizers_config = { indexing_threshold: INDEXING_THRESHOLD, default_segment_number: 0 };
  await target.connection.send((client) => client.updateCollection(target.collection, { optimizers_config }));
}

async function writeLabel({ connection, collection, tenant, space }: SyncTarget, label: IndexLabel | undefined) {
  const facts = { ...label, fingerprint: space?.fingerprint ?? null, dimensions: space?.dimensions ?? null };
  const payload = { project_id: tenant, record: "index", label: JSON.stringify(facts) };
  const points = [{ id: pointId(tenant, ""), payload, vector: {} }];
  await connection.send((client) => client.upsert(collection, { wait: true, points }));
}

/** Deletes this index's points from the collections of other embedders; one that belongs to it alone goes as a whole. */
async function retireOthers(
  connection: QdrantConnection,
  settings: CollectionSettings,
  { collection, tenant }: SyncTarget,
): Promise<void> {
  const { collections } = await connection.send((client) => client.getCollections());
  for (const other of collections.map((each) => each.name)) {
    if (!isSibling(settings, other) || other === collection) continue;
    const filter = { must: [{ key: "project_id", match: { value: tenant } }] };
    await connection.send((client) => client.delete(other, { filter, wait: true }));
    if (settings.isOwn !== true) continue;
    const { count } = await connection.send((client) => client.count(other, { exact: true }));
    if (count === 0) await connection.send((client) => client.deleteCollection(other));
  }
}
