import fc from "fast-check";
import { expect, test } from "vitest";
import { breakLongLines } from "../../src/search/prose-lines.ts";

test("breaks a paragraph at its sentences, and leaves short lines alone", () => {
  const sentence = `${"many words ".repeat(11)}end. `;
  const broken = breakLongLines(`head\n${sentence.repeat(4)}\ntail`).split("\n");
  expect(broken[0]).toBe("head");
  expect(broken.slice(1, 5).every((line) => line.trim() === sentence.trim())).toBe(true);
  expect(broken.at(-1)).toBe("tail");
});

test("loses nothing but spaces, splits no character, and leaves no long line", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", " ", ". ", "\n", "😀", "ü", "word "), maxLength: 900 });
  fc.assert(
    fc.property(text, (prose) => {
      const broken = breakLongLines(prose);
      expect(broken.replaceAll(/\s/g, "")).toBe(prose.replaceAll(/\s/g, ""));
      for (const line of broken.split("\n")) expect(line.length).toBeLessThanOrEqual(200);
      expect(broken).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
    }),
  );
});
