import { messageOf } from "../errors.ts";
import type { SourceState, SourceUpdate } from "../store/index-store.ts";
import type { TranscriptFile } from "../transcripts/list-transcripts.ts";
import { readTranscript, transcriptFormat } from "../transcripts/read-transcript.ts";
import type { TranscriptPart } from "../transcripts/read-transcript.ts";
import { isTranscriptIntact } from "../transcripts/verify-transcript.ts";
import type { ImportOptions } from "./import-options.ts";
import type { TroubleLog } from "./trouble-log.ts";

/** The work of one sweep: reads logs part by part and stores them in batches. */
export class TranscriptSweep {
  imported = 0;
  chunks = 0;
  bytesRead = 0;
  readonly problems: { readonly path: string; readonly reason: string }[] = [];
  readonly #options: ImportOptions;
  readonly #stored: (state: SourceState) => void;
  readonly #trouble: TroubleLog;
  readonly #signal: AbortSignal | undefined;
  readonly #format: string;
  readonly #now: () => number;
  #put: SourceUpdate[] = [];
  #touch: SourceState[] = [];
  #weight = 0;
  #batchStarted = performance.now();

  /** `stored` is told each state once it is in the index. */
  constructor(
    options: ImportOptions,
    trouble: TroubleLog,
    stored: (state: SourceState) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#options = options;
    this.#trouble = trouble;
    this.#stored = stored;
    this.#signal = signal;
    this.#format = transcriptFormat(options.cut);
    this.#now = options.now ?? Date.now;
  }

  /** Notes a place that could not be read. */
  note(problem: { readonly path: string; readonly reason: string }): void {
    this.problems.push(problem);
    this.#trouble.tell(problem);
  }

  /** Those of `files` whose bytes are not what they were although size and time are. */
  async findAltered(files: readonly TranscriptFile[]): Promise<TranscriptFile[]> {
    const altered: TranscriptFile[] = [];
    const waiting = files.values();
    const check = async () => {
      // Several of these take from the same row of files.
      for (const file of waiting) {
        this.#signal?.throwIfAborted();
        const started = performance.now();
        const state = await this.#options.store.source(file.path);
        // A log that cannot be read now is no reason to read it again.
        const isIntact = await isTranscriptIntact(file.path, state?.resume ?? null).catch(() => true);
        if (!isIntact) altered.push(file);
        this.bytesRead += file.size;
        await this.#options.pause?.(performance.now() - started, this.#signal);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, this.#options.parallelHashes ?? 1) }, check));
    return altered;
  }

  /** Reads what is new in a log. A log that cannot be read is noted; the next sweep tries again. */
  async import(file: TranscriptFile, { fromStart = false } = {}): Promise<void> {
    this.#signal?.throwIfAborted();
    const state = await this.#options.store.source(file.path);
    // Another process may have been here since this one last looked at the whole index.
    if (!fromStart && state !== null && (state.skipped === "forgotten" || this.#isCurrent(state, file))) {
      this.#stored(state);
      return;
    }
    let resume = fromStart ? null : (state?.resume ?? null);
    for (let isFirst = true; ; isFirst = false) {
      const part = await this.#read(file, resume);
      if (part === null) return;
      const isSame = isFirst && part.done && part.resume === state?.resume && part.size === state.size;
      this.#add(file, part, isSame ? "touch" : "put");
      if (isFirst && !isSame) this.imported += 1;
      // The parts of one log build on each other: each is stored before the next is read.
      if (!part.done || this.#isBatchFull()) await this.flush();
      if (part.done) return;
      resume = part.resume;
    }
  }

  /** Stores what is waiting, in one transaction. */
  async flush(): Promise<void> {
    const [put, touch] = [this.#put, this.#touch];
    this.#put = [];
    this.#touch = [];
    this.#weight = 0;
    if (put.length + touch.length > 0) {
      await this.#options.store.apply({ put, remove: [], touch });
      for (const state of [...put.map((update) => update.state), ...touch]) this.#stored(state);
    }
    await this.#options.pause?.(performance.now() - this.#batchStarted, this.#signal);
    this.#batchStarted = performance.now();
  }

  async #read(file: TranscriptFile, resume: string | null): Promise<TranscriptPart | null> {
    const signal = this.#signal;
    try {
      const options = { ...this.#options.cut, ...(signal === undefined ? {} : { signal }) };
      const part = await readTranscript(file, resume, options);
      this.#trouble.clear(file.path);
      return part;
    } catch (error) {
      signal?.throwIfAborted();
      this.note({ path: file.path, reason: messageOf(error) });
      return null;
    }
  }

  #isCurrent(state: SourceState, file: TranscriptFile): boolean {
    const { size, mtimeMs, inode, chunker } = state;
    return size === file.size && mtimeMs === file.mtimeMs && inode === file.inode && chunker === this.#format;
  }

  #add(file: TranscriptFile, part: TranscriptPart, how: "put" | "touch"): void {
    this.bytesRead += part.bytesRead;
    this.#tellSkipped(file, part);
    const state = this.#toState(file, part);
    this.#weight += 1 + part.chunks.length;
    if (how === "touch") {
      this.#touch.push(state);
      return;
    }
    this.#put.push({ state, chunks: part.chunks, keep: part.keep });
    this.chunks += part.chunks.length;
  }

  #isBatchFull(): boolean {
    return this.#weight >= BATCH_WEIGHT || this.#put.length + this.#touch.length >= (this.#options.batchSize ?? 100);
  }

  /** Once for each log and part: a log may hold thousands of broken lines. */
  #tellSkipped({ path }: TranscriptFile, { problems }: TranscriptPart): void {
    const { logger } = this.#options;
    for (const { line, reason } of problems) {
      logger.debug("A line of a conversation log was skipped", { path, line, reason });
    }
    const [first] = problems;
    if (first !== undefined) {
      logger.info("Lines of a conversation log were skipped", { path, count: problems.length, ...first });
    }
  }

  #toState(file: TranscriptFile, part: TranscriptPart): SourceState {
    return {
      path: file.path,
      // A log that goes on after this part is not up to date yet, whatever its size says.
      size: part.done ? part.size : -1,
      mtimeMs: part.mtimeMs,
      inode: part.inode,
      hash: part.hash,
      language: "conversation",
      chunker: this.#format,
      skipped: part.session.messages === 0 ? "no-messages" : null,
      session: { ...part.session, chunks: part.keep + part.chunks.length, importedAt: this.#now() },
      resume: part.resume,
    };
  }
}

/** Chunks and logs stored in one transaction: enough to be cheap, few enough to be redone after a crash. */
const BATCH_WEIGHT = 400;
