import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutLine } from "../../src/chunk/cut-line.ts";
import { splitLines } from "../../src/chunk/source-lines.ts";
import { boundTokens } from "../../src/chunk/token-bound.ts";

describe("cutLine", () => {
  it("gives pieces within the limit that make up the line, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 2_000 }),
        fc.integer({ min: 4, max: 100 }),
        (line, maxTokens) => {
          const pieces = cutLine(line, { maxTokens, measure: boundTokens });
          expect(pieces.join("")).toBe(line);
          for (const piece of pieces) expect(boundTokens(piece)).toBeLessThanOrEqual(maxTokens);
        },
      ),
    );
  });

  it("cuts after a separator where there is one", () => {
    const pieces = cutLine("alpha,beta;".repeat(100), { maxTokens: 40, measure: boundTokens });
    expect(pieces.slice(0, -1).every((piece) => /[,;]$/.test(piece))).toBe(true);
  });

  it("lets the limit bend rather than tear a character", () => {
    expect(cutLine("🎉🎉", { maxTokens: 1, measure: (text) => text.length })).toEqual(["🎉", "🎉"]);
  });

  it("takes few measures for a long line", () => {
    let measured = 0;
    const measure = (text: string) => {
      measured += text.length;
      return boundTokens(text);
    };
    const line = "const value = compute(input);".repeat(30_000);
    cutLine(line, { maxTokens: 500, measure });
    expect(measured).toBeLessThan(line.length * 5);
  });
});

describe("splitLines", () => {
  const lines = splitLines("one\r\n  \r\nthree\nfour\r", (line) => line.length);

  it("knows lines, blanks and costs by row", () => {
    expect([lines.count, lines.line(0), lines.line(1), lines.line(2), lines.line(3)]).toEqual([
      4,
      "one",
      "  ",
      "three",
      "four\r",
    ]);
    expect([0, 1, 2].map((row) => lines.isBlank(row))).toEqual([false, true, false]);
    expect(lines.cost(0, 0)).toBe(5);
    expect(lines.cost(0, 3)).toBe(lines.text.length);
  });

  it("joins rows with line feeds", () => {
    expect(lines.slice(0, 2)).toBe("one\n  \nthree");
  });

  it("takes Unicode's white space for blank, as it takes what it does not know for text", () => {
    const odd = splitLines("\u00a0\u3000\n\u200b\n\u2028", () => 0);
    expect([odd.isBlank(0), odd.isBlank(1), odd.isBlank(2)]).toEqual([true, false, true]);
  });

  it("has no line for what follows the last line feed", () => {
    expect(splitLines("a\n", () => 0).count).toBe(1);
    expect(splitLines("", () => 0).count).toBe(0);
    expect(splitLines("\n\n", () => 0).count).toBe(2);
  });
});
