import fc from "fast-check";
import { expect, test } from "vitest";
import { splitText } from "../../src/transcripts/split-text.ts";

const measure = (text: string) => Math.ceil(text.length / 3);
const anyText = fc
  .array(fc.constantFrom("word ", "sentence. ", "line\n", "paragraph\n\n", "日本語。", "😀", "x".repeat(40)), {
    maxLength: 80,
  })
  .map((parts) => parts.join(""));

test("loses nothing, exceeds nothing, and splits no character", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 2, max: 60 }), (text, maxTokens) => {
      const pieces = splitText(text, { maxTokens, measure });
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) {
        expect(measure(piece)).toBeLessThanOrEqual(maxTokens);
        expect(piece).not.toBe("");
        expect(Buffer.from(piece, "utf8").toString("utf8")).toBe(piece);
      }
    }),
  );
});

test("leaves a text that fits alone, and an empty one has no pieces", () => {
  expect(splitText("short", { maxTokens: 10, measure })).toEqual(["short"]);
  expect(splitText("", { maxTokens: 10, measure })).toEqual([]);
});

test("ends at a paragraph rather than a line, at a line rather than a word", () => {
  const limit = { maxTokens: 10, measure: (text: string) => text.length };
  expect(splitText("abcd\n\nef gh ij", limit)).toEqual(["abcd\n\n", "ef gh ij"]);
  expect(splitText("abcdef\nij klmn", limit)).toEqual(["abcdef\n", "ij klmn"]);
  expect(splitText("abcdefgh ijklmn", limit)).toEqual(["abcdefgh ", "ijklmn"]);
});

test("makes way even where a single character exceeds the limit", () => {
  expect(splitText("😀😀", { maxTokens: 1, measure: () => 9 }).join("")).toBe("😀😀");
});

test("measures a text of megabytes in windows", () => {
  let longest = 0;
  const counting = (text: string) => {
    longest = Math.max(longest, text.length);
    return measure(text);
  };
  const pieces = splitText("many words ".repeat(100_000), { maxTokens: 500, measure: counting });
  expect(pieces.length).toBeGreaterThan(700);
  expect(longest).toBeLessThanOrEqual(4000);
});
