import { type FreshSource, type Verify, refreshed } from "./freshness.ts";
import { type TextHit, withHeads, withTexts } from "./hit-texts.ts";
import type { RankedChunk, RankedHit, RankedHits } from "./ranked-hit.ts";
import type { SearchStore } from "./search-store.ts";

/** The part of a ranking that is shown. */
export interface Page<Hit> {
  readonly hits: readonly Hit[];
  /** Where in the ranking the next page begins. */
  readonly next: number;
}

/** What a page is made from. */
export interface PageSources {
  readonly store: SearchStore;
  readonly verify: Verify;
}

/** Which part of a ranking: up to `limit` hits from `offset` on. */
export interface PageRange {
  readonly offset: number;
  readonly limit: number;
}

/** A ranking that is shown page by page. */
export interface PagedRanking {
  readonly hits: RankedHits;
  /** Where hits of files that changed are now, and which one was first: several may have become one. */
  readonly places: Map<string, number>;
}

/** Hits that still stand, each place once, with their texts. */
export async function textPage(
  { store, verify }: PageSources,
  ranking: PagedRanking,
  range: PageRange,
  signal?: AbortSignal,
): Promise<Page<TextHit>> {
  return pageOf(verify, ranking, range, (slice, fresh) => standing(store, slice, fresh, ranking.places), signal);
}

/** The same without their texts: those are read only where a file has changed, to find the hit in it. */
export async function barePage(
  { store, verify }: PageSources,
  ranking: PagedRanking,
  range: PageRange,
  signal?: AbortSignal,
): Promise<Page<RankedHit>> {
  const stands: Stands<RankedHit> = (slice, fresh) => {
    const isSame = slice.hits.every(({ path }) => (fresh.get(path) ?? "same") === "same");
    return isSame ? withHeads(store, slice.hits) : standing(store, slice, fresh, ranking.places);
  };
  return pageOf(verify, ranking, range, stands, signal);
}

/** The first `count` hits of a page, and all after them left for the next one. */
export function shorter<Hit extends RankedHit>(
  page: Page<Hit>,
  ranking: PagedRanking,
  { offset }: PageRange,
  count: number,
): Page<Hit> {
  const first = page.hits[count]?.lead.id;
  if (first === undefined) return page;
  const at = ranking.hits.slice(offset, page.next).findIndex(({ lead }) => lead.id === first);
  return { hits: page.hits.slice(0, count), next: at < 0 ? page.next : offset + at };
}

/** Some hits of a ranking, and where the first of them is in it. */
interface Slice {
  readonly hits: readonly RankedHit<RankedChunk>[];
  readonly from: number;
}

/** Those of some hits that still stand. */
type Stands<Hit> = (slice: Slice, fresh: ReadonlyMap<string, FreshSource>) => Promise<Hit[]>;

async function standing(
  store: SearchStore,
  { hits, from }: Slice,
  fresh: ReadonlyMap<string, FreshSource>,
  places: Map<string, number>,
): Promise<TextHit[]> {
  const order = new Map(hits.map(({ lead }, index) => [lead.id, from + index]));
  return (await withTexts(store, hits)).flatMap((hit) => {
    const now = refreshed(hit, fresh.get(hit.path));
    if (now === null || now === hit) return now ?? [];
    const place = `${now.lead.startLine}-${now.lead.endLine} ${now.path}`;
    const [own, first] = [order.get(hit.lead.id) ?? 0, places.get(place) ?? Infinity];
    if (first < own) return [];
    places.set(place, own);
    return now;
  });
}

/** Takes from the ranking until the page is full. */
async function pageOf<Hit>(
  verify: Verify,
  { hits: ranked }: PagedRanking,
  { offset, limit }: PageRange,
  stands: Stands<Hit>,
  signal?: AbortSignal,
): Promise<Page<Hit>> {
  const hits: Hit[] = [];
  let next = offset;
  while (hits.length < limit && next < ranked.length) {
    const slice = { hits: ranked.slice(next, next + limit - hits.length), from: next };
    next += slice.hits.length;
    const fresh = await verify([...new Set(slice.hits.map(({ path }) => path))], signal);
    hits.push(...(await stands(slice, fresh)));
  }
  return { hits, next };
}
