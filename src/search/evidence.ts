import type { Candidate, ChunkFilter } from "../store/index-store.ts";
import { termsOf } from "../terms.ts";
import type { RankingWeights } from "./constants.ts";
import { coverageOf } from "./coverage.ts";
import type { QueryAnalysis } from "./query.ts";
import type { SearchStore } from "./search-store.ts";
import { findTouched } from "./touched-files.ts";

/** What words tell of a query. */
export interface Evidence {
  readonly lexical: readonly Candidate[];
  /** Which part of the query they say, 0..1. */
  readonly covered: number;
}

/**
 * Weighs finds by words by what their single words do not tell: that one says the query word for word, as it does where a
 * sentence or an error was pasted, or touched a file that the query names.
 */
export async function weighEvidence(
  store: SearchStore,
  query: QueryAnalysis,
  filter: ChunkFilter,
  found: readonly Candidate[],
  { told, coverage }: Pick<RankingWeights, "told" | "coverage">,
): Promise<Evidence> {
  if (told === 0 && coverage === undefined) return { lexical: found, covered: 1 };
  const best = await store.chunks(found.slice(0, READ_FINDS).map(({ id }) => id));
  const quoting = new Set(best.filter(({ text }) => saysWordForWord(text, query.text)).map(({ id }) => id));
  const quoted = told > 0 ? found.filter(({ id }) => quoting.has(id)) : [];
  const touched = told > 0 ? await findTouched(store, query, filter) : [];
  const lexical = raised(raised(found, quoted, told), touched, told);
  const isCertain = best.length === 0 || quoted.length + touched.length > 0;
  const covering = best.slice(0, COVERING_FINDS).map((chunk) => coverageOf(chunk, query.stems));
  return { lexical, covered: isCertain ? 1 : Math.max(...covering) };
}

/** Whether a text says all of these words in their order, with nothing between them; fewer than three say too little. */
export function saysWordForWord(text: string, asked: string): boolean {
  const words = termsOf(asked);
  return words.length >= LEAST_QUOTED && ` ${termsOf(text).join(" ")} `.includes(` ${words.join(" ")} `);
}

/** The finds, to which those that are `told` of gain `worth`; best first. */
export function raised(found: readonly Candidate[], told: readonly Candidate[], worth: number): readonly Candidate[] {
  if (told.length === 0) return found;
  const scores = new Map([...told, ...found].map(({ id, score }) => [id, score]));
  for (const { id } of told) scores.set(id, (scores.get(id) ?? 0) + worth);
  return Array.from(scores, ([id, score]) => ({ id, score })).toSorted((a, b) => b.score - a.score || a.id - b.id);
}

/** What says a sentence as it stands is among the first: its words are all there, as often as in the query. */
const READ_FINDS = 10;
/** Of the best of so many coverage is told: a short find that says much may stand behind one that says a rare word often. */
const COVERING_FINDS = 3;
const LEAST_QUOTED = 3;
