import fc from "fast-check";
import { expect, it } from "vitest";
import {
  codeBytes,
  quantize,
  quantizeFinely,
  queryTables,
  signBits,
  signFactor,
} from "../../../src/store/vector/quantize.ts";

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
    const { tables } = queryTables({ data: new Int8Array(dimensions).fill(127), scale: 1 });
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

it("estimates cosines from signs without leaning to either side", () => {
  const next = fc.sample(fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 256, maxLength: 256 }), {
    numRuns: 60,
    seed: 4,
  });
  const [first = [], ...others] = next;
  const query = quantize(Float32Array.from(first));
  const errors = others.map((components) => {
    // Half way between the query and a random vector, so that there is something to estimate.
    const vector = quantize(Float32Array.from(components, (component, at) => component + (first[at] ?? 0)));
    const exact = vector.data.reduce((sum, n, at) => sum + n * (query.data[at] ?? 0), 0) * vector.scale * query.scale;
    const signs = vector.data.reduce((sum, n, at) => sum + (n > 0 ? 1 : -1) * (query.data[at] ?? 0), 0) * query.scale;
    return signs * signFactor(vector) - exact;
  });
  expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.25);
  expect(Math.abs(errors.reduce((sum, error) => sum + error, 0) / errors.length)).toBeLessThan(0.04);
  expect(signFactor({ data: new Int8Array(4), scale: 0 })).toBe(0);
});

it("marks the positive components", () => {
  expect(signBits(Int8Array.from([1, -1, 0, 5, 0, 0, 0, 0, 127]))).toEqual(
    Uint8Array.from([0b1001, 1, ...Array.from({ length: 14 }, () => 0)]),
  );
  expect([1, 128, 129, 384, 768].map(codeBytes)).toEqual([16, 16, 32, 48, 96]);
});
