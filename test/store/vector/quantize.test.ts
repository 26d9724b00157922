import fc from "fast-check";
import { expect, it } from "vitest";
import { quantize, quantizeFinely } from "../../../src/store/vector/quantize.ts";
import { queryTables } from "../../../src/store/vector/query-tables.ts";

const vectors = fc.float32Array({ minLength: 1, maxLength: 200, min: -1000, max: 1000, noNaN: true });

it("keeps the direction to within a 127th of the largest component", () => {
  fc.assert(
    fc.property(vectors, (vector) => {
      const length = Math.hypot(...vector);
      fc.pre(length > 1e-6);
      const { data, scale } = quantize(vector);
      const largest = Math.max(...vector.map(Math.abs)) / length;
      // Half a step by rounding; and the length by half a step of each component at most.
      const step = largest / 127;
      const stretch = (step / 2) * Math.sqrt(vector.length);
      vector.forEach((component, at) => {
        const error = Math.abs((data[at] ?? 0) * scale - component / length);
        expect(error).toBeLessThanOrEqual(step / 2 + (largest + step / 2) * (stretch / (1 - stretch)) + 1e-9);
      });
      expect(Math.hypot(...data) * scale).toBeCloseTo(1, 9);
    }),
  );
});

it("keeps a query to within a 250th of a step", () => {
  fc.assert(
    fc.property(vectors, (vector) => {
      const length = Math.hypot(...vector);
      fc.pre(length > 1e-6);
      const { data, scale } = quantizeFinely(vector);
      const step = Math.max(...vector.map(Math.abs)) / length / 127;
      vector.forEach((component, at) => {
        expect(Math.abs((data[at] ?? 0) * scale - component / length)).toBeLessThanOrEqual(step / 250);
      });
    }),
  );
});

it("keeps a query's numbers small enough to add up, however many dimensions there are", () => {
  for (const dimensions of [2048, 4096, 8192]) {
    const { data } = quantizeFinely(new Float32Array(dimensions).fill(1));
    expect((data.reduce((sum, component) => sum + Math.abs(component), 0) / 4) * 127).toBeLessThan(2 ** 31);
    const { tables } = queryTables(new Float32Array(dimensions).fill(127));
    let most = 0;
    for (let first = 0; first < tables.length; first += 16) most += Math.max(...tables.subarray(first, first + 16));
    expect(most).toBeLessThan(2 ** 16);
    expect(Math.max(...tables)).toBeLessThan(64);
  }
});

it("gives nothing for a vector without direction", () => {
  expect(quantizeFinely(new Float32Array(3))).toEqual({ data: new Int16Array(3), scale: 0 });
  expect(quantize(new Float32Array(3))).toEqual({ data: new Int8Array(3), scale: 0 });
});
