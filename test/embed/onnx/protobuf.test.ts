import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integersOf, readFields, textOf, writeFields } from "../../../src/embed/onnx/protobuf.ts";

const field = fc.record({
  id: fc.integer({ min: 1, max: 100_000 }),
  value: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.uint8Array({ maxLength: 40 }),
    fc
      .constantFrom(4, 8)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }).map((fixed) => ({ fixed }))),
  ),
});

describe("protobuf", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const bytes = writeFields(fields);
        const again = readFields(bytes);
        expect(Buffer.from(writeFields(again))).toEqual(Buffer.from(bytes));
        expect(again.map(({ id }) => id)).toEqual(fields.map(({ id }) => id));
      }),
    );
  });

  it("knows the encoding of the specification's examples", () => {
    expect(readFields(Uint8Array.of(0x08, 0x96, 0x01))).toEqual([{ id: 1, value: 150n }]);
    const [text] = readFields(Uint8Array.of(0x12, 0x07, ...Buffer.from("testing")));
    expect(text?.id).toBe(2);
    expect(textOf(text?.value ?? 0n)).toBe("testing");
    expect(integersOf(readFields(Uint8Array.of(0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05)), 6)).toEqual([
      3, 270, 86_942,
    ]);
  });

  it.each([
    ["a field that reaches past the end", [0x12, 0x07, 0x74]],
    ["a varint that never ends", Array.from({ length: 12 }, () => 0xff)],
    ["a wire type out of use", [0x0b]],
  ])("refuses %s", (_, bytes) => {
    expect(() => readFields(Uint8Array.from(bytes))).toThrow(RangeError);
  });
});
