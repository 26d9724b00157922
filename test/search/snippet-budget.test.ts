import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bareHits, codeHits } from "../../src/search/code-hit.ts";
import type { TextHit } from "../../src/search/hit-texts.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { GAP, snippetOf } from "../../src/search/snippet.ts";
import { chunkOf } from "./memory-store.ts";

const tokensOf = (text: string) => Math.ceil(text.length / 4);

const line = fc.oneof(
  fc.stringMatching(/^[ a-z(){};=]{0,60}$/),
  fc.constantFrom("", "}", "  render(page);", "function render() {", "x".repeat(300), "日本語のコメント 😀😀"),
);
const lines = fc.array(line, { minLength: 1, maxLength: 40 });
const query = fc.constantFrom("where is render", "page", "zebra", "x", "日本語");

describe("a snippet", () => {
  it("never takes more than its tokens", () => {
    fc.assert(
      fc.property(lines, query, fc.integer({ min: 10, max: 150 }), fc.boolean(), (given, asked, tokens, isNamed) => {
        const names = isNamed ? ["render"] : [];
        const shown = snippetOf({ text: given.join("\n"), names }, analyseQuery(asked), tokens);
        expect(tokensOf(shown)).toBeLessThanOrEqual(tokens);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never takes more than its tokens where each line that is shown stands apart", () => {
    // Every third line says what is asked for, so that a gap goes before and after each.
    for (let width = 1; width <= 30; width++) {
      const text = Array.from({ length: 60 }, (_, n) => (n % 5 === 2 ? "render ".padEnd(width + 7, "x") : "-")).join(
        "\n",
      );
      for (let tokens = 10; tokens < 60; tokens++) {
        const shown = snippetOf({ text, names: [] }, analyseQuery("render"), tokens);
        expect(tokensOf(shown), `${width} ${tokens}`).toBeLessThanOrEqual(tokens);
      }
    }
  });

  it("shows each line of the text once at most, in order, and marks every gap once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 60 }), fc.integer({ min: 10, max: 200 }), query, (count, tokens, asked) => {
        const given = Array.from({ length: count }, (_, n) => `line ${n} ${n % 7 === 0 ? "render page" : "else"}`);
        const shown = snippetOf({ text: given.join("\n"), names: [] }, analyseQuery(asked), tokens).split("\n");
        const whole = shown.filter((each) => each !== GAP && !each.endsWith(GAP));
        const places = whole.map((each) => given.indexOf(each));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(new Set(places).size).toBe(places.length);
        for (const [at, each] of shown.entries()) if (each === GAP) expect(shown[at + 1]).not.toBe(GAP);
        const gaps = places.filter((place, at) => place !== (places[at - 1] ?? -1) + 1).length;
        const isCutShort = places.length > 0 && places.at(-1) !== count - 1;
        if (whole.length === shown.filter((each) => each !== GAP).length)
          expect(shown.filter((each) => each === GAP)).toHaveLength(gaps + (isCutShort ? 1 : 0));
      }),
    );
  });

  it("shows the line that defines what was found wherever there is room for it", () => {
    fc.assert(
      fc.property(lines, query, fc.integer({ min: 10, max: 100 }), (given, asked, tokens) => {
        const shown = snippetOf({ text: given.join("\n"), names: ["render"] }, analyseQuery(asked), tokens);
        const defining = ["function render() {", "  render(page);"].find((each) => given.includes(each));
        // A gap before and one behind it, each on a line of its own.
        if (defining !== undefined && defining.length + 4 <= 4 * tokens) expect(shown.split("\n")).toContain(defining);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the hits of a page", () => {
  const hitOf = (id: number, text: string): TextHit => {
    const lead = chunkOf({ id, path: `src/${id}.ts`, text });
    return { path: lead.path, lead, chunks: [lead], score: 1 / id, matched: ["lexical"] };
  };
  const page = fc
    .array(lines, { minLength: 1, maxLength: 100 })
    .map((texts) => texts.map((each, index) => hitOf(index + 1, each.join("\n"))));

  it("share their tokens and never exceed them, however many they are", () => {
    fc.assert(
      fc.property(page, query, fc.integer({ min: 1, max: 2_000 }), (hits, asked, maxTokens) => {
        const shown = codeHits(hits, analyseQuery(asked), maxTokens);
        expect(shown).toHaveLength(hits.length);
        const spent = shown.reduce((sum, { text }) => sum + tokensOf(text), 0);
        expect(spent).toBeLessThanOrEqual(maxTokens);
      }),
      { numRuns: 200 },
    );
  });

  it("keep their text whole where there is room for all", () => {
    fc.assert(
      fc.property(page, (hits) => {
        const room = hits.reduce((sum, { lead }) => Math.max(sum, tokensOf(lead.text)), 10) * hits.length;
        const shown = codeHits(hits, analyseQuery("render"), room);
        expect(shown.map(({ text }) => text)).toEqual(hits.map(({ lead }) => lead.text));
      }),
      { numRuns: 50 },
    );
  });

  it("give the first ones their text where there is none for all", () => {
    const hits = Array.from({ length: 100 }, (_, n) =>
      hitOf(n + 1, `function render${n}() { return page; }\n`.repeat(9)),
    );
    const shown = codeHits(hits, analyseQuery("render"), 100);
    const withText = shown.filter(({ text }) => text !== "");
    expect(withText).toHaveLength(10);
    expect(shown.slice(0, withText.length)).toEqual(withText);
    for (const { path, startLine } of shown) expect([path.startsWith("src/"), startLine]).toEqual([true, 1]);
  });

  it("have no text where only places are asked for", () => {
    const shown = bareHits([hitOf(1, "text")], analyseQuery("render"));
    expect(shown).toMatchObject([{ text: "", startLine: 1, endLine: 1 }]);
  });
});
