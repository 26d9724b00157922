import type { ChunkLimit } from "./chunk.ts";

/**
 * Cuts one line into consecutive pieces that each keep to the limit, at a break in the text where one is near, never
 * inside a surrogate pair. The pieces concatenated are the line.
 */
export function cutLine(line: string, { maxTokens, measure }: ChunkLimit): string[] {
  const pieces: string[] = [];
  // Four characters a token is what plain text has; the guess then follows what was seen.
  let guess = Math.max(1, maxTokens * 4);
  for (let start = 0; start < line.length;) {
    let length = Math.min(guess, line.length - start);
    while (length > 1) {
      const cost = measure(line.slice(start, start + length));
      if (cost <= maxTokens) break;
      length = Math.max(1, Math.min(length - 1, Math.floor((length * maxTokens * 0.95) / cost)));
    }
    guess = Math.min(Math.max(length * 2, 16), maxTokens * MAX_UNITS_PER_TOKEN);
    const end = start + length >= line.length ? line.length : breakBefore(line, start, start + length);
    pieces.push(line.slice(start, end));
    start = end;
  }
  return pieces;
}

/** White space costs no tokens, yet a chunk must stay small enough to be stored and shown. */
const MAX_UNITS_PER_TOKEN = 8;

/** The best place to cut at or before `end`: after a separator within the last eighth, else where no pair is torn. */
function breakBefore(line: string, start: number, end: number): number {
  const earliest = Math.max(start + 1, end - Math.floor((end - start) / 8));
  for (let index = end; index > earliest; index -= 1) {
    if (SEPARATORS.has(line[index - 1] ?? "")) return index;
  }
  const unit = line.charCodeAt(end - 1);
  if (unit < 0xd800 || unit > 0xdbff) return end;
  // A pair of which only one half fits goes whole: the limit bends before a character breaks.
  return end - 1 > start ? end - 1 : end + 1;
}

const SEPARATORS: ReadonlySet<string> = new Set([";", ",", "}", ">", " ", "\t"]);
