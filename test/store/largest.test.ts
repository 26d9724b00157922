import fc from "fast-check";
import { expect, it } from "vitest";
import { Largest } from "../../src/store/largest.ts";

it("sorts what it chose, of equal values those offered first before the others", () => {
  const value = fc.oneof(fc.nat(5), fc.float({ min: 0, max: Math.fround(3e38), noNaN: true }), fc.constant(1e-40));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(value.map(Math.fround), { maxLength: 3000 }),
      (count, offered) => {
        const largest = new Largest();
        largest.begin(count);
        offered.forEach((each, item) => largest.offer(item, each));
        const { items, values } = largest.sorted();
        const expected = Array.from(offered.keys()).toSorted((a, b) => (offered[b] ?? 0) - (offered[a] ?? 0) || a - b);
        expect(Array.from(items)).toEqual(expected.slice(0, count));
        expect(Array.from(values)).toEqual(expected.slice(0, count).map((item) => offered[item]));
      },
    ),
  );
});

it("may be told beforehand what is reached by enough", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 1, max: 20 }), (values, count) => {
      const border = values.toSorted((a, b) => b - a)[count - 1] ?? 0;
      const [plain, told] = [new Largest(), new Largest()];
      for (const largest of [plain, told]) largest.begin(count);
      values.forEach((value, item) => plain.offer(item, value));
      told.raise(border);
      expect(told.threshold).toBe(border);
      // A lower one takes nothing back.
      told.raise(border - 1);
      expect(told.threshold).toBe(border);
      values.forEach((value, item) => value < told.threshold || told.offer(item, value));
      expect(told.sorted()).toEqual(plain.sorted());
    }),
  );
});

it("keeps the best of collection after collection, however many are offered and however many are equal", () => {
  const largest = new Largest();
  const value = fc.constantFrom(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 7, max: 8 }), fc.constant(3));
  const values = value.chain((each) => fc.array(each, { maxLength: 6000, size: "max" }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), values, (count, offered) => {
      largest.begin(count);
      offered.forEach((each, item) => {
        // What does not reach the threshold need not be offered.
        if (each >= largest.threshold) largest.offer(item, each);
      });
      const expected = Array.from(offered.keys()).toSorted((a, b) => (offered[b] ?? 0) - (offered[a] ?? 0) || a - b);
      expect(Array.from(largest.sorted().items)).toEqual(expected.slice(0, count));
    }),
    { numRuns: 60 },
  );
});
