import { existsSync } from "node:fs";
import type { IndexStore, SessionSummary, SourceState } from "../store/index-store.ts";

/** What is remembered of conversations, and what of their logs could not be understood. */
export interface MemoryReport {
  readonly sessions: number;
  /** Logs of subagents beside those of the sessions. */
  readonly subagents: number;
  readonly messages: number;
  /** Logs that are no longer on the disk; what was said in them stays. */
  readonly gone: number;
  /** Logs on the disk that were forgotten on request. */
  readonly forgotten: number;
  readonly corruptLines: number;
  /** Records of types that this version does not know, by type. */
  readonly unknownTypes: Readonly<Record<string, number>>;
  /** The projects talked about, the latest first. */
  readonly projects: readonly ProjectReport[];
}

export interface ProjectReport {
  readonly project: string;
  readonly sessions: number;
  readonly messages: number;
  /** ISO 8601 of the first and last message; empty when no log told a time. */
  readonly since: string;
  readonly until: string;
}

/** One log as the index knows it. */
export interface LogReport {
  readonly path: string;
  readonly size: number;
  /** ISO 8601. */
  readonly modified: string;
  readonly hash: string;
  /** Format of the chunks that were made of it. */
  readonly version: string;
  /** ISO 8601 of when it was last read; empty for one that was forgotten. */
  readonly processed: string;
  readonly chunks: number;
  readonly lines: number;
  readonly messages: number;
  readonly corruptLines: number;
  /** The first lines that could not be read. */
  readonly problems: readonly { readonly line: number; readonly reason: string }[];
  readonly sessionId: string | null;
  /** The subagent whose log it is; null for a session's own. */
  readonly agentId: string | null;
  readonly forgotten: boolean;
  readonly onDisk: boolean;
}

/** Sums up all conversations in the index. */
export async function reportMemory(store: Pick<IndexStore, "sources">): Promise<MemoryReport> {
  const states = [...(await store.sources()).values()];
  const talks = states.flatMap(({ session }) => (session ? [session] : []));
  const own = talks.filter(({ agentId, messages }) => agentId === null && messages > 0);
  const unknownTypes: Record<string, number> = {};
  for (const talk of talks) {
    for (const [type, count] of Object.entries(talk.unknownTypes))
      unknownTypes[type] = (unknownTypes[type] ?? 0) + count;
  }
  return {
    sessions: own.length,
    subagents: talks.filter(({ agentId }) => agentId !== null).length,
    messages: total(talks, ({ messages }) => messages),
    gone: states.filter(({ path, skipped }) => skipped !== "forgotten" && !existsSync(path)).length,
    forgotten: states.filter(({ skipped }) => skipped === "forgotten").length,
    corruptLines: total(talks, ({ corruptLines }) => corruptLines),
    unknownTypes,
    projects: reportProjects(own),
  };
}

/** Each log in the index, in the order of their paths. */
export async function reportLogs(store: Pick<IndexStore, "sources">): Promise<LogReport[]> {
  const states = [...(await store.sources()).values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return states.map(reportLog);
}

function reportLog({ path, size, mtimeMs, hash, chunker, session, skipped }: SourceState): LogReport {
  return {
    path,
    size,
    modified: toTime(mtimeMs),
    hash,
    version: chunker,
    processed: toTime(session?.importedAt ?? 0),
    chunks: session?.chunks ?? 0,
    lines: session?.lines ?? 0,
    messages: session?.messages ?? 0,
    corruptLines: session?.corruptLines ?? 0,
    problems: session?.problems ?? [],
    sessionId: session?.sessionId ?? null,
    agentId: session?.agentId ?? null,
    forgotten: skipped === "forgotten",
    onDisk: existsSync(path),
  };
}

function reportProjects(talks: readonly SessionSummary[]): ProjectReport[] {
  const groups = new Map<string, SessionSummary[]>();
  for (const talk of talks) groups.set(talk.project, [...(groups.get(talk.project) ?? []), talk]);
  const reports = Array.from(groups, ([project, group]) => {
    const starts = group.map(({ startedAt }) => startedAt).filter((time) => time > 0);
    const until = Math.max(...group.map(({ endedAt }) => endedAt));
    const since = starts.length === 0 ? 0 : Math.min(...starts);
    const messages = total(group, (talk) => talk.messages);
    return { project, sessions: group.length, messages, since: toTime(since), until: toTime(until) };
  });
  return reports.sort((a, b) => (a.until > b.until ? -1 : 1));
}

function total(talks: readonly SessionSummary[], count: (talk: SessionSummary) => number): number {
  return talks.reduce((sum, talk) => sum + count(talk), 0);
}

function toTime(ms: number): string {
  return ms > 0 ? new Date(ms).toISOString() : "";
}
