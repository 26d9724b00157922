import { stat } from "node:fs/promises";
import { messageOf } from "../errors.ts";
import { openDatabase } from "../sqlite.ts";
import { revisionOf } from "./meta.ts";
import { type StoreOptions, qdrantOptions } from "./open-store.ts";
import { QdrantConnection } from "./qdrant/qdrant-client.ts";
import { collectionName } from "./qdrant/qdrant-collection.ts";
import { hasQueue, isFilled, queueLength, tenantOf } from "./qdrant/qdrant-queue.ts";
import { type Tenant, listTenants } from "./qdrant/qdrant-tenants.ts";
import { MIGRATIONS } from "./schema.ts";
import { Stats } from "./stats.ts";
import { activeSpace } from "./vector/vector-writer.ts";

/** How one index is kept. */
export interface StoreReport {
  readonly kind: StoreOptions["kind"];
  readonly store: "sqlite" | "qdrant";
  readonly file: string;
  readonly chunks: number;
  readonly bytes: number;
  /** Null without a server. */
  readonly server: ServerReport | { readonly url: string; readonly trouble: string } | null;
}

export interface ServerReport {
  readonly url: string;
  readonly version: string;
  /** Nodes of the cluster; 1 where it is none. */
  readonly nodes: number;
  readonly collection: string;
  /** `green`: indexed; `yellow`: being indexed; null where it does not exist yet. */
  readonly state: string | null;
  readonly points: number;
  readonly shards: number | null;
  readonly replicas: number | null;
  /** This index's name there, and whether it has all of it. */
  readonly index: string | null;
  readonly isComplete: boolean;
  /** Chunks that wait to be sent. */
  readonly waiting: number;
  /** All indexes in collections of this name, whosever. */
  readonly indexes: readonly Tenant[];
}

/** Looks at an index here and on its server; a server in trouble is part of the answer. */
export async function describeStore(path: string, options: StoreOptions): Promise<StoreReport> {
  const { kind, settings } = options;
  const place = { kind, file: path, store: settings.qdrantUrl === undefined ? "sqlite" : "qdrant" } as const;
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const here = isThere ? await readHere(path) : NOTHING;
  const { chunks, bytes } = here;
  const url = settings.qdrantUrl;
  if (url === undefined) return { ...place, chunks, bytes, server: null };
  try {
    return { ...place, chunks, bytes, server: await readServer(path, url, options, here) };
  } catch (thrown) {
    return { ...place, chunks, bytes, server: { url, trouble: messageOf(thrown) } };
  }
}

const NOTHING = { chunks: 0, bytes: 0, space: null, index: null, isComplete: false, waiting: 0 };

type Here = Awaited<ReturnType<typeof readHere>> | typeof NOTHING;

async function readHere(path: string) {
  using db = await openDatabase(path, { migrations: MIGRATIONS });
  const { chunks, bytes } = new Stats(db).read(revisionOf(db));
  const queue = hasQueue(db)
    ? { isComplete: isFilled(db) && queueLength(db) === 0, waiting: queueLength(db) }
    : { isComplete: false, waiting: chunks };
  return { chunks, bytes, space: activeSpace(db), index: tenantOf(db), ...queue };
}

async function readServer(path: string, url: string, options: StoreOptions, here: Here): Promise<ServerReport> {
  const target = qdrantOptions(path, url, options);
  const connection = new QdrantConnection(target.server);
  const collection = collectionName(target, here.space);
  const { version } = await connection.send((client) => client.versionInfo());
  const cluster = await connection.send((client) => client.api().clusterStatus({}));
  const { exists } = await connection.send((client) => client.collectionExists(collection));
  const info = exists ? await connection.send((client) => client.getCollection(collection)) : null;
  const indexes = await listTenants(connection, target);
  return {
    url: connection.url,
    version,
    nodes: peersOf(cluster.data.result),
    collection,
    state: info?.status ?? null,
    points: info?.points_count ?? 0,
    shards: info?.config.params.shard_number ?? null,
    replicas: info?.config.params.replication_factor ?? null,
    index: here.index,
    isComplete: here.isComplete,
    waiting: here.waiting,
    indexes,
  };
}

function peersOf(status: unknown): number {
  const peers: unknown = typeof status === "object" && status !== null && "peers" in status ? status.peers : null;
  return typeof peers === "object" && peers !== null ? Math.max(1, Object.keys(peers).length) : 1;
}
