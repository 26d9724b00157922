import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { ChainedHash, blockStart } from "./chained-hash.ts";
import type { ChainState } from "./chained-hash.ts";
import type { CutOptions } from "./cut-exchanges.ts";
import type { ExchangeChunk } from "./exchange-chunk.ts";
import { LineSplitter } from "./split-lines.ts";
import { titleOf } from "./session-facts.ts";
import type { SessionProgress } from "./session-facts.ts";
import { identifyTranscript } from "./identify-transcript.ts";
import type { TranscriptFile } from "./list-transcripts.ts";
import { addLine, addUnreadLine, newProgress, provisionalChunks } from "./transcript-progress.ts";
import type { LineProblem, TranscriptProgress } from "./transcript-progress.ts";

/** Raise when the same log would give other chunks or another resume state than before. */
export const TRANSCRIPT_FORMAT = 7;

export interface ReadOptions extends CutOptions {
  /** Bytes after which a part ends, so that a log of any size is imported in bounded memory. Default 32 MiB. */
  readonly partBytes?: number;
  readonly signal?: AbortSignal;
}

/** A stretch of a log, read: what to store and how to go on. */
export interface TranscriptPart {
  /** How many chunks stored before stay, the first ones in order; `chunks` follow them. */
  readonly keep: number;
  readonly chunks: readonly ExchangeChunk[];
  /** To be handed in again to read on; opaque. */
  readonly resume: string;
  /** Digest of the whole lines read so far. */
  readonly hash: string;
  /** Size and times of the file when it was opened. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
  readonly session: SessionGlance;
  /** Records so far, by type. */
  readonly records: Readonly<Record<string, number>>;
  readonly problems: readonly LineProblem[];
  /** Bytes taken from the disk, the last block of the former read included. */
  readonly bytesRead: number;
  /** Whether the log was read from its start although there was something to go on from: it was rewritten. */
  readonly restarted: boolean;
  /** False when the log goes on after this part. */
  readonly done: boolean;
}

export interface SessionGlance {
  readonly sessionId: string;
  readonly agentId: string | null;
  readonly project: string;
  readonly cwd: string | null;
  readonly gitBranch: string | null;
  readonly title: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly messages: number;
  readonly lines: number;
  readonly corruptLines: number;
  readonly unknownTypes: Readonly<Record<string, number>>;
  /** The first corrupt lines; absent where there are none. */
  readonly problems?: readonly LineProblem[];
}

interface ResumeState {
  readonly format: string;
  readonly hash: string;
  readonly chain: ChainState;
  readonly progress: TranscriptProgress;
}

/**
 * Reads a log from where `resume` ended (null: from its start) up to its end or the end of a part. Only the appended
 * bytes are read, after the last block before them has proved unchanged; a log that was cut or rewritten is read from
 * its start. A last line without a line break is taken in provisionally and read again next time.
 * @throws Node errors of opening and reading, such as `ENOENT` and `EACCES`.
 */
export async function readTranscript(
  file: Pick<TranscriptFile, "path" | "root">,
  resume: string | null,
  options: ReadOptions,
): Promise<TranscriptPart> {
  // Without O_NONBLOCK, opening a pipe that took the file's place would wait for a writer.
  const handle = await open(file.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`${file.path} is no regular file`);
    const former = parseResume(resume, options);
    const source = { handle, size: stats.size, bytesRead: 0 };
    const hash = former === null ? null : await resumedHash(source, former);
    const start = former === null || hash === null ? null : { hash, progress: former.progress };
    const part = await readPart(file, source, start, options);
    return { ...part, mtimeMs: stats.mtimeMs, inode: stats.ino, restarted: resume !== null && start === null };
  } finally {
    await handle.close();
  }
}

/** Identity of what `readTranscript` makes of a log: another one means that logs are to be read again. */
export function transcriptFormat({ chunkSize, maxTokens }: CutOptions): string {
  return `transcript-${TRANSCRIPT_FORMAT}:${chunkSize}:${maxTokens}`;
}

/** What `resume` knows of the bytes that it was made from. */
export function storedDigest(resume: string | null): { readonly size: number; readonly hash: string } | null {
  if (resume === null) return null;
  const { hash, chain } = JSON.parse(resume) as ResumeState;
  return { size: chain.size, hash };
}

interface Source {
  readonly handle: FileHandle;
  readonly size: number;
  bytesRead: number;
}

