import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import wabt from "wabt";
import { Arena, createKernel } from "../../../src/store/kernel/kernel.ts";
import { KERNEL } from "../../../src/store/kernel/kernel-bytes.ts";
import { queryPlanes, signBits } from "../../../src/store/vector/quantize.ts";

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

it("is what its source compiles to", async () => {
  const source = readFileSync(new URL("../../../src/store/kernel/kernel.wat", import.meta.url), "utf8");
  const { buffer } = (await wabt()).parseWat("kernel.wat", source, { simd: true }).toBinary({});
  expect(KERNEL).toBe(Buffer.from(buffer).toString("base64"));
});

it("counts differing bits, and skips slots without a text", () => {
  const kernel = createKernel();
  const { buffer } = kernel.memory;
  const input = fc.integer({ min: 1, max: 20 }).chain((words) =>
    fc.record({
      width: fc.constant(16 * words),
      query: bytesOf(16 * words),
      slots: fc.array(fc.record({ code: bytesOf(16 * words), text: fc.nat(3) }), { maxLength: 20 }),
    }),
  );
  fc.assert(
    fc.property(input, ({ width, query, slots }) => {
      new Uint8Array(buffer).fill(0);
      new Uint8Array(buffer, 0, width).set(query);
      const texts = new Uint32Array(buffer, 1024, slots.length);
      slots.forEach(({ code, text }, slot) => {
        texts[slot] = text;
        new Uint8Array(buffer, 8192 + slot * width, width).set(code);
      });
      kernel.distances(0, 8192, 1024, slots.length, width, 2048, 16_384);
      const expected = slots.map(({ code, text }) => (text === 0 ? 0xffff : differingBits(query, code)));
      expect(Array.from(new Uint16Array(buffer, 2048, slots.length))).toEqual(expected);
      const histogram = new Uint32Array(buffer, 16_384, 8 * width + 1);
      expect(histogram.reduce((sum, count) => sum + count, 0)).toBe(slots.filter(({ text }) => text !== 0).length);
      for (const distance of expected) if (distance !== 0xffff) expect(histogram[distance]).toBeGreaterThan(0);

      const limit = 4 * width;
      const near = expected.flatMap((distance, slot) => (distance <= limit ? [slot] : []));
      const collect = (most: number) => {
        const taken = kernel.collect(2048, slots.length, limit, 4096, most);
        return Array.from(new Uint32Array(buffer, 4096, taken));
      };
      expect(collect(100)).toEqual(near);
      expect(collect(3)).toEqual(near.slice(0, 3));
    }),
  );
});

it("multiplies signed bytes, from -128 on", () => {
  const kernel = createKernel();
  const { buffer } = kernel.memory;
  const row = fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 48, maxLength: 48 });
  fc.assert(
    fc.property(row, fc.array(row, { maxLength: 5 }), (query, rows) => {
      new Int8Array(buffer, 0, 48).set(query);
      rows.forEach((components, index) => new Int8Array(buffer, 4096 + 48 * index, 48).set(components));
      new Uint32Array(buffer, 1024, rows.length).set(rows.map((_, index) => 4096 + 48 * index));
      kernel.products(0, 1024, rows.length, 48, 2048);
      const expected = rows.map((components) => components.reduce((sum, n, at) => sum + n * (query[at] ?? 0), 0));
      expect(Array.from(new Int32Array(buffer, 2048, rows.length))).toEqual(expected);
    }),
  );
});

it("sums a query's components where a code has bits", () => {
  const kernel = createKernel();
  const { buffer } = kernel.memory;
  const components = fc.array(fc.integer({ min: -127, max: 127 }), { minLength: 200, maxLength: 200 });
  fc.assert(
    fc.property(components, fc.array(components, { maxLength: 4 }), (query, vectors) => {
      const planes = queryPlanes({ data: Int8Array.from(query), scale: 1 });
      const width = planes.bits.length / 4;
      new Uint8Array(buffer, 0, planes.bits.length).set(planes.bits);
      const codes = vectors.map((vector) => signBits(Int8Array.from(vector)));
      codes.forEach((code, index) => new Uint8Array(buffer, 4096 + width * index, width).set(code));
      new Uint32Array(buffer, 1024, codes.length).set(codes.map((_, index) => 4096 + width * index));
      kernel.sums(0, 1024, codes.length, width, 2048);
      const rounded = query.map((component) => Math.round((component * 7) / 127));
      const expected = vectors.map((vector) =>
        vector.reduce((sum, component, at) => sum + (component > 0 ? (rounded[at] ?? 0) : 0), 0),
      );
      expect(Array.from(new Int32Array(buffer, 2048, codes.length))).toEqual(expected);
      expect(planes.total).toBe(rounded.reduce((sum, component) => sum + component, 0));
    }),
  );
});

it("hands out room that does not overlap, growing as needed", () => {
  const { memory } = createKernel();
  const arena = new Arena(memory, 100);
  const addresses = [40_000, 1, 70_000, 16].map((bytes) => arena.reserve(bytes));
  expect(addresses).toEqual([112, 40_112, 40_128, 110_128]);
  expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(110_144);
});

function differingBits(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, at) => sum + (byte ^ (b[at] ?? 0)).toString(2).replaceAll("0", "").length, 0);
}
