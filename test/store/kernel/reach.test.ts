import fc from "fast-check";
import { expect, it } from "vitest";
import { createKernel } from "../../../src/store/kernel/kernel.ts";
import { reach } from "../../../src/store/kernel/reach.ts";

const ADDRESS = 64;

it("is reached by as many floats as asked for, and by a tenth more at most where they differ enough", () => {
  const kernel = createKernel();
  const value = fc.integer({ min: 1, max: 1000 });
  const fours = fc.array(fc.tuple(value, value, value, value), { maxLength: 60 });
  fc.assert(
    fc.property(fours, fc.integer({ min: 1, max: 300 }), (rows, count) => {
      const values = Float32Array.from(rows.flat());
      new Float32Array(kernel.memory.buffer, ADDRESS, values.length).set(values);
      const border = reach(kernel, { address: ADDRESS, count: values.length }, count, 0.5, 1001);
      if (values.length < count) expect(border).toBe(-Infinity);
      const reached = values.filter((each) => each >= border);
      expect(reached.length).toBeGreaterThanOrEqual(Math.min(count, values.length));
      // Equal ones stand on one side together.
      const least = Math.min(...reached);
      expect(reached.filter((each) => each > least).length).toBeLessThanOrEqual(Math.max(count, 1.1 * count));
    }),
  );
});

it("is below all where fewer than asked for are above the lowest", () => {
  const kernel = createKernel();
  new Float32Array(kernel.memory.buffer, ADDRESS, 4).set([0, 0, 3, 4]);
  expect(reach(kernel, { address: ADDRESS, count: 4 }, 3, 1, 5)).toBe(-Infinity);
  expect(reach(kernel, { address: ADDRESS, count: 4 }, 2, 1, 5)).toBeLessThanOrEqual(3);
});
