import { expect } from "vitest";
import type { Chunk, ChunkLimit } from "../../src/chunk/chunk.ts";

/** The lines of a text as chunks must show them: cut at `\n`, without the `\r` before it, without a byte order mark. */
export function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line, index, all) => (index < all.length - 1 ? line.replace(/\r$/, "") : line));
}

/** Holds chunks against the text that they were made of: order, no overlap, every non-blank line once, limit, text. */
export function expectSound(text: string, chunks: readonly Chunk[], limit: ChunkLimit): void {
  const lines = linesOf(text);
  let covered = 0;
  for (let index = 0; index < chunks.length; index += 1) {
    const chunk = at(chunks, index);
    const { startLine, endLine } = chunk;
    expect(startLine).toBeGreaterThan(covered);
    expect(endLine).toBeGreaterThanOrEqual(startLine);
    expect(
      lines
        .slice(covered, startLine - 1)
        .join("")
        .trim(),
    ).toBe("");
    let shown = chunk.text;
    expectWithin(chunk, limit);
    while (startLine === endLine && chunks[index + 1]?.startLine === startLine) {
      index += 1;
      const piece = at(chunks, index);
      expect(piece.endLine).toBe(startLine);
      expectWithin(piece, limit);
      shown += piece.text;
    }
    expect(shown).toBe(lines.slice(startLine - 1, endLine).join("\n"));
    covered = endLine;
  }
  expect(lines.slice(covered).join("").trim()).toBe("");
}

function expectWithin({ text }: Chunk, { maxTokens, measure }: ChunkLimit): void {
  // A single character may cost more than a very small limit.
  if (text.length > 2) expect(measure(text)).toBeLessThanOrEqual(maxTokens);
}

function at(chunks: readonly Chunk[], index: number): Chunk {
  const chunk = chunks[index];
  if (chunk === undefined) throw new Error(`There is no chunk ${index}`);
  return chunk;
}
