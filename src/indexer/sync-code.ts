import { CHUNKER_VERSION } from "../chunk/chunk-text.ts";
import type { IndexStore } from "../store/index-store.ts";
import { walk, type WalkedFile, type WalkOptions, type WalkSkip } from "../workspace/walk.ts";
import { findChanges } from "./changes.ts";
import { KnownFolders } from "./known-folders.ts";
import { indexFiles, type IndexFilesPorts, skippedState } from "./index-files.ts";

export interface SyncPorts extends IndexFilesPorts {
  readonly store: IndexStore;
  readonly ignore: Omit<WalkOptions, "signal" | "onSkip" | "maxFileBytes">;
}

export interface SyncProgress {
  readonly done: number;
  readonly total: number;
}

export interface SyncSummary {
  /** Files that are in the index or listed in it as skipped. */
  readonly files: number;
  readonly unchanged: number;
  /** Read and cut anew. */
  readonly indexed: number;
  readonly removed: number;
}

export interface SyncOptions {
  /** Reads and hashes every file, whatever stat says. */
  readonly full?: boolean;
  readonly signal: AbortSignal;
}

/**
 * The first stage of indexing: brings the index up to what is on disk, so that every file can be found by its words.
 * Each batch is one transaction; stopped at any moment, the next run goes on with what is missing.
 * @throws what reading the root throws, and the signal's reason
 */
export async function* syncCode(ports: SyncPorts, options: SyncOptions): AsyncGenerator<SyncProgress, SyncSummary> {
  const { store, root, maxFileBytes } = ports;
  const { signal, full = false } = options;
  const folders = await KnownFolders.open(store, full);
  const skips: WalkSkip[] = [];
  const onSkip = (skip: WalkSkip) => skips.push(skip);
  const files: WalkedFile[] = [];
  for await (const batch of walk(root, { ...ports.ignore, maxFileBytes, signal, onSkip, folders: folders.memory })) {
    for (const file of batch) files.push(file);
  }
  const known = await folders.others(files, skips);
  const changes = findChanges(files, skips, known, { chunker: CHUNKER_VERSION, full });
  const { changed, removed, skipped } = changes;
  const unchanged = changes.unchanged + folders.unchanged;
  const walked = new Map(changed.map((file) => [file.path, file]));
  const total = changed.length;
  let done = 0;
  let indexed = 0;
  yield { done, total };
  const unread = { size: 0, mtimeMs: 0, inode: 0, hash: "" };
  const put = skipped.map(({ path, reason }) => ({ state: skippedState(path, unread, reason), chunks: [] }));
  if (removed.length + put.length > 0) await store.apply({ remove: removed, put, touch: [] });
  for await (const batch of indexFiles(ports, changed, known, signal)) {
    await store.apply(batch);
    folders.note(batch, walked);
    indexed += batch.put.length;
    done += batch.put.length + batch.touch.length + batch.remove.length;
    yield { done, total };
  }
  await folders.remember();
  await store.noteScan({ full });
  return { files: unchanged + total, unchanged: unchanged + total - indexed, indexed, removed: removed.length };
}
