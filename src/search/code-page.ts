import type { CodeHit, CodeQuery } from "./answer.ts";
import { bareHits, codeHits, fitting, placesTokens } from "./code-hit.ts";
import { DEFAULT_ANSWER_TOKENS } from "./constants.ts";
import { barePage, type Page, type PagedRanking, type PageRange, type PageSources, shorter, textPage } from "./page.ts";
import type { QueryAnalysis } from "./query.ts";

/** How the hits of a page are shown. */
export interface Shown extends Pick<CodeQuery, "compact" | "maxTokens"> {
  readonly query: QueryAnalysis;
}

/**
 * A page of a ranking of code as a caller sees it. Where the caller bounds the tokens, places and text keep within them
 * together (but for a single place that is longer), and what does not fit is on the next page.
 */
export async function codePage(
  sources: PageSources,
  ranking: PagedRanking,
  range: PageRange,
  { query, compact = false, maxTokens }: Shown,
  signal?: AbortSignal,
): Promise<Page<CodeHit>> {
  const fits = (count: number, hits: Parameters<typeof fitting>[0]) =>
    maxTokens === undefined ? count : fitting(hits, query, maxTokens, compact);
  if (compact) {
    const page = await barePage(sources, ranking, range, signal);
    const { hits, next } = shorter(page, ranking, range, fits(page.hits.length, page.hits));
    return { hits: bareHits(hits, query), next };
  }
  const page = await textPage(sources, ranking, range, signal);
  const { hits, next } = shorter(page, ranking, range, fits(page.hits.length, page.hits));
  const room = maxTokens === undefined ? DEFAULT_ANSWER_TOKENS : maxTokens - placesTokens(hits, query);
  return { hits: codeHits(hits, query, room), next };
}
