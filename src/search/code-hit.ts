import type { CodeHit } from "./answer.ts";
import { CHARACTERS_PER_TOKEN } from "./constants.ts";
import type { TextHit } from "./hit-texts.ts";
import type { QueryAnalysis } from "./query.ts";
import { LEAST_TOKENS, snippetOf } from "./snippet.ts";

export interface HitShape {
  /** Tokens of text for all hits together. */
  readonly maxTokens: number;
  /** Locations without text. */
  readonly compact: boolean;
}

/**
 * The hits of a page, sharing the token budget: what one leaves over goes to those after it. Where there are more hits
 * than the budget has snippets for, the last ones are places without text.
 */
export function codeHits(hits: readonly TextHit[], query: QueryAnalysis, shape: HitShape): CodeHit[] {
  let left = shape.maxTokens;
  return hits.map((hit, index) => {
    const hasText = !shape.compact && left >= LEAST_TOKENS;
    const text = hasText ? snippetOf(sourceOf(hit), query, Math.floor(left / (hits.length - index))) : "";
    left -= Math.ceil(text.length / CHARACTERS_PER_TOKEN);
    return {
      path: hit.path,
      startLine: Math.min(...hit.chunks.map(({ startLine }) => startLine)),
      endLine: Math.max(...hit.chunks.map(({ endLine }) => endLine)),
      language: hit.lead.language,
      symbol: hit.lead.symbol,
      kind: hit.lead.kind,
      score: Math.round(hit.score * 10_000) / 10_000,
      text,
      matched: hit.matched,
    };
  });
}

function sourceOf({ lead, chunks }: TextHit) {
  const own = lead.symbol?.split(/[.:#]+/).at(-1);
  return { text: chunks.map(({ text }) => text).join("\n"), names: own ? [own, ...lead.defines] : lead.defines };
}
