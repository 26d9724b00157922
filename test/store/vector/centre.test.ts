import { afterEach, beforeEach, expect, it } from "vitest";
import type { Database } from "../../../src/sqlite.ts";
import { centreOf } from "../../../src/store/vector/centre.ts";
import { BLOCK_SLOTS, SPACE_STRIDE, readBlock } from "../../../src/store/vector/code-blocks.ts";
import { codeBytes, signCode } from "../../../src/store/vector/sign-code.ts";
import { activeSpace } from "../../../src/store/vector/vector-writer.ts";
import { keyOf, makeChunk, makeVector, put, source } from "../../contract/make-chunks.ts";
import { TempStore } from "../temp-store.ts";

const DIMENSIONS = 16;
const MIDDLE = makeVector("middle", DIMENSIONS);

let place: TempStore;
beforeEach(async () => {
  place = await TempStore.create();
});
afterEach(() => place[Symbol.asyncDispose]());

/** Half of it is what all have in common. */
const vectorOf = (text: string) =>
  makeVector(text, DIMENSIONS).map((component, axis) => component + (MIDDLE[axis] ?? 0));

type Store = Awaited<ReturnType<TempStore["open"]>>;

/** Files of a hundred texts each, numbered from `first` to before `end`. */
async function embed(store: Store, first: number, end: number): Promise<void> {
  const texts = Array.from({ length: end - first }, (_, n) => `text ${first + n}`);
  for (let from = 0; from < texts.length; from += 100) {
    const part = texts.slice(from, from + 100);
    await put(store, source(`${first + from}.ts`, ...part.map((text) => makeChunk(text))));
  }
  await store.putVectors(texts.map((text) => ({ vectorKey: keyOf(text), vector: vectorOf(text) })));
}

function spaceOf(db: Database) {
  const space = activeSpace(db);
  if (space === null) throw new Error("no space");
  return space;
}

/** The mean of all vectors of the space as they are stored. */
function meanOf(db: Database): number[] {
  const rows = db.all<{ scale: number; data: Uint8Array }>("SELECT scale, data FROM vector");
  const sum = Array.from({ length: DIMENSIONS }, () => 0);
  for (const { scale, data } of rows)
    Int8Array.from(data).forEach((component, axis) => (sum[axis] = (sum[axis] ?? 0) + component * scale));
  return sum.map((component) => component / rows.length);
}

/** Whether each code is that of its vector, apart from the centre of the space. */
function expectCodesOfCentre(db: Database): void {
  const space = spaceOf(db);
  const centre = centreOf(db, space);
  const width = codeBytes(DIMENSIONS);
  for (const { id, scale, data } of db.all<{ id: number; scale: number; data: Uint8Array }>("SELECT * FROM vector")) {
    const slot = id - space.id * SPACE_STRIDE;
    const block = readBlock(db, space.id * SPACE_STRIDE + Math.floor(slot / BLOCK_SLOTS));
    const at = slot % BLOCK_SLOTS;
    const { code, factor, share } = signCode({ data: Int8Array.from(data), scale }, centre);
    expect(block.codes.slice(at * width, (at + 1) * width)).toEqual(code);
    expect([block.factors[at], block.shares[at]]).toEqual([Math.fround(factor), Math.fround(share)]);
  }
}

it("takes the centre as a space grows, and each code is told from it", async () => {
  const store = await place.open();
  await store.useVectors("m", DIMENSIONS);
  const db = await place.openTables();
  let former: Float32Array | null = null;
  let [first, changes] = [0, 0];
  for (const end of [100, 255, 257, 2000, 4200, 4300]) {
    await embed(store, first, end);
    const centre = centreOf(db, spaceOf(db));
    if (end < 256) expect(centre).toBeNull();
    else expect(Math.hypot(...meanOf(db).map((component, at) => component - (centre?.[at] ?? 0)))).toBeLessThan(0.1);
    if (String(centre) !== String(former)) changes++;
    former = centre;
    expectCodesOfCentre(db);
    first = end;
  }
  // At 256 and at 4,096.
  expect(changes).toBe(2);
});

it("centres an index of the time before, and who has it in memory finds the same", async () => {
  const [store, reader] = [await place.open(), await place.open()];
  await store.useVectors("m", DIMENSIONS);
  await embed(store, 0, 1500);
  const db = await place.openTables();
  const space = spaceOf(db);
  for (const row of db.all<{ id: number; data: Uint8Array; scale: number }>("SELECT * FROM vector")) {
    const { code, factor } = signCode({ data: Int8Array.from(row.data), scale: row.scale }, null);
    const slot = row.id - space.id * SPACE_STRIDE;
    const id = space.id * SPACE_STRIDE + Math.floor(slot / BLOCK_SLOTS);
    const { factors, codes } = readBlock(db, id);
    factors[slot % BLOCK_SLOTS] = factor;
    codes.set(code, (slot % BLOCK_SLOTS) * codeBytes(DIMENSIONS));
    db.run("UPDATE vector_codes SET factors = ?, codes = ? WHERE id = ?", new Uint8Array(factors.buffer), codes, id);
  }
  db.exec("UPDATE vector_codes SET shares = NULL; UPDATE space SET centre = NULL, centred = 0");
  const nearest = async () => await reader.searchVector(vectorOf("text 7"), 5);
  const before = await nearest();
  expect(before[0]?.score).toBeCloseTo(1, 3);
  await store.useVectors("m", DIMENSIONS);
  expectCodesOfCentre(db);
  expect(centreOf(db, space)).not.toBeNull();
  expect(await nearest()).toEqual(before);
  expect(await store.pendingVectors(1)).toEqual([]);
});

it("keeps nothing in the centre of what was scrubbed", async () => {
  const store = await place.open();
  await store.useVectors("m", DIMENSIONS);
  await embed(store, 0, 600);
  await store.apply({ put: [], remove: ["0.ts", "100.ts", "200.ts"], touch: [] });
  await store.scrub();
  const db = await place.openTables();
  const centre = centreOf(db, spaceOf(db));
  expect(centre).not.toBeNull();
  meanOf(db).forEach((component, axis) => expect(centre?.[axis]).toBeCloseTo(component, 5));
  expectCodesOfCentre(db);
});
