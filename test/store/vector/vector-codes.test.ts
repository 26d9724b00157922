import fc from "fast-check";
import { expect, it } from "vitest";
import { revisionOf } from "../../../src/store/meta.ts";
import { type NearSlots, VectorCodes } from "../../../src/store/vector/vector-codes.ts";
import { activeSpace } from "../../../src/store/vector/vector-writer.ts";
import { keyOf, makeChunk, makeVector, put, source } from "../../contract/make-chunks.ts";
import { TempStore } from "../temp-store.ts";

/** More than two blocks, the last of them not full, and in the first a hole. */
const TOTAL = 2500;
const HOLE = 300;
const LIVE = TOTAL - HOLE;

async function openCodes(place: TempStore): Promise<VectorCodes> {
  const store = await place.open();
  await store.useVectors("m", 24);
  const texts = Array.from({ length: TOTAL }, (_, n) => `text ${n}`);
  await put(store, source("hole.ts", ...texts.slice(0, HOLE).map((text) => makeChunk(text))));
  await put(store, source("a.ts", ...texts.slice(HOLE).map((text) => makeChunk(text))));
  await store.putVectors(texts.map((text) => ({ vectorKey: keyOf(text), vector: makeVector(text, 24) })));
  await store.apply({ put: [], remove: ["hole.ts"], touch: [] });
  await store.pruneVectors();
  const db = await place.openTables();
  const space = activeSpace(db);
  if (space === null) throw new Error("no space");
  const codes = new VectorCodes(db, space);
  codes.refresh(revisionOf(db));
  return codes;
}

const pairsOf = ({ slots, estimates }: NearSlots) =>
  Array.from(slots, (slot, at) => ({ slot, estimate: estimates[at] ?? 0 })).toSorted((a, b) => a.slot - b.slot);

it("parts all vectors by their estimates, each on one side", async () => {
  await using place = await TempStore.create();
  const codes = await openCodes(place);
  fc.assert(
    fc.property(fc.nat(500), fc.integer({ min: 1, max: 2 * TOTAL }), (n, count) => {
      codes.estimate(makeVector(`query ${n}`, 24));
      const all = pairsOf(codes.between(-Infinity, Infinity));
      expect(all).toHaveLength(LIVE);
      const border = codes.reach(count);
      const upper = pairsOf(codes.between(border, Infinity));
      const lower = pairsOf(codes.between(-Infinity, border));
      expect([...upper, ...lower].toSorted((a, b) => a.slot - b.slot)).toEqual(all);
      expect(Math.min(...upper.map(({ estimate }) => estimate))).toBeGreaterThanOrEqual(border);
      expect(Math.max(-Infinity, ...lower.map(({ estimate }) => estimate))).toBeLessThanOrEqual(border);
      // Whoever is reached by so many is reached by those at least, but for the empty slots.
      if (border !== -Infinity) expect(upper.length + HOLE).toBeGreaterThanOrEqual(count);
    }),
    { numRuns: 30 },
  );
});

it("reaches not many more than were asked for", async () => {
  await using place = await TempStore.create();
  const codes = await openCodes(place);
  fc.assert(
    fc.property(fc.nat(500), fc.integer({ min: 10, max: 100 }), (n, count) => {
      codes.estimate(makeVector(`query ${n}`, 24));
      // A tenth more, and those that stand with one of these.
      expect(codes.between(codes.reach(count), Infinity).slots.length).toBeLessThanOrEqual(4.4 * count);
    }),
    { numRuns: 30 },
  );
});

it("leaves out what is not accepted, and names the text of each", async () => {
  await using place = await TempStore.create();
  const codes = await openCodes(place);
  codes.estimate(makeVector("query", 24));
  const all = codes.between(-Infinity, Infinity);
  const even = codes.between(-Infinity, Infinity, (text) => text % 2 === 0);
  expect(Array.from(even.texts)).toEqual(Array.from(all.texts).filter((text) => text % 2 === 0));
  expect(new Set(all.texts).size).toBe(LIVE);
});

it("estimates nothing where the query is nothing", async () => {
  await using place = await TempStore.create();
  const codes = await openCodes(place);
  codes.estimate(new Float32Array(24));
  expect(new Set(codes.between(codes.reach(10), Infinity).estimates)).toEqual(new Set([0]));
});

it("raises a border that too many reach, and no other", async () => {
  await using place = await TempStore.create();
  const codes = await openCodes(place);
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.integer({ min: 1, max: 600 }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      (n, count, least) => {
        codes.estimate(makeVector(`query ${n}`, 24));
        const border = codes.raised(least, count);
        expect(border).toBeGreaterThanOrEqual(least);
        if (border > least) {
          expect(codes.between(least, Infinity).slots.length + HOLE).toBeGreaterThan(count);
          expect(codes.between(border, Infinity).slots.length + HOLE).toBeGreaterThanOrEqual(count);
        } else expect(codes.between(least, Infinity).slots.length).toBeLessThanOrEqual(4.4 * count + 4);
      },
    ),
    { numRuns: 30 },
  );
});
