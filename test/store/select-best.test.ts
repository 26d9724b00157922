import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectLargest } from "../../src/store/select-largest.ts";
import { TopK } from "../../src/store/top-k.ts";

/** The positions of the largest values as sorting all of them gives them: of equal ones the first. */
function sortedBest(values: readonly number[], count: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
    .slice(0, count);
}

// Few distinct values, so that the border often runs through equal ones; and values of very different size.
const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e-30, 3e38, -3e38),
);
const values = fc.array(value.map(Math.fround), { maxLength: 300 });

describe("selectLargest", () => {
  it("chooses what sorting would choose, in their order", () => {
    fc.assert(
      fc.property(values, fc.nat(320), (given, count) => {
        const chosen = selectLargest(Float32Array.from(given), count);
        expect(Array.from(chosen)).toEqual(sortedBest(given, count).toSorted((a, b) => a - b));
      }),
    );
  });

  it("chooses the same however far apart the outermost values are", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: 0, max: 1 }), { minLength: 20, maxLength: 100 }), (given) => {
        const outliers = Float32Array.from([3e38, ...given, -3e38]);
        const chosen = Array.from(selectLargest(outliers, 11));
        expect(chosen).toEqual(sortedBest(Array.from(outliers), 11).toSorted((a, b) => a - b));
      }),
    );
  });

  it("passes over what is no number, and chooses nothing for nothing", () => {
    expect(Array.from(selectLargest(Float32Array.of(Number.NaN, 1, Number.NaN, 3, 2), 2))).toEqual([3, 4]);
    expect(Array.from(selectLargest(Float32Array.of(Number.NaN, 1, Number.NaN), 2))).toEqual([1]);
    expect(selectLargest(Float32Array.of(1, 2, 3), 0)).toHaveLength(0);
    expect(selectLargest(new Float32Array(), 5)).toHaveLength(0);
  });
});

describe("TopK", () => {
  it("keeps what sorting would keep, in whichever order it is offered", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 40 }), fc.boolean(), (given, size, isReversed) => {
        const best = new TopK(size);
        const order = isReversed ? Array.from(given.keys()).toReversed() : Array.from(given.keys());
        for (const at of order) best.offer(at, given[at] ?? 0);
        const expected = sortedBest(given, size);
        expect(best.sorted().map(({ item }) => item)).toEqual(expected);
        expect(best.sorted().map(({ score }) => score)).toEqual(expected.map((at) => given[at]));
      }),
    );
  });

  it("raises its threshold only, and keeps nothing below it once it is full", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), fc.integer({ min: 1, max: 10 }), (given, size) => {
        const best = new TopK(size);
        let before = -Infinity;
        for (const [item, score] of given.entries()) {
          best.offer(item, score);
          expect(best.threshold).toBeGreaterThanOrEqual(before);
          before = best.threshold;
        }
        if (given.length < size) expect(before).toBe(-Infinity);
        for (const { score } of best.sorted()) expect(score).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});
