import type { Embedder } from "../embed/embedder.ts";
import { UserError } from "../errors.ts";
import type { ChunkFilter } from "../store/index-store.ts";
import type { SearchStore } from "./search-store.ts";
import type { CodeHit, CodeQuery, SearchAnswer } from "./answer.ts";
import { ChunkBook } from "./chunk-book.ts";
import { bareHits, codeHits } from "./code-hit.ts";
import { codePage } from "./code-page.ts";
import * as defaults from "./constants.ts";
import { decodeCursor, digestOf, encodeCursor } from "./cursor.ts";
import { type CandidateSources, findCandidates } from "./find-candidates.ts";
import type { Verify } from "./freshness.ts";
import { type IndexFacts, createIndexStates } from "./index-state.ts";
import { Lru } from "./lru.ts";
import { type PagedRanking, barePage, textPage } from "./page.ts";
import { analyseQuery, assertHasWords, type QueryAnalysis } from "./query.ts";
import { createQueryVectors } from "./query-vector.ts";
import { rank } from "./rank.ts";
import { anyVector, questionsAbout, type Rehearsal } from "./rehearse.ts";
import { similarTo } from "./similar.ts";

/** What a code search stands on; given by the composition root. */
export interface CodeSearchParts {
  readonly store: SearchStore;
  /** The embedder of the moment; null while search is lexical only. */
  readonly embedder: () => Embedder | null;
  /** How fresh the index is and what embeds it, told with each answer. */
  readonly facts: () => IndexFacts;
  readonly verify: Verify;
  /** The id of a language that was named; throws where there is none. Default: it is one. */
  readonly languageNamed?: (name: string) => string;
  readonly weights?: defaults.RankingWeights;
  /** Longest wait for the query's vector, in milliseconds. */
  readonly embedWaitMs?: number;
}

export interface CodeSearch {
  /** @throws UserError `request.*` for a query without words, a limit out of range or a foreign cursor. */
  search(asked: CodeQuery, signal?: AbortSignal): Promise<SearchAnswer<CodeHit>>;
  /**
   * Code like that at a line of an indexed file, elsewhere.
   * @throws UserError `index.not-found` when nothing is indexed at that line.
   */
  similar(path: string, line: number, limit?: number, signal?: AbortSignal): Promise<SearchAnswer<CodeHit>>;
}

interface Ranking extends PagedRanking {
  readonly notice?: string;
}

/** Search over an index of code: full text and meaning fused, ranked, verified against the disk. */
export function createCodeSearch(parts: CodeSearchParts): CodeSearch & Rehearsal {
  const weights = parts.weights ?? defaults.RANKING;
  const queryVector = createQueryVectors({
    waitMs: parts.embedWaitMs ?? defaults.EMBED_WAIT_MS,
    kept: defaults.QUERY_VECTORS_KEPT,
  });
  // Pages come from the ranking of the first one, so that they neither repeat nor skip while the index changes.
  const indexState = createIndexStates(parts.store);
  let kept = new ChunkBook();
  const bookOf = () => (kept.isFull ? (kept = new ChunkBook()) : kept);
  const rankings = new Lru<string, Ranking>(defaults.RANKINGS_KEPT);

  async function rankedFor(
    query: QueryAnalysis,
    filter: ChunkFilter,
    signal?: AbortSignal,
    vectorOf: CandidateSources["queryVector"] = queryVector,
  ): Promise<Ranking> {
    const sources = { store: parts.store, embedder: parts.embedder(), queryVector: vectorOf };
    const { finds, notice } = await findCandidates(sources, query, filter, weights, signal);
    const hits = await rank(finds, query, bookOf(), (ids) => parts.store.heads(ids), weights);
    return { hits, places: new Map(), ...(notice !== undefined && { notice }) };
  }

  return {
    async search(asked, signal) {
      const started = performance.now();
      const limit = limitOf(asked.limit);
      const query = analyseQuery(asked.query);
      assertHasWords(query, EMPTY_HINT);
      const language = asked.language === undefined ? undefined : (parts.languageNamed ?? String)(asked.language);
      const filter = filterOf({ ...asked, language });
      const digest = digestOf([asked.query, asked.path, asked.language]);
      const offset = asked.cursor === undefined ? 0 : decodeCursor(asked.cursor, digest).offset;
      const ranking = (offset > 0 ? rankings.get(digest) : undefined) ?? (await rankedFor(query, filter, signal));
      rankings.set(digest, ranking);
      const page = await codePage(parts, ranking, { offset, limit }, { ...asked, query }, signal);
      return {
        query: asked.query,
        tookMs: Math.round(performance.now() - started),
        index: await indexState(parts.facts()),
        hits: page.hits,
        ...(page.next < ranking.hits.length && { nextCursor: encodeCursor({ digest, offset: page.next }) }),
        ...(ranking.notice !== undefined && { notice: ranking.notice }),
      };
    },

    async similar(path, line, limit, signal) {
      const started = performance.now();
      const count = limitOf(limit);
      const embedder = parts.embedder();
      const { query, ranking, notice } = await similarTo(
        { store: parts.store, embedder, queryVector, book: bookOf() },
        { path, line },
        weights,
        signal,
      ).catch((error: unknown) => {
        const isNew = error instanceof UserError && error.code === "index.not-found";
        throw isNew && parts.facts().freshness !== "fresh" ? notYet(error) : error;
      });
      const page = await textPage(parts, { hits: ranking, places: new Map() }, { offset: 0, limit: count }, signal);
      return {
        query: `${path}:${line}`,
        tookMs: Math.round(performance.now() - started),
        index: await indexState(parts.facts()),
        hits: codeHits(page.hits, query, defaults.DEFAULT_ANSWER_TOKENS),
        ...(notice !== undefined && { notice }),
      };
    },

    async *rehearse(signal) {
      const range = { offset: 0, limit: defaults.DEFAULT_LIMIT };
      for (const [index, question] of (await questionsAbout(parts.store)).entries()) {
        const query = analyseQuery(question);
        const ranking = await rankedFor(query, {}, signal, anyVector);
        if (index % 2 === 0) bareHits((await barePage(parts, ranking, range, signal)).hits, query);
        else codeHits((await textPage(parts, ranking, range, signal)).hits, query, defaults.DEFAULT_ANSWER_TOKENS);
        yield;
      }
    },
  };
}

function filterOf({ path, language }: CodeQuery): ChunkFilter {
  return { ...(path !== undefined && { pathGlob: path }), ...(language !== undefined && { language }) };
}

/** @throws UserError `request.limit` outside 1..100. */
export function limitOf(limit: number | undefined): number {
  if (limit === undefined) return defaults.DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= defaults.MAX_LIMIT) return limit;
  throw new UserError("request.limit", `The limit ${limit} is not a whole number from 1 to ${defaults.MAX_LIMIT}.`);
}

function notYet({ code, message }: UserError): UserError {
  return new UserError(code, message, { hint: "The index is not up to date yet: ask again in a few seconds." });
}

const EMPTY_HINT = "Ask in plain words, or give a symbol or a path; search_files finds any text, also signs.";
