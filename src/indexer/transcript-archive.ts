import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { IndexStore, SessionSummary, SourceState } from "../store/index-store.ts";
import { turnsOf } from "./transcript-turns.ts";
import type { ConversationTurn } from "./transcript-turns.ts";

/** What reading conversations needs of the index. */
export type ArchiveStore = Pick<IndexStore, "sources" | "chunksOf">;

/** One session as a list shows it. */
export interface SessionEntry extends SessionSummary {
  /** Absolute path of the log. */
  readonly transcript: string;
  /** Whether the log is still on the disk; what was indexed is readable either way. */
  readonly logExists: boolean;
  /** Logs of its subagents. */
  readonly subagents: number;
}

export interface SessionFilter {
  readonly project?: string | undefined;
  /** Sessions that ended at or after this, in milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly limit?: number | undefined;
}

export interface ConversationRequest {
  readonly sessionId: string;
  /** One subagent's log instead of the session's own. */
  readonly agentId?: string | undefined;
  /** A line of the log, such as a hit's `firstLine`, or a message's uuid: the page is laid around it. Default: the start. */
  readonly around?: number | string | undefined;
  /** Messages on the page, 1..200. Default 20. */
  readonly limit?: number | undefined;
}

/** A page of a conversation, as it was indexed. */
export interface ConversationPage {
  readonly session: SessionEntry;
  readonly turns: readonly ConversationTurn[];
  /** Place in `turns` of the message that `around` named; null where it named none. */
  readonly asked: number | null;
  /** How many messages stand before and after the page. */
  readonly before: number;
  readonly after: number;
  /** Line of the message after the page, to go on with; null at the end. */
  readonly next: number | null;
}

/** The newest sessions first; logs without messages and forgotten ones are not listed. */
export async function listSessions(store: ArchiveStore, filter: SessionFilter = {}): Promise<SessionEntry[]> {
  const logs = [...(await store.sources()).values()].filter(isConversation);
  const subagents = new Map<string, number>();
  for (const { session } of logs) {
    if (session.agentId !== null) subagents.set(session.sessionId, (subagents.get(session.sessionId) ?? 0) + 1);
  }
  return logs
    .filter(({ session }) => session.agentId === null)
    .filter(({ session }) => filter.project === undefined || session.project === filter.project)
    .filter(({ session }) => filter.since === undefined || session.endedAt >= filter.since)
    .sort((a, b) => b.session.endedAt - a.session.endedAt || (a.path < b.path ? -1 : 1))
    .slice(0, filter.limit ?? Number.POSITIVE_INFINITY)
    .map((log) => toEntry(log, subagents.get(log.session.sessionId) ?? 0));
}

/**
 * A page of one session, from the index alone: it can be read after its log is gone.
 * @throws UserError `conversation.not-found` for a session that is not indexed.
 */
export async function readConversation(store: ArchiveStore, request: ConversationRequest): Promise<ConversationPage> {
  const logs = [...(await store.sources()).values()].filter(isConversation);
  const ofSession = logs.filter(({ session }) => session.sessionId === request.sessionId);
  const wanted = ofSession.filter(({ session }) => session.agentId === (request.agentId ?? null));
  // A session whose own log never was indexed can still be read through its subagents'.
  const log =
    wanted.sort(newestFirst)[0] ?? (request.agentId === undefined ? ofSession.sort(newestFirst)[0] : undefined);
  if (log === undefined) throw notFound(request);
  const turns = turnsOf(await store.chunksOf(log.path));
  const limit = Math.min(MAX_TURNS, Math.max(1, request.limit ?? DEFAULT_TURNS));
  const at = placeOf(turns, request.around);
  const first = firstOnPage(turns, at, limit);
  const page = turns.slice(first, first + limit);
  return {
    session: toEntry(log, ofSession.filter(({ session }) => session.agentId !== null).length),
    turns: page,
    asked: at < first ? null : at - first,
    before: first,
    after: turns.length - first - page.length,
    next: turns[first + page.length]?.line ?? null,
  };
}

type ConversationLog = SourceState & { readonly session: SessionSummary };

/** Whether a source is a conversation that can be read. */
export function isConversation(state: SourceState): state is ConversationLog {
  return state.session !== null && state.session !== undefined && state.skipped === null;
}

function newestFirst(a: ConversationLog, b: ConversationLog): number {
  return b.session.endedAt - a.session.endedAt;
}

function toEntry(log: ConversationLog, subagents: number): SessionEntry {
  return { ...log.session, transcript: log.path, logExists: existsSync(log.path), subagents };
}

/** The place of the message that `around` names; -1 where it names none. */
function placeOf(turns: readonly ConversationTurn[], around: number | string | undefined): number {
  if (around === undefined) return -1;
  return typeof around === "string"
    ? turns.findIndex(({ uuid }) => uuid === around)
    : turns.findLastIndex(({ line }) => line <= around);
}

/** The page has the message that was asked for a little below its top, so that what led to it is seen. */
function firstOnPage(turns: readonly ConversationTurn[], at: number, limit: number): number {
  const latest = Math.max(0, turns.length - limit);
  return Math.min(latest, Math.max(0, at - Math.floor(limit / 3)));
}

function notFound({ sessionId, agentId }: ConversationRequest): UserError {
  const what = agentId === undefined ? `session ${sessionId}` : `subagent ${agentId} in session ${sessionId}`;
  return new UserError("conversation.not-found", `There is no ${what.slice(0, 200)} in the index.`, {
    hint: "Take the sessionId from a hit of search_conversations.",
  });
}

const DEFAULT_TURNS = 20;
const MAX_TURNS = 200;
