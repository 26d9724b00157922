import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import wabt from "wabt";
import { Arena, createKernel } from "../../../src/store/kernel/kernel.ts";
import { KERNEL } from "../../../src/store/kernel/kernel-bytes.ts";
import { queryTables } from "../../../src/store/vector/query-tables.ts";
import { signCode } from "../../../src/store/vector/sign-code.ts";

it("is what its source compiles to", async () => {
  const source = readFileSync(new URL("../../../src/store/kernel/kernel.wat", import.meta.url), "utf8");
  const { buffer } = (await wabt()).parseWat("kernel.wat", source, { simd: true }).toBinary({});
  expect(KERNEL).toBe(Buffer.from(buffer).toString("base64"));
});

it("multiplies signed bytes by 16 bits, from the lowest on", () => {
  const kernel = createKernel();
  const { buffer } = kernel.memory;
  const numbers = (bits: number) => {
    const number = fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
    return fc.array(number, { minLength: 48, maxLength: 48 });
  };
  fc.assert(
    fc.property(numbers(16), fc.array(numbers(8), { maxLength: 5 }), (query, rows) => {
      new Int16Array(buffer, 0, 48).set(query);
      rows.forEach((components, index) => new Int8Array(buffer, 4096 + 48 * index, 48).set(components));
      new Uint32Array(buffer, 1024, rows.length).set(rows.map((_, index) => 4096 + 48 * index));
      kernel.products(0, 1024, rows.length, 48, 2048);
      const expected = rows.map((components) => components.reduce((sum, n, at) => sum + n * (query[at] ?? 0), 0));
      expect(Array.from(new Float64Array(buffer, 2048, rows.length))).toEqual(expected);
    }),
  );
});

it("adds up products that do not fit into 32 bits together", () => {
  const kernel = createKernel();
  const { buffer } = kernel.memory;
  const dimensions = 2048;
  new Int16Array(buffer, 0, dimensions).fill(127 * 254);
  new Uint32Array(buffer, 8192, 1).set([16_384]);
  new Int8Array(buffer, 16_384, dimensions).fill(127);
  kernel.products(0, 8192, 1, dimensions, 12_288);
  expect(new Float64Array(buffer, 12_288, 1)[0]).toBe(127 * 254 * 127 * dimensions);
});

it("estimates the products of a query and the signs of vectors, 16 at a time", () => {
  const kernel = createKernel();
  const { buffer } = kernel.memory;
  const vector = (dimensions: number) =>
    fc.array(fc.integer({ min: -127, max: 127 }), { minLength: dimensions, maxLength: dimensions });
  const input = fc.constantFrom(1, 16, 200, 384).chain((dimensions) =>
    fc.record({
      query: vector(dimensions),
      vectors: fc.array(
        fc.record({
          components: vector(dimensions),
          factor: fc.integer({ min: 0, max: 8 }),
          share: fc.integer({ min: -8, max: 8 }),
        }),
        { maxLength: 40 },
      ),
      lean: fc.integer({ min: -4, max: 4 }),
    }),
  );
  fc.assert(
    fc.property(input, ({ query, vectors, lean }) => {
      const { tables, bias, scale } = queryTables(Float32Array.from(query));
      const width = tables.length / 32;
      const [factorsAt, sharesAt, codesAt, out, bests] = [16_384, 18_432, 20_480, 32_768, 40_960];
      new Uint8Array(buffer).fill(0);
      new Uint8Array(buffer, 0, tables.length).set(tables);
      vectors.forEach(({ components, factor, share }, slot) => {
        new Float32Array(buffer, factorsAt + 4 * slot, 1)[0] = factor;
        new Float32Array(buffer, sharesAt + 4 * slot, 1)[0] = share;
        const { code } = signCode({ data: Int8Array.from(components), scale: 1 }, null);
        const group = new Uint8Array(buffer, codesAt + 16 * width * Math.floor(slot / 16), 16 * width);
        code.forEach((byte, at) => (group[16 * at + (slot % 16)] = byte));
      });
      kernel.estimates(0, codesAt, factorsAt, sharesAt, vectors.length, width, bias, lean, out, bests);
      const rounded = query.map((component) => (scale === 0 ? 0 : Math.round(component / scale)));
      const expected = vectors.map(({ components, factor, share }) => {
        const sum = components.reduce((total, n, at) => total + (n > 0 ? 1 : -1) * (rounded[at] ?? 0), 0);
        return sum * factor + lean * share + 0;
      });
      expect(Array.from(new Float32Array(buffer, out, vectors.length), (estimate) => estimate + 0)).toEqual(expected);
      const all = new Float32Array(buffer, out, 16 * Math.ceil(vectors.length / 16));
      const best = Array.from({ length: all.length / 4 }, (_, at) => {
        const first = 16 * Math.floor(at / 4) + (at % 4);
        return Math.max(...[0, 4, 8, 12].map((step) => all[first + step] ?? 0)) + 0;
      });
      expect(Array.from(new Float32Array(buffer, bests, best.length), (estimate) => estimate + 0)).toEqual(best);
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

it("counts floats from a value on", () => {
  const kernel = createKernel();
  const { buffer } = kernel.memory;
  const float = fc.oneof(fc.constantFrom(-Infinity, 0, 1, 2), fc.float({ noNaN: true }));
  const fours = fc.array(fc.tuple(float, float, float, float), { maxLength: 12 });
  fc.assert(
    fc.property(fours, float, (rows, least) => {
      const values = Float32Array.from(rows.flat());
      new Float32Array(buffer, 64, values.length).set(values);
      const expected = values.filter((value) => value >= Math.fround(least)).length;
      expect(kernel.countAtLeast(64, values.length, least)).toBe(expected);
    }),
  );
});
