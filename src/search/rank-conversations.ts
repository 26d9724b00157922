import type { ChunkHead } from "../store/index-store.ts";
import { CONVERSATION_WEIGHTS } from "./constants.ts";
import { groupBy } from "./group-by.ts";
import type { RankCandidate } from "./ranked-hit.ts";

export interface RankedExchange {
  readonly chunk: ChunkHead;
  /** 0..1: how likely this is what was meant; that of all that is told together is 1. */
  readonly score: number;
}

/**
 * Orders exchanges by what was found in them, in the rest of their session, and gently by age and project; best first.
 * @param now milliseconds since the epoch
 */
export function rankConversations(
  candidates: readonly RankCandidate[],
  currentProject: string | null,
  now: number,
  weights = CONVERSATION_WEIGHTS,
): RankedExchange[] {
  const groups = groupBy(candidates, ({ chunk }) => chunk.session?.sessionId ?? chunk.path);
  const ranked = [...groups.values()].flatMap((group) => {
    const ordered = group.toSorted(byScore);
    const sum = ordered.slice(0, COHERENT_HITS).reduce((total, { score }) => total + score, 0);
    return ordered.map(({ chunk, score }, place) => {
      const whole = score + weights.coherence * Math.max(0, sum - score);
      return { chunk, score: whole * weights.saturation ** place * favourOf(chunk, currentProject, now, weights) };
    });
  });
  const bestFirst = ranked.toSorted((a, b) => b.score - a.score || a.chunk.id - b.chunk.id);
  return shared(withoutIdleSummaries(withoutRetold(bestFirst)));
}

/** Of a session that stands there already a summary says nothing more: its title is told with every hit. */
function withoutIdleSummaries(ranked: readonly RankedExchange[]): RankedExchange[] {
  const told = new Set<string>();
  return ranked.filter(({ chunk }) => {
    const session = chunk.session?.sessionId ?? chunk.path;
    const isIdle = chunk.session?.role === "summary" && told.has(session);
    told.add(session);
    return !isIdle;
  });
}

function shared(ranked: readonly RankedExchange[]): RankedExchange[] {
  const sum = ranked.reduce((total, { score }) => total + score, 0);
  return ranked.map(({ chunk, score }) => ({ chunk, score: sum > 0 ? score / sum : 0 }));
}

/**
 * A forked or resumed session tells again, message by message, what its origin told: of several tellings the best
 * ranked one stays.
 */
function withoutRetold(ranked: readonly RankedExchange[]): RankedExchange[] {
  const toldIn = new Map<string, string>();
  return ranked.filter(({ chunk }) => {
    const session = chunk.session?.sessionId ?? chunk.path;
    const messages = messagesOf(chunk);
    const isRetold = messages.length > 0 && messages.every((uuid) => (toldIn.get(uuid) ?? session) !== session);
    if (!isRetold) for (const uuid of messages) if (!toldIn.has(uuid)) toldIn.set(uuid, session);
    return !isRetold;
  });
}

/** Identities of the messages in a chunk; none where its importer kept none. */
function messagesOf({ session }: ChunkHead): readonly string[] {
  const uuids = session?.details["uuids"];
  return Array.isArray(uuids) ? uuids.filter((uuid) => typeof uuid === "string") : [];
}

/** 1 for an old session of another project; a little more for recent ones and for the project at hand. */
function favourOf(
  { session }: ChunkHead,
  currentProject: string | null,
  now: number,
  weights: typeof CONVERSATION_WEIGHTS,
): number {
  if (!session) return 1;
  const days = Math.max(0, now - session.endedAt) / 86_400_000;
  const recent = 1 + weights.recency * 2 ** (-days / weights.recencyHalfLifeDays);
  return session.project === currentProject ? recent * weights.currentProject : recent;
}

function byScore(a: RankCandidate, b: RankCandidate): number {
  return b.score - a.score || a.chunk.id - b.chunk.id;
}

/** More would let a long session win by its length. */
const COHERENT_HITS = 5;
