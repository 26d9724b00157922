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
import { saidBits, saidNames } from "./said-names.ts";
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
  const bits = saidBits(query);
  const facts = await book.factsOf(finds.ids, heads);
  const weighed = weigh(finds, facts, book.paths, query, { said: saidNames(query, book.vocabulary), bits }, weights);
  const chosen = mostPromising(finds, weighed);
  const ids = chosen.map((at) => finds.ids[at] ?? 0);
  const paths = Int32Array.from(chosen, (at) => facts.paths[at] ?? 0);
  const files = filesOf(paths);
  const { lows, highs } = facts.defined;
  const defines = Uint8Array.from(chosen, (at) => (meets(lows[at] ?? 0, highs[at] ?? 0, bits) ? 1 : 0));
  // Where a chunk stands matters only beside another of its file.
  const wanted = ids.filter(
    (id, index) => (files.sizes[files.of[index] ?? 0] ?? 0) > 1 || (defines[index] === 1 && book.startOf(id) === 0),
  );
  const looked = wanted.length === 0 ? [] : await heads(Array.from(wanted));
  for (const head of looked) if (book.startOf(head.id) === 0) book.define(head);
  // Names that came into the book just now may have brought words with them.
  const said = saidNames(query, book.vocabulary);
  const scores = new Float64Array(ids.length);
  const meanings = new Float64Array(ids.length);
  for (let index = 0; index < ids.length; index++) {
    const at = chosen[index] ?? 0;
    const start = defines[index] === 1 ? book.startOf(ids[index] ?? 0) : 0;
    const definition = start === 0 ? 0 : definitionMatch(book.definitions, start, said, weights.related);
    const factor = weighed.factors[at] ?? 1;
    const boost = 1 + (weighed.named[at] ?? 0) + weights.definition * definition;
    scores[index] = (finds.scores[at] ?? 0) * boost * factor;
    meanings[index] = factor * (finds.meanings[at] ?? 0);
  }
  addCoherence(scores, files, weights.coherence);
  addMeaning(scores, meanings, files, meaningShare(weighed, query, weights));
  const matched = Uint8Array.from(chosen, (at) => finds.matched[at] ?? 0);
  const pathOf = (index: number) => book.paths.text(paths[index] ?? 0);
  const candidates = { ids, scores, meanings, matched, files, pathOf, ...linesOf(ids, looked) };
  return orderHits(candidates, weights.saturation);
}

/** The lines of chunks that were looked at, by the places of their ids, of which they are some in the same order. */
function linesOf(ids: Uint32Array, looked: readonly ChunkHead[]): { firstLines: Uint32Array; lastLines: Uint32Array } {
  const firstLines = new Uint32Array(ids.length).fill(NOWHERE);
  const lastLines = new Uint32Array(ids.length).fill(NOWHERE);
  let at = 0;
  for (const { id, startLine, endLine } of looked) {
    while (at < ids.length && ids[at] !== id) at += 1;
    firstLines[at] = startLine;
    lastLines[at] = endLine;
  }
  return { firstLines, lastLines };
}

/** Far from all others: nobody asked where it stands, or it is gone. */
const NOWHERE = 2 ** 32 - 1;
