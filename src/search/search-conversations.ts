import { choiceHint } from "../edit-distance.ts";
import type { Embedder } from "../embed/embedder.ts";
import { resumeCommand } from "../resume-command.ts";
import type { ChunkHead } from "../store/index-store.ts";
import type { ConversationHit, ConversationQuery, SearchAnswer } from "./answer.ts";
import * as defaults from "./constants.ts";
import { conversationFilter } from "./conversation-filter.ts";
import { decodeCursor, digestOf, encodeCursor } from "./cursor.ts";
import { findCandidates } from "./find-candidates.ts";
import { readFinds } from "./finds.ts";
import { type IndexFacts, createIndexStates } from "./index-state.ts";
import { textsOf } from "./hit-texts.ts";
import { Lru } from "./lru.ts";
import { breakLongLines } from "./prose-lines.ts";
import { analyseQuery, assertHasWords, type QueryAnalysis } from "./query.ts";
import { createQueryVectors } from "./query-vector.ts";
import { rankConversations, type RankedExchange } from "./rank-conversations.ts";
import { limitOf } from "./search-code.ts";
import type { SearchStore } from "./search-store.ts";
import { LEAST_TOKENS, snippetOf } from "./snippet.ts";

/** What a search of conversations stands on; given by the composition root. */
export interface ConversationSearchParts {
  readonly store: SearchStore;
  /** What embeds questions as the index was embedded; null where search is lexical only. */
  readonly embedder: () => Embedder | null | Promise<Embedder | null>;
  readonly facts: () => IndexFacts;
  /** The project of the workspace at hand, whose conversations come first when equally good; null outside of one. */
  readonly currentProject: string | null;
  /** Whether a log is still on the disk: a session can be resumed only then. */
  readonly logExists: (transcript: string) => boolean;
  /** The names of the projects that there are conversations of, to be told where one is asked for that there is not. */
  readonly projects?: () => Promise<readonly string[]>;
  /** Milliseconds since the epoch; given so that age is testable. */
  readonly now: () => number;
  readonly embedWaitMs?: number;
}

export interface ConversationSearch {
  /** @throws UserError `request.*` for a query without words, a limit out of range, a bad date or a foreign cursor. */
  search(asked: ConversationQuery, signal?: AbortSignal): Promise<SearchAnswer<ConversationHit>>;
}

interface Ranking {
  readonly hits: readonly RankedExchange[];
  /** Which text of a chunk is nearest in meaning, by the id of the chunk. */
  readonly nearestTexts: ReadonlyMap<number, number>;
  readonly notice?: string;
}

/** Search over indexed conversations: full text and meaning fused, recent sessions and the project at hand preferred. */
export function createConversationSearch(parts: ConversationSearchParts): ConversationSearch {
  const queryVector = createQueryVectors({
    waitMs: parts.embedWaitMs ?? defaults.EMBED_WAIT_MS,
    kept: defaults.QUERY_VECTORS_KEPT,
  });
  const indexState = createIndexStates(parts.store);
  const rankings = new Lru<string, Ranking>(defaults.RANKINGS_KEPT);

  async function unknownProject({ project }: ConversationQuery): Promise<string | undefined> {
    const known = project === undefined ? undefined : await parts.projects?.();
    if (project === undefined || known === undefined || known.includes(project)) return undefined;
    return `There are no conversations of a project named ${JSON.stringify(project)}. ${choiceHint(project, known)}`;
  }

  return {
    async search(asked, signal) {
      const started = performance.now();
      const limit = limitOf(asked.limit);
      const query = analyseQuery(asked.query);
      assertHasWords(query, "Ask in plain words for what was talked about.");
      const filter = conversationFilter(asked, parts.now());
      const { project, sessionId, gitBranch, file, since, until } = asked;
      const digest = digestOf([asked.query, project, sessionId, gitBranch, file, since, until]);
      const offset = asked.cursor === undefined ? 0 : decodeCursor(asked.cursor, digest).offset;
      const rankAnew = async (): Promise<Ranking> => {
        const sources = { store: parts.store, embedder: await parts.embedder(), queryVector };
        const found = await findCandidates(sources, query, filter, defaults.CONVERSATION_RANKING, signal);
        const candidates = await readFinds(parts.store, found.finds);
        const hits = rankConversations(candidates, parts.currentProject, parts.now());
        const { nearest, notice } = found;
        const nearestTexts = new Map(nearest.flatMap(({ id, text }) => (text === undefined ? [] : [[id, text]])));
        return notice === undefined ? { hits, nearestTexts } : { hits, nearestTexts, notice };
      };
      const ranking = (offset > 0 ? rankings.get(digest) : undefined) ?? (await rankAnew());
      rankings.set(digest, ranking);
      const page = ranking.hits.slice(offset, offset + limit);
      const shown = page.slice(0, hitsWithin(asked.maxTokens, page.length));
      const next = Math.min(ranking.hits.length, offset + Math.max(shown.length, 1));
      const texts = await textsOf(
        parts.store,
        shown.map(({ chunk }) => chunk),
      );
      const said = await saidIn(parts.store, shown, ranking.nearestTexts);
      const notice = ranking.hits.length > 0 ? ranking.notice : ((await unknownProject(asked)) ?? ranking.notice);
      const tokens = tokensEach(asked.maxTokens, shown.length, limit);
      return {
        query: asked.query,
        tookMs: Math.round(performance.now() - started),
        index: await indexState(parts.facts()),
        hits: await Promise.all(
          shown.map(async ({ chunk, score }) => {
            const place = placeOf(chunk);
            const log = (await parts.store.source(chunk.path))?.session;
            const canResume = place.sessionId !== "" && parts.logExists(chunk.path);
            return {
              ...place,
              // The title may have been given long after the exchange was cut.
              title: log?.title ?? chunk.symbol,
              agentId: log?.agentId ?? null,
              text: excerptOf({ text: texts.get(chunk.id)?.text ?? "", said: said.get(chunk.id) }, query, tokens),
              score: Number(score.toPrecision(3)),
              resume: canResume ? resumeCommand(place.cwd, place.sessionId) : null,
            };
          }),
        ),
        ...(next < ranking.hits.length && { nextCursor: encodeCursor({ digest, offset: next }) }),
        ...(notice !== undefined && { notice }),
      };
    },
  };
}

