import type { ChunkSource } from "../chunk/chunk-text.ts";
import { CHUNKER_VERSION } from "../chunk/chunk-text.ts";
import type { Chunker } from "../chunk/chunk-pool.ts";
import { languageOf } from "../chunk/languages.ts";
import type { IndexBatch, SourceState, SourceUpdate } from "../store/index-store.ts";
import { type ReadSkip, type ReadState, type ReadText, readText } from "../workspace/read-text.ts";
import type { WalkedFile } from "../workspace/walk.ts";
import { recordOf } from "./embed-text.ts";

export interface IndexFilesPorts {
  readonly chunker: Chunker;
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly maxFileBytes: number;
}

/** One transaction holds at most this much: large enough to be fast, small enough to lose little. */
const BATCH_FILES = 128;
const BATCH_BYTES = 800_000;

/**
 * Reads and cuts changed files, yielding one transaction's worth of updates at a time. A file that only seemed to change
 * is touched, one that vanished meanwhile is removed, one that cannot be indexed is recorded with its reason.
 * @param known what the index remembers, by path
 */
export async function* indexFiles(
  { chunker, root, maxFileBytes }: IndexFilesPorts,
  files: Iterable<WalkedFile>,
  known: ReadonlyMap<string, SourceState>,
  signal: AbortSignal,
): AsyncGenerator<IndexBatch> {
  const batch = new Batch();
  const texts = readTexts(files, known, batch, (path) => readText(root, path, { maxFileBytes }));
  for await (const { source, chunks } of chunker.chunkAll(texts, { signal })) {
    const { path, text, read } = source;
    const language = languageOf(path, text.slice(0, FIRST_LINE).split("\n", 1)[0]);
    const state = { path, ...stateOf(read), language, chunker: CHUNKER_VERSION, skipped: null };
    batch.put({ state, chunks: chunks.map(recordOf) }, read.size);
    if (batch.isFull) yield batch.take();
  }
  if (!batch.isEmpty) yield batch.take();
}

/** Enough of a file to see a shebang. */
const FIRST_LINE = 200;

interface Source extends ChunkSource {
  readonly read: ReadText;
}

/** The texts that are to be cut; what needs no cutting goes straight into the batch. */
function* readTexts(
  files: Iterable<WalkedFile>,
  known: ReadonlyMap<string, SourceState>,
  batch: Batch,
  readFile: (path: string) => ReadText | ReadSkip,
): Generator<Source> {
  for (const { path } of files) {
    const read = readFile(path);
    const before = known.get(path);
    if ("skipped" in read) {
      if (read.skipped === "vanished") batch.remove(path);
      // It is tried each time, since its rights may change; that nothing came of it is known already.
      else if (read.skipped === "unreadable" && before?.skipped === "unreadable") continue;
      else batch.put({ state: skippedState(path, read, read.skipped), chunks: [] }, 0);
    } else if (before !== undefined && before.hash === read.hash && before.chunker === CHUNKER_VERSION) {
      batch.touch({ ...before, ...stateOf(read) });
    } else {
      yield { path, text: read.text, read };
    }
  }
}

/** The state of a file of which nothing is indexed, so that it is neither read again nor forgotten. */
export function skippedState(path: string, state: ReadState, reason: string): SourceState {
  return { path, ...stateOf(state), language: "", chunker: CHUNKER_VERSION, skipped: reason };
}

function stateOf({ size, mtimeMs, inode, hash }: ReadState): ReadState {
  return { size, mtimeMs, inode, hash };
}

class Batch {
  #put: SourceUpdate[] = [];
  #touch: SourceState[] = [];
  #remove: string[] = [];
  #bytes = 0;

  put(update: SourceUpdate, bytes: number): void {
    this.#put.push(update);
    this.#bytes += bytes;
  }

  touch(state: SourceState): void {
    this.#touch.push(state);
  }

  remove(path: string): void {
    this.#remove.push(path);
  }

  get isEmpty(): boolean {
    return this.#put.length + this.#touch.length + this.#remove.length === 0;
  }

  get isFull(): boolean {
    return this.#put.length >= BATCH_FILES || this.#bytes >= BATCH_BYTES;
  }

  take(): IndexBatch {
    const taken = { put: this.#put, touch: this.#touch, remove: this.#remove };
    this.#put = [];
    this.#touch = [];
    this.#remove = [];
    this.#bytes = 0;
    return taken;
  }
}
