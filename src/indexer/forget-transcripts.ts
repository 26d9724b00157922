import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { IndexBatch, IndexStore, SourceState, StoredChunk } from "../store/index-store.ts";
import { termsOf } from "../terms.ts";
import { isConversation } from "./transcript-archive.ts";

/** What forgetting needs of the index. */
export type ForgettingStore = Pick<IndexStore, "sources" | "chunksOf" | "chunks" | "apply" | "scrub" | "searchLexical">;

/** What to forget; several conditions must all hold. At least one is needed. */
export interface ForgetRequest {
  readonly sessionId?: string | undefined;
  readonly project?: string | undefined;
  /** Sessions in which this text occurs, whatever its case. */
  readonly pattern?: string | undefined;
  /** Sessions that ended before this, in milliseconds since the epoch. */
  readonly olderThan?: number | undefined;
  /** Only tell what would be forgotten. */
  readonly dryRun?: boolean | undefined;
}

export interface ForgetSummary {
  readonly sessions: readonly string[];
  readonly logs: number;
  readonly chunks: number;
  readonly vectors: number;
  /** What the index still gave of these logs afterwards, asked for in every way: all 0, or something is wrong. */
  readonly left: { readonly chunks: number; readonly words: number; readonly vectors: number };
}

/**
 * Removes conversations from the index for good: text, full text and vectors. Logs that are still on the disk are
 * remembered by path alone, so that no sweep brings them back; the logs themselves are not touched.
 * @throws UserError `request.forget-nothing` when no condition is given.
 */
export async function forgetTranscripts(store: ForgettingStore, request: ForgetRequest): Promise<ForgetSummary> {
  const { sessionId, project, pattern, olderThan } = request;
  if (sessionId === undefined && project === undefined && olderThan === undefined && (pattern ?? "") === "") {
    throw new UserError("request.forget-nothing", "Nothing says what to forget.", {
      hint: "Give a session, a project, a pattern or an age.",
    });
  }
  const logs: FoundLog[] = [];
  for (const state of (await store.sources()).values()) {
    if (!isConversation(state)) continue;
    const { session } = state;
    if (sessionId !== undefined && session.sessionId !== sessionId) continue;
    if (project !== undefined && session.project !== project) continue;
    if (olderThan !== undefined && !(session.endedAt > 0 && session.endedAt < olderThan)) continue;
    const chunks = await store.chunksOf(state.path);
    if (pattern !== undefined && !chunks.some(({ text }) => text.toLowerCase().includes(pattern.toLowerCase())))
      continue;
    logs.push({ state, sessionId: session.sessionId, chunks: chunks.length, words: tellingWords(chunks) });
  }
  const sessions = [...new Set(logs.map((log) => log.sessionId))];
  const summary = { sessions, logs: logs.length, chunks: logs.reduce((sum, log) => sum + log.chunks, 0) };
  if (request.dryRun === true) return { ...summary, vectors: 0, left: { chunks: 0, words: 0, vectors: 0 } };
  await store.apply(forgetting(logs.map(({ state }) => state)));
  const { vectors, left } = await store.scrub();
  return { ...summary, vectors, left: { ...(await findLeft(store, logs)), vectors: left } };
}

interface FoundLog {
  readonly state: SourceState;
  readonly sessionId: string;
  readonly chunks: number;
  readonly words: readonly string[];
}

/** Asks for what was forgotten by its place and by its words. */
async function findLeft(store: ForgettingStore, logs: readonly FoundLog[]) {
  const forgotten = new Set(logs.map(({ state }) => state.path));
  let chunks = 0;
  let words = 0;
  for (const log of logs) {
    chunks += (await store.chunksOf(log.state.path)).length;
    const terms = log.words.map((text) => ({ text }));
    const hits = terms.length === 0 ? [] : await store.searchLexical({ terms, limit: 100 });
    const found = await store.chunks(hits.map(({ id }) => id));
    words += found.filter(({ path }) => forgotten.has(path)).length;
  }
  return { chunks, words };
}

/** The longest words of a log: rare enough to find it by, if anything would. */
function tellingWords(chunks: readonly StoredChunk[]): string[] {
  const words = new Set(chunks.flatMap(({ text }) => termsOf(text.slice(0, 2000))));
  return [...words].toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1)).slice(0, 8);
}

function forgetting(states: readonly SourceState[]): IndexBatch {
  const onDisk = states.filter(({ path }) => existsSync(path));
  return {
    put: onDisk.map((state) => ({ state: tombstone(state), chunks: [] })),
    remove: states.filter((state) => !onDisk.includes(state)).map(({ path }) => path),
    touch: [],
  };
}

function tombstone(state: SourceState): SourceState {
  return { ...state, hash: "", skipped: "forgotten", session: null, resume: null };
}
