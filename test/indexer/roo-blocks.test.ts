import fc from "fast-check";
import { expect, it } from "vitest";
import { ROO_MAX_CHARACTERS, ROO_MIN_CHARACTERS, rooBlocks } from "../../src/indexer/roo-blocks.ts";

/** A file's chunks: its lines, parted at random, blank lines between some of them left out. */
const files = fc
  .array(fc.tuple(fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 60 }), fc.nat({ max: 2 })), {
    maxLength: 12,
  })
  .map((parts) => {
    let line = 1;
    return parts.map(([lines, gap]) => {
      const clean = lines.map((text) => text.replaceAll(/[\r\n]/g, " "));
      const chunk = { startLine: line + gap, endLine: line + gap + clean.length - 1, text: clean.join("\n") };
      line = chunk.endLine + 1;
      return chunk;
    });
  });

it("keeps within Roo Code's limits, in order, and says every line's text where it stands", () => {
  fc.assert(
    fc.property(files, (chunks) => {
      const lines = new Map(
        chunks.flatMap(({ startLine, text }) => text.split("\n").map((line, n) => [startLine + n, line] as const)),
      );
      let last = 0;
      for (const { startLine, endLine, text } of rooBlocks(chunks)) {
        expect(text.length).toBeLessThanOrEqual(ROO_MAX_CHARACTERS);
        expect(text.trim().length).toBeGreaterThanOrEqual(ROO_MIN_CHARACTERS);
        expect(startLine).toBeGreaterThan(last);
        last = endLine;
        const own = Array.from({ length: endLine - startLine + 1 }, (_, n) => lines.get(startLine + n) ?? "");
        expect(text).toBe(own.join("\n"));
      }
    }),
  );
});

it("loses nothing but what is too small", () => {
  fc.assert(
    fc.property(files, (chunks) => {
      const kept = new Set(
        rooBlocks(chunks).flatMap(({ startLine, endLine }) =>
          Array.from({ length: endLine - startLine + 1 }, (_, n) => startLine + n),
        ),
      );
      for (const { startLine, text } of chunks) {
        for (const [n, line] of text.split("\n").entries()) {
          if (line.trim().length >= ROO_MIN_CHARACTERS) expect(kept).toContain(startLine + n);
        }
      }
    }),
  );
});

it("cuts a line longer than a block into parts of 1,000 characters, as Roo Code does", () => {
  const text = "x".repeat(3_300);
  const blocks = rooBlocks([{ startLine: 7, endLine: 7, text }]);
  expect(blocks.map((block) => [block.startLine, block.endLine, block.text.length])).toEqual([
    [7, 7, 1_000],
    [7, 7, 1_000],
    [7, 7, 1_000],
    [7, 7, 300],
  ]);
});
