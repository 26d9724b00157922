import fc from "fast-check";
import { expect, it } from "vitest";
import { Kept } from "../../src/store/kept.ts";

it("gives what was put, and keeps at least the half that was asked for last", () => {
  const step = fc.record({ key: fc.nat(12), put: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 16 }), fc.array(step, { maxLength: 60 }), (most, steps) => {
      const kept = new Kept<number, { readonly key: number; readonly at: number }>(most);
      const put = new Map<number, { readonly key: number; readonly at: number }>();
      /** Distinct keys, the one used last at the end. */
      let used: number[] = [];
      steps.forEach(({ key, put: isPut }, at) => {
        if (isPut) {
          const value = { key, at };
          kept.set(key, value);
          put.set(key, value);
        }
        const value = kept.get(key);
        if (value !== undefined) expect(value).toBe(put.get(key));
        const guaranteed = used.slice(-Math.floor((most - 1) / 2));
        if (isPut || guaranteed.includes(key)) expect(value).toBeDefined();
        if (value !== undefined) used = [...used.filter((other) => other !== key), key];
      });
    }),
  );
});

it("holds no more than it may", () => {
  const kept = new Kept<number, string>(10);
  for (let key = 0; key < 1000; key++) kept.set(key, "value");
  const held = Array.from({ length: 1000 }, (_, key) => kept.get(key)).filter((value) => value !== undefined);
  expect(held.length).toBeLessThanOrEqual(10);
});

it("forgets everything when told", () => {
  const kept = new Kept<string, number>(4);
  kept.set("a", 1);
  kept.clear();
  expect(kept.get("a")).toBeUndefined();
});
