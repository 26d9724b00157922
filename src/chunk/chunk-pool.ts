import { availableParallelism } from "node:os";
import type { Chunk } from "./chunk.ts";
import { chunkText, type ChunkSource } from "./chunk-text.ts";
import { DEFAULT_LIMIT } from "./limits.ts";
import { createSyntax, type Syntax } from "./syntax.ts";
import { boundTokens } from "./token-bound.ts";
import { createWorkerSlots, WorkerLostError, type WorkerSlots } from "./worker-slots.ts";

export interface ChunkedFile<Source extends ChunkSource = ChunkSource> {
  readonly source: Source;
  readonly chunks: Chunk[];
}

/** Chunks files, one at a time here or many in worker threads. */
export interface Chunker extends AsyncDisposable {
  /** The chunks of one file, made in this thread. */
  chunk(source: ChunkSource): Promise<Chunk[]>;
  /**
   * The chunks of many files, in their order. Reads ahead of its consumer by a few batches and no further; throws the
   * signal's reason when that is aborted.
   */
  chunkAll<Source extends ChunkSource>(
    sources: Iterable<Source> | AsyncIterable<Source>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<ChunkedFile<Source>, void>;
}

export interface ChunkerOptions {
  /** Most tokens in a chunk, by `boundTokens`. */
  readonly maxTokens?: number;
  /** Most worker threads (default: one per core but the one that writes, four at most); with 0 all work is done in this thread. */
  readonly workers?: number;
  /** How long an idle worker is kept, in milliseconds. */
  readonly idleMs?: number;
  /** Hears of each file that could not be parsed without losing a worker, and is split at its paragraphs instead. */
  readonly onFallback?: (path: string) => void;
  /** The compiled worker, for tests. */
  readonly workerFile?: URL;
}

/** A chunker whose threads and grammars are loaded when first needed. */
export function createChunker(options: ChunkerOptions = {}): Chunker {
  const { maxTokens = DEFAULT_LIMIT.maxTokens, idleMs = 10_000, onFallback } = options;
  const size = options.workers ?? Math.max(1, Math.min(MAX_WORKERS, availableParallelism() - 1));
  const limit = { maxTokens, measure: boundTokens };
  let syntax: Syntax | undefined;
  let slots: WorkerSlots | undefined;

  const chunk = (source: ChunkSource) => chunkText(source, limit, (syntax ??= createSyntax()));
  return {
    chunk,
    chunkAll: (sources, { signal } = {}) => inOrder(batches(sources, signal), size, signal),
    async [Symbol.asyncDispose]() {
      await slots?.[Symbol.asyncDispose]();
    },
  };

  /** Keeps some batches under way, so that no worker waits for the consumer of another's. */
  async function* inOrder<Source extends ChunkSource>(
    source: AsyncGenerator<Batch<Source>, void>,
    threads: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ChunkedFile<Source>, void> {
    const underWay: Promise<ChunkedFile<Source>[]>[] = [];
    try {
      for (let done = false; !done || underWay.length > 0;) {
        while (!done && underWay.length < threads * BATCHES_PER_WORKER + 1) {
          const next = await source.next();
          if (next.done === true) done = true;
          else {
            const files = work(next.value, threads, signal);
            // It is awaited in its turn; until then its failure must not count as unhandled.
            files.catch(() => {});
            underWay.push(files);
          }
        }
        const first = await underWay.shift();
        signal?.throwIfAborted();
        if (first !== undefined) yield* first;
      }
    } finally {
      await source.return();
    }
  }

  async function work<Source extends ChunkSource>(
    { files, only }: Batch<Source>,
    threads: number,
    signal: AbortSignal | undefined,
  ): Promise<ChunkedFile<Source>[]> {
    // Starting a worker and loading its grammar takes longer than a handful of files.
    if (threads === 0 || only) {
      const done: ChunkedFile<Source>[] = [];
      for (const source of files) {
        signal?.throwIfAborted();
        done.push({ source, chunks: await chunk(source) });
      }
      return done;
    }
    slots ??= createWorkerSlots({
      size: threads,
      idleMs,
      taskMs: TASK_MS,
      ...(options.workerFile === undefined ? {} : { url: options.workerFile }),
    });
    return runBatch(slots, files, signal);
  }

  async function runBatch<Source extends ChunkSource>(
    workers: WorkerSlots,
    files: readonly Source[],
    signal: AbortSignal | undefined,
  ): Promise<ChunkedFile<Source>[]> {
    signal?.throwIfAborted();
    // What a caller keeps beside the text stays here: it may not even be possible to send it.
    const sources = files.map(({ path, text, language }) =>
      language === undefined ? { path, text } : { path, text, language },
    );
    try {
      const reply = await workers.run({ maxTokens, sources });
      return await Promise.all(
        files.map(async (source, index) => ({ source, chunks: reply.files[index] ?? (await fallBack(source)) })),
      );
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      const [only, ...more] = files;
      if (only !== undefined && more.length === 0) return [{ source: only, chunks: await fallBack(only) }];
      // One of the batch ended the worker: each is tried alone, so that only that one falls back.
      const done: ChunkedFile<Source>[] = [];
      for (const file of files) done.push(...(await runBatch(workers, [file], signal)));
      return done;
    }
  }

  function fallBack(source: ChunkSource): Promise<Chunk[]> {
    onFallback?.(source.path);
    return chunkText(source, limit, { outline: () => Promise.resolve(null) });
  }
}

interface Batch<Source> {
  readonly files: Source[];
  /** Whether it is all there is, and small. */
  readonly only: boolean;
}

/** Groups files until a batch is worth the way to a worker. */
async function* batches<Source extends ChunkSource>(
  sources: Iterable<Source> | AsyncIterable<Source>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch<Source>, void> {
  let files: Source[] = [];
  let length = 0;
  let first = true;
  for await (const source of sources) {
    signal?.throwIfAborted();
    files.push(source);
    length += source.text.length;
    if (length < BATCH_LENGTH && files.length < BATCH_FILES) continue;
    yield { files, only: false };
    [files, length, first] = [[], 0, false];
  }
  if (files.length > 0) yield { files, only: first };
}

const MAX_WORKERS = 4;
/** Characters in a batch: some tens of milliseconds of parsing, so that results flow and an abort is prompt. */
const BATCH_LENGTH = 100_000;
const BATCH_FILES = 50;
const BATCHES_PER_WORKER = 6;
const TASK_MS = 120_000;
