import { mkdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { UserError, hasErrno } from "../errors.ts";
import { field } from "../json-fields.ts";
import { makeDirectory } from "../make-directory.ts";
import { openDatabase } from "../sqlite.ts";
import { productVersion } from "../version.ts";
import { backupIndex, restoreIndex } from "./backup.ts";
import { EmbeddedStore } from "./embedded-store.ts";
import { migrateToServer } from "./migrate.ts";
import { type StoreOptions, qdrantOptions } from "./open-store.ts";
import { QdrantConnection } from "./qdrant/qdrant-client.ts";
import { collectionName } from "./qdrant/qdrant-collection.ts";
import { isEqual } from "./qdrant/qdrant-compare.ts";
import { forgetTarget, hasQueue, markComplete, queueAll } from "./qdrant/qdrant-queue.ts";
import { type SnapshotFile, restoreSnapshots, sha256Of, takeSnapshots } from "./qdrant/qdrant-snapshot.ts";
import { QdrantStore } from "./qdrant/qdrant-store.ts";
import { MIGRATIONS } from "./schema.ts";
import { activeSpace } from "./vector/vector-writer.ts";

interface Place {
  readonly path: string;
  readonly options: StoreOptions;
}

interface IndexCopy {
  readonly kind: StoreOptions["kind"];
  readonly root: string;
  /** The file that was copied, and its machine. */
  readonly origin: { readonly host: string; readonly path: string };
  /** Name within the backup's directory. */
  readonly file: string;
  readonly sha256: string;
  readonly snapshots: readonly SnapshotFile[];
}

interface Manifest {
  readonly format: 1;
  readonly version: string;
  readonly createdAt: string;
  readonly indexes: readonly IndexCopy[];
}

export interface BackupReport extends Manifest {
  readonly directory: string;
}

export interface RestoreReport {
  readonly directory: string;
  readonly indexes: readonly {
    readonly kind: StoreOptions["kind"];
    readonly chunks: number;
    /** What the server was brought: its snapshot, or what it lacked; null without a server. */
    readonly server: "snapshot" | "sent" | null;
    readonly isEqual: boolean | null;
  }[];
}

const MANIFEST = "manifest.json";

/** Snapshots of large collections take their time. */
const SNAPSHOT_MS = 600_000;

/**
 * Copies those of the indexes that exist into a new directory, as they are at this moment while others go on writing, and
 * a snapshot of their collections where one server holds them; for a cluster the indexes alone, which hold everything.
 * @throws UserError `store.target-exists`, `store.not-found` when there is no index at all.
 */
export async function backupStore(directory: string, places: readonly Place[]): Promise<BackupReport> {
  const indexes: IndexCopy[] = [];
  await makeNew(directory);
  for (const { path: file, options } of places) {
    const { kind, root } = options;
    const copy = path.join(directory, `${kind}.db`);
    try {
      await backupIndex(file, copy);
    } catch (thrown) {
      if (thrown instanceof UserError && thrown.code === "store.not-found") continue;
      throw thrown;
    }
    const snapshots = await snapshotsOf(file, copy, options, directory);
    const origin = { host: hostname(), path: file };
    indexes.push({ kind, root, origin, file: `${kind}.db`, sha256: await sha256Of(copy), snapshots });
  }
  if (indexes.length === 0) throw new UserError("store.not-found", "There is no index to back up.");
  const manifest = { format: 1, version: productVersion(), createdAt: new Date().toISOString(), indexes } as const;
  await writeFile(path.join(directory, MANIFEST), JSON.stringify(manifest, null, 2));
  return { directory, ...manifest };
}

/**
 * Puts a backup in the place of the indexes; the former ones are moved aside. A collection that is gone comes back from
 * its snapshot; one that exists is brought what it lacks, since others may keep theirs in it too. Both are compared.
 * @throws UserError `store.not-found`, `store.corrupt` before anything is touched; `store.busy` while an index is written.
 */
export async function restoreStore(directory: string, places: readonly Place[], signal: AbortSignal) {
  const manifest = await readManifest(directory);
  for (const { file, sha256, snapshots } of manifest.indexes) {
    for (const each of [{ file, sha256 }, ...snapshots]) await expectIntact(directory, each);
  }
  const indexes: RestoreReport["indexes"][number][] = [];
  for (const copy of manifest.indexes) {
    const place = places.find(({ options }) => options.kind === copy.kind);
    if (place === undefined) continue;
    await expectIdle(place.path);
    makeDirectory(path.dirname(place.path), 0o700);
    await restoreIndex(path.join(directory, copy.file), place.path, place.options.log);
    indexes.push({ kind: copy.kind, ...(await bringServer(directory, copy, place, signal)) });
  }
  return { directory, indexes };
}

async function snapshotsOf(file: string, copy: string, options: StoreOptions, directory: string) {
  const url = options.settings.qdrantUrl;
  if (url === undefined) return [];
  const target = qdrantOptions(file, url, options);
  const connection = new QdrantConnection({ ...target.server, timeoutMs: SNAPSHOT_MS });
  using db = await openDatabase(copy, { migrations: MIGRATIONS });
  const collection = collectionName(target, activeSpace(db));
  const { exists } = await connection.send((client) => client.collectionExists(collection));
  return exists ? takeSnapshots(connection, collection, directory) : [];
}

async function bringServer(directory: string, copy: IndexCopy, { path: file, options }: Place, signal: AbortSignal) {
  const url = options.settings.qdrantUrl;
  const db = await openDatabase(file, { migrations: MIGRATIONS });
  // Elsewhere it is another index: two that write under one name would undo each other's work.
  const isSamePlace = copy.origin.host === hostname() && copy.origin.path === file;
  if (!isSamePlace) forgetTarget(db);
  // The server may have changed since the backup: everything counts as unsent until it was compared.
  else if (hasQueue(db)) queueAll(db);
  if (url === undefined) {
    const chunks = db.get<{ n: number }>("SELECT count(*) AS n FROM chunk")?.n ?? 0;
    db.close();
    return { chunks, server: null, isEqual: null };
  }
  const target = qdrantOptions(file, url, options);
  const connection = new QdrantConnection({ ...target.server, timeoutMs: SNAPSHOT_MS });
  if (isSamePlace && (await restoreSnapshots(connection, copy.snapshots, directory))) {
    await using store = new QdrantStore(db, target);
    const compared = await store.compare();
    if (isEqual(compared)) {
      markComplete(db);
      return { chunks: compared.chunks, server: "snapshot" as const, isEqual: true };
    }
  } else db.close();
  const { chunks, isEqual: equal } = await migrateToServer(file, target, { signal, onProgress: () => {} });
  return { chunks, server: "sent" as const, isEqual: equal };
}

/** Takes the writer's lease for a moment: whoever holds it would go on writing to what was moved aside. */
async function expectIdle(file: string): Promise<void> {
  try {
    await using store = new EmbeddedStore(await openDatabase(file, { migrations: MIGRATIONS }), Date.now);
    if (await store.acquireLease()) return;
  } catch {
    // Damaged: what a backup is for.
    return;
  }
  throw new UserError("store.busy", `Another process is writing ${file}.`, { hint: "Stop it, then restore again." });
}

async function expectIntact(directory: string, { file, sha256 }: { file: string; sha256: string }): Promise<void> {
  const found = await sha256Of(path.join(directory, file)).catch(() => null);
  if (found === sha256) return;
  const state = found === null ? "missing" : "damaged";
  throw new UserError("store.corrupt", `${file} of the backup in ${directory} is ${state}.`);
}

async function readManifest(directory: string): Promise<Manifest> {
  try {
    const manifest: unknown = JSON.parse(await readFile(path.join(directory, MANIFEST), "utf8"));
    if (isManifest(manifest)) return manifest;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError) && !hasErrno(thrown, "ENOENT", "ENOTDIR")) throw thrown;
  }
  throw new UserError("store.not-found", `${directory} holds no backup of codelab-mcp.`);
}

/** Whether it says what a restore relies on; files are named, and never lie outside of the backup's directory. */
function isManifest(value: unknown): value is Manifest {
  const indexes = field(value, "indexes");
  if (field(value, "format") !== 1 || !Array.isArray(indexes)) return false;
  return indexes.every((copy: unknown) => {
    const snapshots = field(copy, "snapshots");
    const origin = field(copy, "origin");
    return isFile(copy) && Array.isArray(snapshots) && snapshots.every(isFile) && typeof origin === "object";
  });
}

function isFile(copy: unknown): boolean {
  const [file, sha256] = [field(copy, "file"), field(copy, "sha256")];
  return typeof file === "string" && file === path.basename(file) && typeof sha256 === "string";
}

async function makeNew(directory: string): Promise<void> {
  try {
    makeDirectory(path.dirname(directory));
    await mkdir(directory, { mode: 0o700 });
  } catch (thrown) {
    if (!hasErrno(thrown, "EEXIST")) throw thrown;
    const hint = "Name a directory that does not exist.";
    throw new UserError("store.target-exists", `${directory} exists already.`, { hint });
  }
}
