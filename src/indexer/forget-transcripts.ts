import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { IndexBatch, IndexStore, SourceState } from "../store/index-store.ts";
import { isConversation } from "./transcript-archive.ts";

/** What forgetting needs of the index. */
export type ForgettingStore = Pick<IndexStore, "sources" | "chunksOf" | "apply" | "pruneVectors">;

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
  /** Chunks of these logs that the index still gave afterwards: 0, or something is wrong. */
  readonly left: number;
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
  const logs: { readonly state: SourceState; readonly sessionId: string; readonly chunks: number }[] = [];
  for (const state of (await store.sources()).values()) {
    if (!isConversation(state)) continue;
    const { session } = state;
    if (sessionId !== undefined && session.sessionId !== sessionId) continue;
    if (project !== undefined && session.project !== project) continue;
    if (olderThan !== undefined && !(session.endedAt > 0 && session.endedAt < olderThan)) continue;
    const chunks = await store.chunksOf(state.path);
    if (pattern !== undefined && !chunks.some(({ text }) => text.toLowerCase().includes(pattern.toLowerCase())))
      continue;
    logs.push({ state, sessionId: session.sessionId, chunks: chunks.length });
  }
  const sessions = [...new Set(logs.map((log) => log.sessionId))];
  const chunks = logs.reduce((sum, log) => sum + log.chunks, 0);
  if (request.dryRun === true) return { sessions, logs: logs.length, chunks, vectors: 0, left: 0 };
  await store.apply(forgetting(logs.map(({ state }) => state)));
  const vectors = await store.pruneVectors();
  let left = 0;
  for (const { state } of logs) left += (await store.chunksOf(state.path)).length;
  return { sessions, logs: logs.length, chunks, vectors, left };
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
