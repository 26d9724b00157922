import type { IndexBatch, IndexStore } from "../store/index-store.ts";
import { walk, type WalkedFile, type WalkOptions, type WalkSkip } from "../workspace/walk.ts";
import { mapAhead } from "./ahead.ts";
import { findChanges } from "./changes.ts";
import { type Chunker, prepareBatch, skippedState } from "./prepare-batch.ts";

export interface SyncPorts {
  readonly store: IndexStore;
  readonly chunker: Chunker;
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly maxFileBytes: number;
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

/** One transaction holds at most this much: large enough to be fast, small enough to lose little. */
const BATCH_FILES = 64;
const BATCH_BYTES = 400_000;
/** Batches read and cut while the one before is committed. */
const AHEAD = 4;

/**
 * The first stage of indexing: brings the index up to what is on disk, so that every file can be found by its words.
 * Each batch is one transaction; stopped at any moment, the next run goes on with what is missing.
 * @throws what reading the root throws, and the signal's reason
 */
export async function* syncCode(ports: SyncPorts, options: SyncOptions): AsyncGenerator<SyncProgress, SyncSummary> {
  const { store, root, maxFileBytes, chunker } = ports;
  const { signal, full = false } = options;
  const known = await store.sources();
  const skips: WalkSkip[] = [];
  const walked = walk(root, { ...ports.ignore, maxFileBytes, signal, onSkip: (skip) => skips.push(skip) });
  const changes = await findChanges(walked, skips, known, { chunker: chunker.version, full });
  const { changed, unchanged, removed, skipped } = changes;
  const total = changed.length;
  let done = 0;
  let indexed = 0;
  yield { done, total };
  const unread = { size: 0, mtimeMs: 0, inode: 0, hash: "" };
  const put = skipped.map(({ path, reason }) => ({
    state: skippedState(path, unread, reason, chunker.version),
    chunks: [],
  }));
  if (removed.length + put.length > 0) await store.apply({ remove: removed, put, touch: [] });
  const prepare = async (files: readonly WalkedFile[]) => ({
    count: files.length,
    batch: await prepareBatch(ports, files, known, signal),
  });
  for await (const { count, batch } of mapAhead(inBatches(changed, signal), AHEAD, prepare)) {
    await applyUnlessEmpty(store, batch);
    done += count;
    indexed += batch.put.length;
    yield { done, total };
  }
  return { files: unchanged + total, unchanged: unchanged + total - indexed, indexed, removed: removed.length };
}

async function* inBatches(files: readonly WalkedFile[], signal: AbortSignal): AsyncGenerator<readonly WalkedFile[]> {
  let batch: WalkedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    signal.throwIfAborted();
    batch.push(file);
    bytes += file.size;
    if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function applyUnlessEmpty(store: IndexStore, batch: IndexBatch): Promise<void> {
  if (batch.put.length + batch.touch.length + batch.remove.length > 0) await store.apply(batch);
}
