import fc from "fast-check";
import { expect, it } from "vitest";
import { selectLargest } from "../../src/store/select-largest.ts";

it("selects what sorting would put first", () => {
  const values = fc.float32Array({ maxLength: 300, noNaN: true, min: -1e6, max: 1e6 });
  fc.assert(
    fc.property(values, fc.nat(320), (given, count) => {
      const sorted = Array.from(given.keys()).toSorted((a, b) => (given[b] ?? 0) - (given[a] ?? 0) || a - b);
      const chosen = selectLargest(given, count);
      expect(new Set(chosen)).toEqual(new Set(sorted.slice(0, count)));
      expect(chosen).toHaveLength(Math.min(count, given.length));
    }),
  );
});

it("copes with values that are all the same", () => {
  expect(Array.from(selectLargest(new Float32Array(5000).fill(0.25), 3))).toEqual([0, 1, 2]);
});
