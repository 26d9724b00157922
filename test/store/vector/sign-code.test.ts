import fc from "fast-check";
import { expect, it } from "vitest";
import { quantize } from "../../../src/store/vector/quantize.ts";
import { codeBytes, partedQuery, signCode } from "../../../src/store/vector/sign-code.ts";
import { makeVector } from "../../contract/make-chunks.ts";

const DIMENSIONS = 256;

/** Vectors that have a common part of a length, and beside it half of their first one's own. */
function bundle(common: number): { readonly vectors: Float32Array[]; readonly centre: Float32Array } {
  const middle = makeVector("middle", DIMENSIONS);
  const first = makeVector("own 0", DIMENSIONS);
  const rest = Math.sqrt(1 - common ** 2);
  const vectors = Array.from({ length: 60 }, (_, n) => {
    const own = makeVector(`own ${n}`, DIMENSIONS).map((component, axis) => component + (first[axis] ?? 0));
    const length = Math.hypot(...own);
    return own.map((component, axis) => common * (middle[axis] ?? 0) + (rest * component) / length);
  });
  return { vectors, centre: middle.map((component) => common * component) };
}

/** What estimates of the products of the first of them with each other are off by. */
function errorsOf(vectors: readonly Float32Array[], centre: Float32Array | null): number[] {
  const [query = new Float32Array(), ...others] = vectors;
  const { across, along, common } = partedQuery(query, centre);
  const length = Math.hypot(...query);
  return others.map((vector) => {
    const quantized = quantize(vector);
    const { code, factor, share } = signCode(quantized, centre);
    const signs = across.reduce(
      (sum, component, axis) => sum + ((code[axis >> 3] ?? 0) & (1 << (axis & 7)) ? component : -component),
      0,
    );
    const exact = quantized.data.reduce((sum, n, axis) => sum + n * (query[axis] ?? 0), 0) * quantized.scale;
    return signs * factor + along * share + common - exact / length;
  });
}

const spreadOf = (errors: readonly number[]) => Math.hypot(...errors) / Math.sqrt(errors.length);

it("estimates cosines from signs without leaning to either side", () => {
  for (const common of [0, 0.9]) {
    const { vectors, centre } = bundle(common);
    for (const from of [null, centre]) {
      const errors = errorsOf(vectors, from);
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.25);
      expect(Math.abs(errors.reduce((sum, error) => sum + error, 0) / errors.length)).toBeLessThan(0.04);
    }
  }
});

it("errs a fraction as much where what all have in common is taken away, wherever the query lies", () => {
  const { vectors, centre } = bundle(0.9);
  expect(spreadOf(errorsOf(vectors, centre))).toBeLessThan(0.7 * spreadOf(errorsOf(vectors, null)));
  // Asked with what of it is apart from the rest, as conversations are.
  const [query = new Float32Array(), ...others] = vectors;
  const apart = [query.map((component, axis) => component - (centre[axis] ?? 0)), ...others];
  expect(spreadOf(errorsOf(apart, centre))).toBeLessThan(0.7 * spreadOf(errorsOf(apart, null)));
});

it("estimates exactly along the centre", () => {
  const two = fc.float32Array({ minLength: 2, maxLength: 2, min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(two, two, (vector, centre) => {
      fc.pre(Math.hypot(...vector) > 0.01 && Math.hypot(...centre) > 0.01);
      const quantized = quantize(vector);
      const { share } = signCode(quantized, centre);
      const { across, along, common } = partedQuery(centre, centre);
      expect(Math.hypot(...across)).toBeCloseTo(0, 5);
      const length = Math.hypot(...centre);
      const exact = quantized.data.reduce((sum, n, axis) => sum + n * (centre[axis] ?? 0), 0) * quantized.scale;
      expect(along * share + common).toBeCloseTo(exact / length, 5);
    }),
  );
});

it("marks the positive components, and gives nothing for a vector without direction", () => {
  const signs = Int8Array.from([1, -1, 0, 5, 0, 0, 0, 0, 127]);
  const padding = Array.from({ length: 14 }, () => 0);
  expect(signCode({ data: signs, scale: 1 }, null).code).toEqual(Uint8Array.from([0b1001, 1, ...padding]));
  expect([1, 128, 129, 384, 768].map(codeBytes)).toEqual([16, 16, 32, 48, 96]);
  expect(signCode({ data: new Int8Array(4), scale: 0 }, null)).toMatchObject({ factor: 0, share: 0 });
  expect(partedQuery(new Float32Array(2), Float32Array.of(1, 0))).toEqual({
    across: new Float32Array(2),
    along: 0,
    common: 0,
  });
});
