import fc from "fast-check";
import { expect, it } from "vitest";
import { quantize, quantizeFinely } from "../../../src/store/vector/quantize.ts";
import { VectorRows } from "../../../src/store/vector/vector-rows.ts";
import { activeSpace } from "../../../src/store/vector/vector-writer.ts";
import { keyOf, makeChunk, makeVector, put, source } from "../../contract/make-chunks.ts";
import { TempStore } from "../temp-store.ts";

it("compares with each vector as if all were in memory, however few have room and however many are asked for", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  const total = 9500;
  const vectors = Array.from({ length: total }, (_, n) => makeVector(`text ${n}`, 16));
  await store.useVectors("m", 16);
  await put(store, source("a.ts", ...vectors.map((_, n) => makeChunk(`text ${n}`))));
  await store.putVectors(vectors.map((vector, n) => ({ vectorKey: keyOf(`text ${n}`), vector })));
  const db = await place.openTables();
  const space = activeSpace(db);
  if (space === null) throw new Error("no space");
  // Room for 8,192, the least there is.
  const rows = new VectorRows(db, space, 0);
  const exact = vectors.map(quantize);
  const asked = fc.record({
    from: fc.nat(total - 1),
    step: fc.constantFrom(1, 3, 7, 501),
    count: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(asked, { minLength: 1, maxLength: 6 }), fc.nat(50), (askings, n) => {
      const vector = makeVector(`query ${n}`, 16);
      const query = quantizeFinely(vector);
      for (const { from, step, count } of askings) {
        const slots = Array.from({ length: count }, (_, index) => (from + index * step) % total);
        const cosines = rows.cosines(query, Uint32Array.from(slots));
        const wrong = slots.filter((slot, at) => {
          const { data, scale } = exact[slot] ?? quantize(vector);
          const product =
            data.reduce((sum, component, axis) => sum + component * (vector[axis] ?? 0), 0) / Math.hypot(...vector);
          return Math.abs((cosines[at] ?? 0) - product * scale) > 1e-4;
        });
        expect(wrong).toEqual([]);
      }
    }),
    { numRuns: 10 },
  );
});
