import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addCoherence } from "../../src/search/coherence.ts";
import { filesOf } from "../../src/search/files.ts";
import { mergeNeighbours } from "../../src/search/merge.ts";
import { orderHits } from "../../src/search/order-hits.ts";
import { saturate } from "../../src/search/saturate.ts";

/** Three lines each. */
const at = (startLine: number, score: number, file = 1, matched = 1) => ({ startLine, score, file, matched });
type Given = ReturnType<typeof at>;

function columnsOf(given: readonly Given[]) {
  return {
    ids: Uint32Array.from(given, (_, index) => index + 1),
    scores: Float64Array.from(given, ({ score }) => score),
    meanings: new Float64Array(given.length),
    matched: Uint8Array.from(given, ({ matched }) => matched),
    files: filesOf(given.map(({ file }) => file)),
    firstLines: Uint32Array.from(given, ({ startLine }) => startLine),
    lastLines: Uint32Array.from(given, ({ startLine }) => startLine + 2),
    pathOf: (index: number) => `src/${given[index]?.file}.ts`,
  };
}

const hitsOf = (given: readonly Given[], saturation = 1) => {
  const hits = orderHits(columnsOf(given), saturation);
  return hits.slice(0, hits.length);
};

describe("mergeNeighbours", () => {
  it("joins chunks that follow one another, over blank lines, in the order of the file", () => {
    const hits = hitsOf([at(5, 1), at(1, 0.8), at(40, 0.7)]);
    expect(hits.map(({ chunks }) => chunks.map(({ id }) => id))).toEqual([[2, 1], [3]]);
    expect(hits[0]).toMatchObject({ score: 1, lead: { id: 1 } });
  });

  it("leaves a much weaker neighbour and those of other files alone", () => {
    expect(hitsOf([at(5, 1), at(1, 0.2)])).toHaveLength(2);
    expect(hitsOf([at(5, 1), at(1, 0.9, 2)])).toHaveLength(2);
  });

  it("does not grow beyond two screens", () => {
    const given = Array.from({ length: 60 }, (_, index) => at(1 + index * 3, 1));
    const { leads, groups } = mergeNeighbours(Uint32Array.from(given.keys()), columnsOf(given));
    expect(leads.length).toBeGreaterThan(1);
    for (const group of groups.values()) {
      expect((given[group.at(-1) ?? 0]?.startLine ?? 0) + 2 - (given[group[0] ?? 0]?.startLine ?? 0)).toBeLessThan(120);
    }
  });

  it("joins what each list found", () => {
    expect(hitsOf([at(1, 1, 1, 2), at(4, 1, 1, 1)])[0]?.matched).toEqual(["lexical", "vector"]);
  });

  it("tells each chunk once, whatever there is", () => {
    const any = fc.record({
      startLine: fc.integer({ min: 1, max: 300 }),
      score: fc.constantFrom(0, 0.1, 0.5, 0.6, 1),
      file: fc.nat(3),
      matched: fc.constantFrom(1, 2, 3),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), (given) => {
        const ids = hitsOf(given, 0.3).flatMap(({ chunks }) => chunks.map(({ id }) => id));
        expect(ids.toSorted((a, b) => a - b)).toEqual(given.map((_, index) => index + 1));
      }),
    );
  });
});

describe("saturate", () => {
  it("halves each further hit of a file", () => {
    const given = [at(1, 1), at(500, 0.9), at(1, 0.6, 2)];
    const told = (saturation: number) => hitsOf(given, saturation).map(({ path, score }) => [path, score]);
    expect(told(0.5)).toEqual([
      ["src/1.ts", 1],
      ["src/2.ts", 0.6],
      ["src/1.ts", 0.45],
    ]);
    expect(told(1).map(([, score]) => score)).toEqual([1, 0.9, 0.6]);
    const scores = Float64Array.of(8, 8, 8);
    saturate(scores, [0, 0, 0], 0);
    expect([...scores]).toEqual([8, 0, 0]);
  });
});

describe("addCoherence", () => {
  it("adds a share of the best others and changes nothing alone", () => {
    const scores = Float64Array.of(1, 1, 1);
    addCoherence(scores, filesOf([4, 4, 9]), 0.2);
    expect([...scores]).toEqual([1.2, 1.2, 1]);
  });

  it("counts five of a file at most", () => {
    const scores = new Float64Array(50).fill(1);
    addCoherence(scores, filesOf(scores), 0.1);
    expect(scores[0]).toBeCloseTo(1.4);
  });
});
