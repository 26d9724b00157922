import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTextEncoder, windowsOf } from "../../../src/embed/onnx/text-encoder.ts";
import { cosine, meanOfWindows, normalise, poolTokens } from "../../../src/embed/onnx/vectors.ts";
import { tinyTokenizer } from "../fakes/tiny-model.ts";

describe("createTextEncoder", () => {
  const encoder = createTextEncoder(JSON.parse(tinyTokenizer()));
  const CLS = 2;
  const SEP = 3;

  it("finds the special tokens around a text", () => {
    expect(encoder.before).toEqual([CLS]);
    expect(encoder.after).toEqual([SEP]);
  });

  it("encodes whole texts, whatever truncation the file asks for", () => {
    expect(encoder.encode("return ".repeat(50))).toHaveLength(50);
    expect(encoder.encode("RETURN a")).toEqual(encoder.encode("return a"));
    expect(encoder.encode("")).toEqual([]);
  });

  it("joins the pieces of a word", () => {
    const [a, , piece] = [...encoder.encode("a b"), ...encoder.encode("ab").slice(1)];
    expect(encoder.encode("ab")).toEqual([a, piece]);
  });

  it("refuses what is no tokenizer", () => {
    expect(() => createTextEncoder(null)).toThrow("no object");
  });
});

describe("windowsOf", () => {
  it("loses nothing, keeps order, and cuts evenly into as few windows as hold all", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (ids, size) => {
        const windows = windowsOf(ids, size);
        expect(windows.flat()).toEqual(ids);
        expect(windows).toHaveLength(Math.max(1, Math.ceil(ids.length / size)));
        const lengths = windows.map(({ length }) => length);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(size);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("vectors", () => {
  const finite = fc.float({ min: -100, max: 100, noNaN: true });
  const vector = fc.array(finite, { minLength: 4, maxLength: 4 }).map((values) => Float32Array.from(values));

  it("have unit length once normalised, and zeros stay zeros", () => {
    fc.assert(
      fc.property(vector, (values) => {
        const length = Math.hypot(...normalise(values.slice()));
        expect(Math.hypot(...values) < 1e-15 ? 1 : length).toBeCloseTo(1, 4);
      }),
    );
    expect(normalise(new Float32Array(3))).toEqual(new Float32Array(3));
  });

  it("are pooled by mean or by the first token", () => {
    const tokens = Float32Array.of(3, 0, 0, 4, 9, 9);
    expect(poolTokens(tokens, 2, 2, "mean")).toEqual(Float32Array.of(0.6, 0.8));
    expect(poolTokens(tokens, 3, 2, "cls")).toEqual(Float32Array.of(1, 0));
  });

  it("of windows are weighted by their tokens", () => {
    const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    expect(meanOfWindows([{ vector: x, tokens: 9 }])).toBe(x);
    const mixed = meanOfWindows([
      { vector: x, tokens: 30 },
      { vector: y, tokens: 40 },
    ]);
    expect(mixed[0]).toBeCloseTo(0.6, 6);
    expect(mixed[1]).toBeCloseTo(0.8, 6);
    expect(cosine(mixed, mixed)).toBeCloseTo(1, 6);
  });
});
