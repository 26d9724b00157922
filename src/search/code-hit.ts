import type { CodeHit } from "./answer.ts";
import { askedName, symbolOf } from "./asked-name.ts";
import { CHARACTERS_PER_TOKEN } from "./constants.ts";
import type { TextHit } from "./hit-texts.ts";
import { ownName } from "./names.ts";
import type { RankedHit } from "./ranked-hit.ts";
import type { QueryAnalysis } from "./query.ts";
import { LEAST_TOKENS, snippetOf } from "./snippet.ts";

/**
 * The hits of a page, sharing `maxTokens` of text: what one leaves over goes to those after it. Where there are more hits
 * than the budget has snippets for, the last ones are places without text.
 */
export function codeHits(hits: readonly TextHit[], query: QueryAnalysis, maxTokens: number): CodeHit[] {
  let left = maxTokens;
  return hits.map((hit, index) => {
    const hasText = left >= LEAST_TOKENS;
    const text = hasText ? snippetOf(sourceOf(hit, query), query, Math.floor(left / (hits.length - index))) : "";
    left -= Math.ceil(text.length / CHARACTERS_PER_TOKEN);
    return hitWith(hit, query, text);
  });
}

/**
 * How many of the hits fit in `maxTokens` with their places and, unless they are `bare`, some text of each; at least one. A
 * caller who states a bound pays for places as for text, and has the others on the next page.
 */
export function fitting(hits: readonly RankedHit[], query: QueryAnalysis, maxTokens: number, bare: boolean): number {
  let left = maxTokens;
  const first = hits.findIndex((hit) => {
    left -= placeTokens(hit, query) + (bare ? 0 : LEAST_TOKENS);
    return left < 0;
  });
  return first < 0 ? hits.length : Math.max(1, first);
}

/** What it costs to say where the hits are, in tokens. */
export function placesTokens(hits: readonly RankedHit[], query: QueryAnalysis): number {
  return hits.reduce((sum, hit) => sum + placeTokens(hit, query), 0);
}

function placeTokens(hit: RankedHit, query: QueryAnalysis): number {
  const { kind, language } = hit.lead;
  const names = [hit.path, symbolOf(hit, query) ?? "", kind, language, language];
  const length = names.reduce((sum, name) => sum + name.length, PLACE_CHARACTERS);
  return Math.ceil(length / CHARACTERS_PER_TOKEN);
}

/** Lines, score, fences and marks around them, beside the names. */
const PLACE_CHARACTERS = 48;

/** The hits of a page as locations without text. */
export function bareHits(hits: readonly RankedHit[], query: QueryAnalysis): CodeHit[] {
  return hits.map((hit) => hitWith(hit, query, ""));
}

function hitWith(hit: RankedHit, query: QueryAnalysis, text: string): CodeHit {
  const { path, lead, chunks, score, matched } = hit;
  return {
    path,
    startLine: Math.min(...chunks.map(({ startLine }) => startLine)),
    endLine: Math.max(...chunks.map(({ endLine }) => endLine)),
    language: lead.language,
    symbol: symbolOf(hit, query),
    kind: lead.kind,
    score: Math.round(score * 10_000) / 10_000,
    text,
    matched,
  };
}

function sourceOf(hit: TextHit, query: QueryAnalysis) {
  const { lead, chunks } = hit;
  const asked = askedName(hit, query) ?? [];
  const own = lead.symbol === null ? [] : ownName(lead.symbol);
  return { text: chunks.map(({ text }) => text).join("\n"), names: [asked, own, lead.defines].flat() };
}
