import fc from "fast-check";
import { expect, it } from "vitest";
import { TopK } from "../../src/store/top-k.ts";

it("keeps what sorting would keep, of equal scores the smaller items", () => {
  const scored = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 0, max: 8 })), { maxLength: 200 });
  fc.assert(
    fc.property(scored, fc.integer({ min: 1, max: 40 }), (pairs, size) => {
      const items = Array.from(new Map(pairs), ([item, score]) => ({ item, score }));
      const best = new TopK(size);
      for (const { item, score } of items) best.offer(item, score);
      const sorted = items.toSorted((a, b) => b.score - a.score || a.item - b.item).slice(0, size);
      expect(best.sorted()).toEqual(sorted);
      expect(best.threshold).toBe(sorted.length < size ? -Infinity : sorted.at(-1)?.score);
    }),
  );
});
