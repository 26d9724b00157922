import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchedOf, withoutFind } from "../../src/search/finds.ts";
import { fuse as fuseColumns } from "../../src/search/fuse.ts";
import type { Candidate } from "../../src/store/index-store.ts";

/** As objects, best first. */
function fuse(...lists: Parameters<typeof fuseColumns>) {
  const { ids, scores, meanings, matched } = fuseColumns(...lists);
  return Array.from(ids, (id, at) => ({
    id,
    score: scores[at] ?? 0,
    meaning: meanings[at] ?? 0,
    matched: matchedOf(matched[at] ?? 0),
  })).sort((a, b) => b.score - a.score || a.id - b.id);
}

const list = (...scores: readonly number[]): Candidate[] => scores.map((score, index) => ({ id: index + 1, score }));

describe("fuse", () => {
  it("gives each list its share", () => {
    const fused = fuse(
      [
        { id: 1, score: 8 },
        { id: 2, score: 4 },
      ],
      [
        { id: 2, score: 0.9 },
        { id: 3, score: 0.8 },
      ],
      0.5,
    );
    expect(fused.map(({ id, score }) => [id, score])).toEqual([
      [2, 0.75],
      [1, 0.5],
      [3, 0],
    ]);
    expect(fused.map(({ matched }) => matched)).toEqual([["lexical", "vector"], ["lexical"], ["vector"]]);
    expect(fused.map(({ meaning }) => meaning)).toEqual([1, 0, 0]);
  });

  it("keeps the order of a list that is alone, whatever its share", () => {
    expect(fuse(list(5, 3, 1), [], 0.9).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(fuse([], list(0.9, 0.8), 0.1).map(({ id }) => id)).toEqual([1, 2]);
    expect(fuse([], [], 0.5)).toEqual([]);
  });

  it("treats equal scores as equally good", () => {
    expect(fuse([], list(0.5, 0.5), 0.5).map(({ score }) => score)).toEqual([1, 1]);
  });

  it("stays within 0..1, holds every candidate once and falls", () => {
    const candidates = fc.uniqueArray(
      fc.record({ id: fc.integer({ min: 1, max: 50 }), score: fc.double({ min: 0.001, max: 99, noNaN: true }) }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(candidates, candidates, fc.double({ min: 0, max: 1, noNaN: true }), (lexical, vector, share) => {
        const fused = fuse(lexical, vector, share);
        expect(new Set(fused.map(({ id }) => id))).toEqual(new Set([...lexical, ...vector].map(({ id }) => id)));
        expect(new Set(fused.map(({ id }) => id)).size).toBe(fused.length);
        let last = 1 + 1e-9;
        for (const { score, meaning } of fused) {
          expect(meaning).toBeGreaterThanOrEqual(0);
          expect(meaning).toBeLessThanOrEqual(1);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(last);
          last = score;
        }
      }),
    );
  });

  it("tells all finds but one", () => {
    const { ids, scores, meanings, matched } = withoutFind(fuseColumns(list(4, 2, 1), list(0.9), 0.5), 2);
    expect([...ids]).toEqual([1, 3]);
    expect([scores.length, meanings.length, matched.length]).toEqual([2, 2, 2]);
    expect(scores[1]).toBe(0.125);
  });
});