/** By the id of the chunk: what was said in it that is nearest in meaning. */
async function saidIn(
  store: SearchStore,
  shown: readonly RankedExchange[],
  nearestTexts: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, string>> {
  const texts = new Map(
    shown.flatMap(({ chunk: { id } }) => {
      const text = nearestTexts.get(id);
      return text === undefined ? [] : [[id, text]];
    }),
  );
  const said = (await store.passages?.read([...texts.values()])) ?? new Map<number, string>();
  return new Map(
    [...texts].flatMap(([id, text]) => {
      const passage = said.get(text);
      return passage === undefined ? [] : [[id, passage]];
    }),
  );
}

function excerptOf(
  { text, said }: { readonly text: string; readonly said: string | undefined },
  query: QueryAnalysis,
  maxTokens: number,
): string {
  if (text.length <= maxTokens * defaults.CHARACTERS_PER_TOKEN) return text;
  return snippetOf({ text: breakLongLines(text), names: [], said }, query, maxTokens);
}

function placeOf(chunk: ChunkHead): Omit<ConversationHit, "text" | "score" | "title" | "agentId" | "resume"> {
  const { session } = chunk;
  return {
    sessionId: session?.sessionId ?? "",
    project: session?.project ?? "",
    timestamp: new Date(session?.startedAt ?? 0).toISOString(),
    role: session?.role ?? "",
    transcript: chunk.path,
    firstLine: chunk.startLine,
    lastLine: chunk.endLine,
    gitBranch: session?.gitBranch ?? null,
    cwd: session?.cwd ?? null,
    isSubagent: session?.isSubagent ?? false,
  };
}

/** How many of a page's hits fit in `maxTokens`, each with its place and the least text that can be understood; at least one. */
function hitsWithin(maxTokens: number | undefined, count: number): number {
  if (maxTokens === undefined) return count;
  return Math.min(count, Math.max(1, Math.floor(maxTokens / (PLACE_TOKENS + LEAST_PROSE_TOKENS))));
}

/** Tokens of text that each of the shown hits gets. */
function tokensEach(maxTokens: number | undefined, shown: number, limit: number): number {
  if (maxTokens === undefined)
    return Math.max(CONVERSATION_TOKENS, Math.floor(defaults.CONVERSATION_ANSWER_TOKENS / limit));
  return Math.max(LEAST_TOKENS, Math.floor(maxTokens / Math.max(1, shown)) - PLACE_TOKENS);
}

/** An exchange is prose: it takes more room than code to be understood. */
const CONVERSATION_TOKENS = 150;
/** Fewer words of an exchange say nothing. */
const LEAST_PROSE_TOKENS = 40;
/** Session, title, project, time, branch, and how to read on and resume: of real sessions 95 % take less. */
const PLACE_TOKENS = 120;
