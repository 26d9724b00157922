import type { CodeHit } from "../answer.ts";
import { CHARACTERS_PER_TOKEN } from "../constants.ts";
import type { Question } from "./questions.ts";

/** What one answer is worth, each 0..1 unless said otherwise. */
export interface Measures {
  /** Normalised discounted cumulative gain over the first ten files, binary gain. */
  readonly ndcg10: number;
  /** 1 / rank of the first relevant file among ten; 0 without one. */
  readonly mrr10: number;
  readonly hit1: number;
  readonly recall5: number;
  readonly recall10: number;
  /** Tokens read until the first relevant hit is read whole; Infinity when there is none. `askAll` goes on to next pages. */
  readonly tokensToFirst: number;
}

/** Measures hits, best first, against what is relevant; files count once, at their first hit. */
export function measure(hits: readonly CodeHit[], relevant: Question["relevant"]): Measures {
  const files = [...new Set(hits.map(({ path }) => path))];
  const wanted = [...new Set(relevant.map(({ path }) => path))];
  const ranks = wanted.map((path) => files.indexOf(path) + 1).filter((rank) => rank >= 1 && rank <= DEPTH);
  const gain = ranks.reduce((sum, rank) => sum + discount(rank), 0);
  const ideal = wanted.slice(0, DEPTH).reduce((sum, _, index) => sum + discount(index + 1), 0);
  const best = ranks.length === 0 ? 0 : Math.min(...ranks);
  const recall = (depth: number) => ranks.filter((rank) => rank <= depth).length / wanted.length;
  return {
    ndcg10: ideal === 0 ? 0 : gain / ideal,
    mrr10: best === 0 ? 0 : 1 / best,
    hit1: best === 1 ? 1 : 0,
    recall5: recall(5),
    recall10: recall(DEPTH),
    tokensToFirst: firstWithin(hits, new Set(wanted)),
  };
}

/** The tokens read up to and with the first hit of a wanted file, or of all hits where there is none. */
export function tokensToFirst(
  hits: readonly CodeHit[],
  wanted: ReadonlySet<string>,
): { readonly found: boolean; readonly read: number } {
  let read = 0;
  for (const hit of hits) {
    read += tokensOf(hit);
    if (wanted.has(hit.path)) return { found: true, read };
  }
  return { found: false, read };
}

function firstWithin(hits: readonly CodeHit[], wanted: ReadonlySet<string>): number {
  const { found, read } = tokensToFirst(hits, wanted);
  return found ? read : Number.POSITIVE_INFINITY;
}

/** What a hit costs its reader: its location and its text. */
function tokensOf({ path, symbol, text }: CodeHit): number {
  return Math.ceil((path.length + (symbol?.length ?? 0) + text.length + LOCATION_CHARACTERS) / CHARACTERS_PER_TOKEN);
}

function discount(rank: number): number {
  return 1 / Math.log2(rank + 1);
}

const DEPTH = 10;
/** Line numbers, kind and marks around them. */
const LOCATION_CHARACTERS = 24;
