import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, digestOf } from "../../src/approval/digest.ts";

/** The same value with the keys of its objects in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

const json = fc.jsonValue({ maxDepth: 4 });

describe("digestOf", () => {
  it("is equal for equal values whatever the order of keys, and canonical JSON reads back as the value", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(digestOf(shuffled(value))).toBe(digestOf(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("differs for different values", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        fc.pre(JSON.stringify(shuffled(a)) !== JSON.stringify(shuffled(b)) && canonicalJson(a) !== canonicalJson(b));
        expect(digestOf(a)).not.toBe(digestOf(b));
      }),
    );
    const lookalikes = [
      "1",
      1,
      true,
      "true",
      null,
      "null",
      [],
      {},
      [1],
      ["1"],
      { a: 1 },
      { a: "1" },
      "é",
      "e\u0301",
      "\ud800",
    ];
    expect(new Set(lookalikes.map(digestOf)).size).toBe(lookalikes.length);
  });

  it("leaves out undefined members as JSON does, and refuses what is no JSON", () => {
    expect(canonicalJson({ b: undefined, a: [undefined] })).toBe('{"a":[null]}');
    for (const value of [undefined, 1n, Number.NaN, () => 1, new Date(), new Map()])
      expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it("refuses arguments nested beyond any use instead of exhausting the stack", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow(expect.objectContaining({ code: "request.too-deep" }));
  });

  it("takes keys that mean something to JavaScript for plain keys", () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"x":1},"constructor":2}'))).toBe(
      '{"__proto__":{"x":1},"constructor":2}',
    );
  });
});
