import type { ChunkHead } from "../store/index-store.ts";
import type { ChunkBook } from "./chunk-book.ts";
import { addCoherence } from "./coherence.ts";
import { NAMELESS, RANKING, type RankingWeights } from "./constants.ts";
import { filesOf } from "./files.ts";
import type { Finds } from "./finds.ts";
import { addMeaning, meaningShare } from "./meaning.ts";
import { definitionMatch } from "./name-match.ts";
import { orderHits } from "./order-hits.ts";
import type { QueryAnalysis } from "./query.ts";
import type { RankedHits } from "./ranked-hit.ts";
import { saidNames } from "./said-names.ts";
import { meets } from "./sieve.ts";
import { mostPromising, weigh } from "./weigh.ts";

/** Reads chunks without their texts, in the order asked; those that are gone are left out. */
export type ReadHeads = (ids: readonly number[]) => Promise<readonly ChunkHead[]>;

/** Orders finds by what they define, where they stand and what else of their file was found; best first. */
export async function rank(
  finds: Finds,
  query: QueryAnalysis,
  book: ChunkBook,
  heads: ReadHeads,
  given: RankingWeights = RANKING,
): Promise<RankedHits> {
  const weights = query.kind === "code" ? { ...given, ...NAMELESS } : given;
  const facts = await book.factsOf(finds.ids, heads);
  const words = book.vocabulary.size;
  let said = saidNames(query, book.vocabulary);
  const weighed = weigh(finds, facts, book.paths, query, said, weights);
  const chosen = mostPromising(finds, weighed);
  const ids = chosen.map((at) => finds.ids[at] ?? 0);
  const paths = chosen.map((at) => facts.paths[at] ?? 0);
  const files = filesOf(paths);
  const { starts, defined } = facts;
  const { bits } = said;
  const isSaid = Uint8Array.from(chosen, (at) => Number(meets(defined.lows[at] ?? 0, defined.highs[at] ?? 0, bits)));
  // Where a chunk stands matters only beside another of its file.
  const isLookedAt = (index: number) =>
    (files.sizes[files.of[index] ?? 0] ?? 0) > 1 || (isSaid[index] === 1 && starts[chosen[index] ?? 0] === 0);
  const { firstLines, lastLines, looked } = await lookAt(ids, isLookedAt, heads);
  for (const [index, head] of looked) if (isSaid[index] === 1) starts[chosen[index] ?? 0] = book.define(head);
  // Names that came into the book just now may have brought words with them.
  if (book.vocabulary.size > words) said = saidNames(query, book.vocabulary);

  const scores = new Float64Array(chosen.length);
  const meanings = new Float64Array(chosen.length);
  const matched = new Uint8Array(chosen.length);
  for (let index = 0; index < chosen.length; index++) {
    const at = chosen[index] ?? 0;
    const start = isSaid[index] === 1 ? (starts[at] ?? 0) : 0;
    const definition = start === 0 ? 0 : definitionMatch(book.definitions, start, said, weights.related);
    const factor = weighed.factors[at] ?? 1;
    const boost = 1 + (weighed.named[at] ?? 0) + weights.definition * definition;
    scores[index] = (finds.scores[at] ?? 0) * boost * factor;
    meanings[index] = factor * (finds.meanings[at] ?? 0);
    matched[index] = finds.matched[at] ?? 0;
  }
  addCoherence(scores, files, weights.coherence);
  addMeaning(scores, meanings, files, meaningShare(weighed, query, weights));
  const pathOf = (index: number) => book.paths.text(paths[index] ?? 0);
  return orderHits({ ids, scores, meanings, matched, files, firstLines, lastLines, pathOf }, weights.saturation);
}

/** The heads and lines of those chunks that are wanted. */
async function lookAt(ids: Uint32Array, isWanted: (index: number) => boolean, heads: ReadHeads) {
  const wanted: number[] = [];
  for (let index = 0; index < ids.length; index++) if (isWanted(index)) wanted.push(index);
  const found = wanted.length === 0 ? [] : await heads(wanted.map((index) => ids[index] ?? 0));
  const firstLines = new Uint32Array(ids.length).fill(NOWHERE);
  const lastLines = new Uint32Array(ids.length).fill(NOWHERE);
  const looked: [index: number, head: ChunkHead][] = [];
  for (const index of wanted) {
    const head = found[looked.length];
    // One that is gone is left out of what was found.
    if (head === undefined || head.id !== ids[index]) continue;
    looked.push([index, head]);
    firstLines[index] = head.startLine;
    lastLines[index] = head.endLine;
  }
  return { firstLines, lastLines, looked };
}

/** Far from all others: nobody asked where it stands, or it is gone. */
const NOWHERE = 2 ** 32 - 1;
