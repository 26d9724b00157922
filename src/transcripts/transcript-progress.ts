import { addMessage, closeChunk, newCut } from "./cut-exchanges.ts";
import type { CutOptions, CutProgress } from "./cut-exchanges.ts";
import type { ExchangeChunk } from "./exchange-chunk.ts";
import type { TranscriptIdentity } from "./identify-transcript.ts";
import { finishJoin, joinRecord, newJoin } from "./join-messages.ts";
import type { JoinProgress } from "./join-messages.ts";
import { maskSecrets } from "./mask-secrets.ts";
import type { Message } from "./message.ts";
import { readRecord } from "./read-record.ts";
import type { LogRecord } from "./read-record.ts";
import { newSession, noteLink, noteMessage, noteTitle, projectOf } from "./session-facts.ts";
import type { SessionProgress } from "./session-facts.ts";
import { overviewChunk } from "./session-overview.ts";

/** Everything that reading on needs to know of the lines before: plain data, stored between reads. */
export interface TranscriptProgress {
  session: SessionProgress;
  join: JoinProgress;
  cut: CutProgress;
  lines: number;
  /** Records by type; corrupt lines and types that were not understood also under their own counts. */
  records: Record<string, number>;
  unknownTypes: Record<string, number>;
  corruptLines: number;
  /** The first of the corrupt lines. */
  problems: LineProblem[];
}

/** A line that could not be read. */
export interface LineProblem {
  readonly line: number;
  readonly reason: string;
}

/** Before the first line. */
export function newProgress(identity: TranscriptIdentity): TranscriptProgress {
  return {
    session: newSession(identity),
    join: newJoin(),
    cut: newCut(),
    lines: 0,
    records: {},
    unknownTypes: {},
    corruptLines: 0,
    problems: [],
  };
}

/** Where the chunks of a log go, and the lines that could not be read. */
export interface TranscriptOutput {
  readonly chunks: ExchangeChunk[];
  readonly problems: LineProblem[];
}

/** Takes in the next line, without its line break. */
export function addLine(
  progress: TranscriptProgress,
  bytes: Buffer,
  options: CutOptions,
  output: TranscriptOutput,
): void {
  progress.lines += 1;
  if (isBlank(bytes)) return;
  const { speaking } = progress.join;
  const record = readRecord(bytes, (id) => speaking.find(([known]) => known === id)?.[1] ?? null);
  count(progress, record, output);
  switch (record.kind) {
    case "message":
      identify(progress.session, record);
      for (const message of joinRecord(progress.join, record, progress.lines)) {
        addComplete(progress, message, options, output.chunks);
      }
      break;
    case "title":
      noteTitle(progress.session, record.rank, record.title);
      break;
    case "link":
      noteLink(progress.session, record.url);
      break;
    case "boundary":
      progress.join.afterBoundary = true;
      break;
    case "silent":
    case "unknown":
    case "corrupt":
      break;
  }
}

/** Notes a line that was too long to be held. */
export function addUnreadLine(progress: TranscriptProgress, reason: string, output: TranscriptOutput): void {
  progress.lines += 1;
  count(progress, { kind: "corrupt", type: "", reason }, output);
}

/**
 * The chunks that stand after the closed ones as things are: the open one and the overview. `progress` is left as it
 * was, so that reading goes on as if nothing had been asked.
 */
export function provisionalChunks(
  progress: TranscriptProgress,
  options: CutOptions,
): { readonly chunks: readonly ExchangeChunk[]; readonly session: SessionProgress } {
  const { session, join, cut, lines } = structuredClone(progress);
  const chunks: ExchangeChunk[] = [];
  const last = finishJoin(join);
  if (last !== null) {
    noteMessage(session, last);
    addMessage(cut, last, session, options, chunks);
  }
  closeChunk(cut, session, options, chunks);
  const overview = overviewChunk(session, lines, options);
  return { chunks: overview === null ? chunks : [...chunks, overview], session };
}

function addComplete(
  progress: TranscriptProgress,
  message: Message,
  options: CutOptions,
  chunks: ExchangeChunk[],
): void {
  noteMessage(progress.session, message);
  addMessage(progress.cut, message, progress.session, options, chunks);
}

/** A session keeps the names it was first seen with: a later change of directory does not move it. */
function identify(session: SessionProgress, { base }: Extract<LogRecord, { readonly kind: "message" }>): void {
  if (session.sessionId === "") session.sessionId = base.sessionId || `agent-${session.agentId ?? ""}`;
  if (session.cwd === null && base.cwd !== "") {
    session.cwd = maskSecrets(base.cwd);
    session.project = projectOf(session.cwd) || session.project;
  }
}

function count(progress: TranscriptProgress, record: LogRecord, output: TranscriptOutput): void {
  if (record.kind === "corrupt") {
    const problem = { line: progress.lines, reason: record.reason };
    progress.corruptLines += 1;
    if (progress.problems.length < KEPT_PROBLEMS) progress.problems.push(problem);
    if (output.problems.length < MAX_PROBLEMS) output.problems.push(problem);
    return;
  }
  const type = record.type.slice(0, MAX_TYPE_CHARS);
  addOne(progress.records, type);
  if (record.kind === "unknown") addOne(progress.unknownTypes, type);
}

function addOne(counts: Record<string, number>, name: string): void {
  // A broken writer may invent a type per line; the rest is counted together.
  const key = Object.hasOwn(counts, name) || Object.keys(counts).length < MAX_TYPES ? name : "(others)";
  counts[key] = (counts[key] ?? 0) + 1;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < MAX_BLANK_BYTES && bytes.every((byte) => byte <= 0x20 && byte !== 0);
}

const MAX_PROBLEMS = 100;
/** Shown with a log's state for as long as the log is known. */
const KEPT_PROBLEMS = 5;
const MAX_TYPES = 50;
const MAX_TYPE_CHARS = 60;
const MAX_BLANK_BYTES = 1024;
