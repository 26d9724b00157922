import type { Chunk } from "../chunk/chunk.ts";
import type { IndexBatch, SourceState, SourceUpdate } from "../store/index-store.ts";
import { type ReadSkip, type ReadState, type ReadText, readText } from "../workspace/read-text.ts";
import type { WalkedFile } from "../workspace/walk.ts";
import { recordOf } from "./embed-text.ts";

/** Cuts texts; `chunk/chunk-pool.ts` does it on all cores. */
export interface Chunker {
  /** Changes whenever the same text would be cut differently. */
  readonly version: string;
  languageOf(path: string, text: string): string;
  chunk(files: readonly { readonly path: string; readonly text: string }[], signal: AbortSignal): Promise<Chunk[][]>;
}

export interface PreparePorts {
  readonly chunker: Chunker;
  readonly root: string;
  readonly maxFileBytes: number;
}

/**
 * Reads and cuts changed files into one transaction's worth of updates. A file that only seemed to change is touched, one
 * that vanished meanwhile is removed, one that cannot be indexed is recorded with its reason.
 * @param known what the index remembers of these files, by path
 */
export async function prepareBatch(
  { chunker, root, maxFileBytes }: PreparePorts,
  files: readonly WalkedFile[],
  known: ReadonlyMap<string, SourceState>,
  signal: AbortSignal,
): Promise<IndexBatch> {
  const put: SourceUpdate[] = [];
  const touch: SourceState[] = [];
  const remove: string[] = [];
  const texts: { path: string; text: string; read: ReadText }[] = [];
  for (const { path } of files) {
    const read = readText(root, path, { maxFileBytes });
    if (isSkip(read)) {
      if (read.skipped === "vanished") remove.push(path);
      else put.push({ state: skippedState(path, read, read.skipped, chunker.version), chunks: [] });
      continue;
    }
    const before = known.get(path);
    if (before !== undefined && before.hash === read.hash && before.chunker === chunker.version) {
      touch.push({ ...before, ...stateOf(read) });
    } else {
      texts.push({ path, text: read.text, read });
    }
  }
  const chunked = texts.length === 0 ? [] : await chunker.chunk(texts, signal);
  for (const [index, { path, text, read }] of texts.entries()) {
    const language = chunker.languageOf(path, text);
    const state = { path, ...stateOf(read), language, chunker: chunker.version, skipped: null };
    put.push({ state, chunks: (chunked[index] ?? []).map(recordOf) });
  }
  return { put, touch, remove };
}

/** The state of a file of which nothing is indexed, so that it is neither read again nor forgotten. */
export function skippedState(path: string, state: ReadState, reason: string, chunker: string): SourceState {
  return { path, ...stateOf(state), language: "", chunker, skipped: reason };
}

function stateOf({ size, mtimeMs, inode, hash }: ReadState): ReadState {
  return { size, mtimeMs, inode, hash };
}

function isSkip(read: ReadText | ReadSkip): read is ReadSkip {
  return "skipped" in read;
}
