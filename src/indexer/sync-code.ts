import type { IndexStore } from "../store/index-store.ts";
import { indexFiles, type IndexFilesPorts, skippedState } from "./index-files.ts";
import { surveyCode, type SurveyOptions, type SurveyPorts } from "./survey-code.ts";

export interface SyncPorts extends IndexFilesPorts, SurveyPorts {
  readonly store: IndexStore;
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

/**
 * The first stage of indexing: brings the index up to what is on disk, so that every file can be found by its words.
 * Each batch is one transaction; stopped at any moment, the next run goes on with what is missing.
 * @throws what `surveyCode` throws
 */
export async function* syncCode(ports: SyncPorts, options: SurveyOptions): AsyncGenerator<SyncProgress, SyncSummary> {
  const { store } = ports;
  const { signal, full = false } = options;
  const { changed, removed, skipped, unchanged, known, folders } = await surveyCode(ports, options);
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
