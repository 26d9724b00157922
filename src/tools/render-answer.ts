import type { CodeHit, IndexState, SearchAnswer } from "../search/answer.ts";
import type { DataResult } from "./call.ts";
import type { codeAnswer } from "./answer-schema.ts";
import type { z } from "zod";
import { visibleLine } from "../visible.ts";

/** A code search's answer as data, and the same content as text for clients that ignore data. */
export function codeAnswerResult(answer: SearchAnswer<CodeHit>): DataResult<z.output<typeof codeAnswer>> {
  return {
    text: renderCodeAnswer(answer),
    data: { ...answer, hits: answer.hits.map((hit) => ({ ...hit, matched: [...hit.matched] })) },
  };
}

function renderCodeAnswer(answer: SearchAnswer<CodeHit>): string {
  const { hits, index } = answer;
  const elsewhere =
    index.freshness === "fresh"
      ? "Try other words, drop the path or language filter, or use search_files for an exact pattern."
      : "The index is not up to date yet: ask again in a few seconds, or use search_files, which needs none.";
  const head =
    hits.length === 0
      ? `No hits for ${echoed(answer.query)}. ${elsewhere}`
      : `${hits.length} ${hits.length === 1 ? "hit" : "hits"} for ${echoed(answer.query)}`;
  return [
    head,
    ...hits.map(renderHit),
    ...(answer.nextCursor === undefined ? [] : [`More: call again with cursor ${JSON.stringify(answer.nextCursor)}`]),
    ...(answer.notice === undefined ? [] : [`Note: ${visibleLine(answer.notice)}`]),
    describeIndex(answer.index),
  ].join("\n\n");
}

function renderHit(hit: CodeHit): string {
  const title = `${heading(hit.path)}:${hit.startLine}-${hit.endLine}`;
  const symbol = hit.symbol === null ? null : visibleLine(hit.symbol);
  const facts = [symbol, hit.kind, hit.language, `score ${hit.score.toFixed(3)}`].filter((fact) => fact !== null);
  const header = `${title} (${facts.join(", ")})`;
  return hit.text === "" ? header : `${header}\n${fence(hit.text, hit.language)}`;
}

/** A name that others chose, at the beginning of a line of ours: it neither ends the line nor opens a fence. */
export function heading(name: string): string {
  return visibleLine(name).replace(/^`{3,}/, (ticks) => "'".repeat(ticks.length));
}

/** Text in a code fence that nothing inside it can close. */
export function fence(text: string, language = ""): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`{3,}/g), ([ticks]) => ticks.length));
  const marks = "`".repeat(Math.max(3, longest + 1));
  return `${marks}${language}\n${text}\n${marks}`;
}

/** The query as an answer names it: a screen of pasted code is known to whoever pasted it, and need not be read again. */
export function echoed(query: string): string {
  const kept = query.slice(0, ECHO_CHARS).replace(/[\uD800-\uDBFF]$/, "");
  return JSON.stringify(query.length > ECHO_CHARS ? `${kept}…` : query);
}

const ECHO_CHARS = 160;

/** One line on how far the index is. */
export function describeIndex(index: IndexState): string {
  return `Index: ${index.files} files, ${index.chunks} chunks, ${index.embeddedPercent} % embedded, ${index.freshness}; ${index.embedder}; ${index.store}`;
}
