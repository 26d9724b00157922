import fc from "fast-check";
import { expect, it } from "vitest";
import { codeBytes, quantize, signBits } from "../../src/store/quantize.ts";

const vectors = fc.float32Array({ minLength: 1, maxLength: 200, min: -1000, max: 1000, noNaN: true });

it("keeps the direction to within a 127th of the largest component", () => {
  fc.assert(
    fc.property(vectors, (vector) => {
      const length = Math.hypot(...vector);
      fc.pre(length > 1e-6);
      const { data, scale } = quantize(vector);
      const largest = Math.max(...vector.map(Math.abs)) / length;
      vector.forEach((component, at) => {
        expect(Math.abs((data[at] ?? 0) * scale - component / length)).toBeLessThanOrEqual(largest / 127);
      });
    }),
  );
});

it("gives nothing for a vector without direction", () => {
  expect(quantize(new Float32Array(3))).toEqual({ data: new Int8Array(3), scale: 0 });
});

it("marks the positive components", () => {
  expect(signBits(Int8Array.from([1, -1, 0, 5, 0, 0, 0, 0, 127]))).toEqual(
    Uint8Array.from([0b1001, 1, ...Array.from({ length: 14 }, () => 0)]),
  );
  expect([1, 128, 129, 384, 768].map(codeBytes)).toEqual([16, 16, 32, 48, 96]);
});
