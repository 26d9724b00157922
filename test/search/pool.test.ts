import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pool, standardised } from "../../src/search/pool.ts";

const list = (...scores: readonly number[]) => scores.map((score, index) => ({ id: index + 1, score }));
const WEIGHTS = { words: 1.5, meaning: 0.4 };
const finds = fc.uniqueArray(
  fc.record({ id: fc.integer({ min: 1, max: 50 }), score: fc.double({ min: 0.001, max: 99, noNaN: true }) }),
  { selector: ({ id }) => id },
);
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("pool", () => {
  it("gives each side its share, which it spreads over what it found as it believes in it", () => {
    const byWords = [1, 2].map((id) => ({ id, score: id === 1 ? 1.5 * Math.log(3) : 0 }));
    const byMeaning = [2, 3].map((id) => ({ id, score: 2 }));
    const pooled = pool(byWords, byMeaning, 0.4, WEIGHTS);
    expect(pooled).toEqual([
      { id: 1, score: expect.closeTo(0.45), meaning: 0, matched: ["lexical"] },
      { id: 2, score: expect.closeTo(0.15 + 0.2), meaning: 1, matched: ["lexical", "vector"] },
      { id: 3, score: expect.closeTo(0.2), meaning: 1, matched: ["vector"] },
    ]);
  });

  it("hears whoever is sure", () => {
    const alike = Array.from({ length: 20 }, (_, n) => ({ id: 100 + n, score: 9 - n / 100 }));
    const sure = [{ id: 1, score: 6 }, ...alike.slice(1).map(({ id }) => ({ id: id + 100, score: 3 }))];
    expect(pool(alike, sure, 0.2, WEIGHTS)[0]?.id).toBe(1);
    expect(pool(sure, alike, 0.8, WEIGHTS)[0]?.id).toBe(1);
    expect(pool(alike, alike.toReversed(), 0.5, WEIGHTS)[0]?.id).toBe(100);
  });

  it("keeps the order of a list that is alone, whatever its share", () => {
    expect(pool(list(5, 3, 1), [], 0.9, WEIGHTS).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(pool([], list(0.9, 0.8), 0.1, WEIGHTS).map(({ id }) => id)).toEqual([1, 2]);
    expect(pool([], [], 0.5, WEIGHTS)).toEqual([]);
  });

  it("holds every find once, falls, and is 1 in all", () => {
    fc.assert(
      fc.property(finds, finds, share, (lexical, vector, vectorShare) => {
        const pooled = pool(lexical, vector, vectorShare, WEIGHTS);
        expect(new Set(pooled.map(({ id }) => id))).toEqual(new Set([...lexical, ...vector].map(({ id }) => id)));
        expect(new Set(pooled.map(({ id }) => id)).size).toBe(pooled.length);
        let last = 1 + 1e-9;
        let sum = 0;
        for (const { score, meaning } of pooled) {
          expect(meaning).toBeGreaterThanOrEqual(0);
          expect(meaning).toBeLessThanOrEqual(1);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(last);
          last = score;
          sum += score;
        }
        if (pooled.length > 0) expect(sum).toBeCloseTo(1);
      }),
    );
  });

  it("does not heed what all scores of a list have in common", () => {
    fc.assert(
      fc.property(finds, finds, share, fc.integer({ min: -50, max: 50 }), (lexical, vector, vectorShare, shift) => {
        const moved = vector.map(({ id, score }) => ({ id, score: score + shift }));
        const pooled = new Map(pool(lexical, moved, vectorShare, WEIGHTS).map(({ id, score }) => [id, score]));
        for (const { id, score } of pool(lexical, vector, vectorShare, WEIGHTS))
          expect(pooled.get(id)).toBeCloseTo(score);
      }),
    );
  });
});

describe("standardised", () => {
  it("tells of each by how many standard deviations it is nearer than they are on average", () => {
    expect(standardised(list(3, 2, 1)).map(({ score }) => score)).toEqual([
      expect.closeTo(Math.sqrt(1.5)),
      0,
      expect.closeTo(-Math.sqrt(1.5)),
    ]);
    expect(standardised(list(0.5, 0.5))).toEqual(list(0, 0));
    expect(standardised([])).toEqual([]);
  });
});
