import { openOrRebuild } from "../sqlite.ts";
import { UserError } from "../errors.ts";
import { EmbeddedStore } from "./embedded-store.ts";
import { QdrantConnection } from "./qdrant/qdrant-client.ts";
import { digestOfIndex, digestOfServer, isEqual } from "./qdrant/qdrant-compare.ts";
import { fetchIndex } from "./qdrant/qdrant-fetch.ts";
import { adoptTenant, isFilled, tenantOf } from "./qdrant/qdrant-queue.ts";
import type { QdrantStoreOptions } from "./qdrant/qdrant-options.ts";
import { QdrantStore } from "./qdrant/qdrant-store.ts";
import { chooseTenant, listTenants } from "./qdrant/qdrant-tenants.ts";
import { MIGRATIONS } from "./schema.ts";
import { activeSpace } from "./vector/vector-writer.ts";

export type MigrationStage = "sending" | "sources" | "vectors" | "comparing";

export interface MigrationOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (stage: MigrationStage, done: number, total: number) => void;
}

/** What a migration moved, and whether both sides hold the same now. */
export interface MigrationReport {
  /** Chunks sent, or sources fetched, in this run; what an earlier one had moved is not counted. */
  readonly moved: number;
  readonly chunks: number;
  readonly vectors: number;
  readonly sources: number;
  readonly isEqual: boolean;
  /** sha256 over every chunk, vector and state of a source. */
  readonly digest: { readonly local: string; readonly server: string };
  /** Where they are not equal: how many chunks differ, are missing and are surplus on the server. */
  readonly faults: { readonly missing: number; readonly surplus: number; readonly differing: number };
}

/**
 * Brings the server everything of the index in the file `path`, and compares all of it. Stopped at any moment, it goes on
 * where it stopped; nothing is embedded again.
 * @throws UserError `store.busy` while another process writes the index.
 */
export async function migrateToServer(
  path: string,
  options: QdrantStoreOptions,
  { signal, onProgress }: MigrationOptions,
): Promise<MigrationReport> {
  const db = await openOrRebuild(path, { migrations: MIGRATIONS }, options.log);
  await using store = new QdrantStore(db, options);
  if (!(await store.acquireLease())) throw busy();
  let moved = 0;
  do {
    moved += await store.synchronize({
      signal,
      onProgress: (done, left) => onProgress("sending", done, done + left),
    });
  } while (!isFilled(db));
  const compared = await store.compare((done, total) => onProgress("comparing", done, total));
  return {
    moved,
    chunks: compared.chunks,
    vectors: compared.vectors,
    sources: compared.sources,
    isEqual: isEqual(compared),
    digest: { local: compared.digest.local, server: compared.digest.remote },
    faults: {
      missing: compared.missing.length,
      surplus: compared.surplus.length,
      differing: compared.differing.length + compared.differingSources.length,
    },
  };
}

/**
 * Brings the file `path` everything of an index that it lacks from the server, with its vectors, and compares all of it.
 * What the file has already is kept as it is. Stopped at any moment, it goes on where it stopped.
 * @throws UserError `store.busy` while another process writes the index; `store.not-found`, `store.ambiguous` where
 *   `asked` or the index's own label does not name one index on the server.
 */
export async function migrateToEmbedded(
  path: string,
  options: QdrantStoreOptions & Required<Pick<QdrantStoreOptions, "label">>,
  { asked, signal, onProgress }: MigrationOptions & { readonly asked?: string | undefined },
): Promise<MigrationReport> {
  const db = await openOrRebuild(path, { migrations: MIGRATIONS }, options.log);
  await using store = new EmbeddedStore(db, Date.now);
  if (!(await store.acquireLease())) throw busy();
  const connection = new QdrantConnection(options.server);
  const tenants = await listTenants(connection, options);
  const chosen = chooseTenant(tenants, asked ?? tenantAmong(tenants, tenantOf(db)), options.label);
  if (chosen.fingerprint !== null && chosen.dimensions !== null) {
    await store.useVectors(chosen.fingerprint, chosen.dimensions);
  }
  const isMine = chosen.file === options.label.file && chosen.host === options.label.host;
  // Known by the same name it will take its own place on the server again, rather than a second one.
  if (isMine) adoptTenant(db, chosen.tenant);
  const target = { connection, collection: chosen.collection, tenant: chosen.tenant, space: activeSpace(db) };
  let stage: MigrationStage = "sources";
  const { sources: moved } = await fetchIndex(db, store, target, {
    signal,
    onStage: (next) => (stage = next),
    onProgress: (done, left) => onProgress(stage, done, done + left),
  });
  const local = digestOfIndex(db, activeSpace(db));
  const server = await digestOfServer(target, (done) => onProgress("comparing", done, local.chunks));
  const missing = Math.max(0, local.chunks - server.chunks);
  const surplus = Math.max(0, server.chunks - local.chunks);
  const digest = { local: local.hex(), server: server.hex() };
  return {
    moved,
    chunks: local.chunks,
    vectors: local.vectors,
    sources: local.sources,
    isEqual: digest.local === digest.server,
    digest,
    faults: { missing, surplus, differing: digest.local === digest.server || missing + surplus > 0 ? 0 : 1 },
  };
}

function tenantAmong(tenants: readonly { readonly tenant: string }[], known: string | null): string | undefined {
  return tenants.some(({ tenant }) => tenant === known) ? (known ?? undefined) : undefined;
}

function busy(): UserError {
  return new UserError("store.busy", "Another process is writing this index.", {
    hint: "Wait until it is done, or stop it; then run the same command again.",
  });
}