async function readPart(
  file: Pick<TranscriptFile, "path" | "root">,
  source: Source,
  start: { readonly hash: ChainedHash; readonly progress: TranscriptProgress } | null,
  options: ReadOptions,
): Promise<Omit<TranscriptPart, "mtimeMs" | "inode" | "restarted">> {
  const hash = start?.hash ?? ChainedHash.begin();
  const progress = start?.progress ?? newProgress(identifyTranscript(file));
  const keep = progress.cut.closed;
  const output = { chunks: [] as ExchangeChunk[], problems: [] as LineProblem[] };
  // Where to go on from when the log ends within a line too long to be held.
  let beforeOverflow: ChainedHash | null = null;
  const lines = new LineSplitter(MAX_LINE_BYTES, {
    line: (bytes) => addLine(progress, bytes, options, output),
    overflow: () => {
      beforeOverflow = hash.copy();
    },
    overflowed: () => {
      beforeOverflow = null;
      addUnreadLine(progress, `longer than ${MAX_LINE_BYTES} bytes`, output);
    },
    consumed: (bytes) => hash.update(bytes),
  });
  const from = hash.size;
  const end = from + (options.partBytes ?? DEFAULT_PART_BYTES);
  let at = from;
  // Prose makes many chunks of few bytes; tool output many bytes and no chunk.
  const mayGoOn = (reached: number) => reached < end && output.chunks.length < PART_CHUNKS;
  let vanished = false;
  // A part holds at least one line, however long; one that is let go of is read to its end, or it would be begun again.
  while (at < source.size && !vanished && (mayGoOn(at) || hash.size === from || lines.isOverflowing)) {
    options.signal?.throwIfAborted();
    const wanted = at < end ? Math.min(READ_BYTES, end - at) : READ_BYTES;
    const block = await readAt(source, at, Math.min(wanted, source.size - at));
    vanished = block.length === 0;
    at += block.length;
    lines.push(block);
  }
  const done = vanished || at >= source.size;
  const reached = beforeOverflow ?? hash;
  const resume: ResumeState = {
    format: transcriptFormat(options),
    hash: reached.digest(),
    chain: reached.state(),
    progress,
  };
  const serialised = JSON.stringify(resume);
  // A last line that already is a whole record counts now: some writers never end it.
  const rest = done ? lines.held() : null;
  if (rest !== null && looksWhole(rest)) addLine(progress, rest, options, output);
  const { chunks, session } = provisionalChunks(progress, options);
  return {
    keep,
    chunks: [...output.chunks, ...chunks],
    resume: serialised,
    hash: resume.hash,
    size: source.size,
    session: glance(session, progress),
    records: progress.records,
    problems: output.problems,
    bytesRead: source.bytesRead,
    done,
  };
}

function glance(session: SessionProgress, progress: TranscriptProgress): SessionGlance {
  const { sessionId, agentId, project, cwd, gitBranch, startedAt, endedAt, messages } = session;
  const { lines, corruptLines, unknownTypes, problems } = progress;
  const title = titleOf(session);
  return {
    sessionId,
    agentId,
    project,
    cwd,
    gitBranch,
    title,
    startedAt,
    endedAt,
    messages,
    lines,
    corruptLines,
    unknownTypes,
    ...(problems.length > 0 && { problems }),
  };
}

/** A digest to go on with, when the block before the place to go on from is what it was; null when it is not. */
async function resumedHash(source: Source, { chain, hash }: ResumeState): Promise<ChainedHash | null> {
  if (source.size < chain.size) return null;
  const resumed = ChainedHash.resume(chain);
  const from = blockStart(chain.size);
  resumed.update(await readAt(source, from, chain.size - from));
  return resumed.size === chain.size && resumed.digest() === hash ? resumed : null;
}

async function readAt(source: Source, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await source.handle.read(buffer, 0, length, position);
  source.bytesRead += bytesRead;
  return buffer.subarray(0, bytesRead);
}

function parseResume(resume: string | null, options: ReadOptions): ResumeState | null {
  if (resume === null) return null;
  const state = JSON.parse(resume) as ResumeState;
  return state.format === transcriptFormat(options) ? state : null;
}

function looksWhole(bytes: Buffer): boolean {
  return bytes.subarray(-16).toString("latin1").trimEnd().endsWith("}");
}

const READ_BYTES = 1_048_576;
const DEFAULT_PART_BYTES = 32 * 1_048_576;
/** Some 5 MB with all that belongs to them. */
const PART_CHUNKS = 1000;
/** Longer lines are counted and skipped: they would have to be held whole. */
const MAX_LINE_BYTES = 64 * 1_048_576;
