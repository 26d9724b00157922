import { afterEach, beforeEach, expect, it } from "vitest";
import { keyOf, makeChunk, makeVector, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

let place: TempStore;
beforeEach(async () => {
  place = await TempStore.create();
});
afterEach(() => place[Symbol.asyncDispose]());

it("closes the gaps that many dropped vectors leave, also for those who have them in memory", async () => {
  const [store, reader] = [await place.open(), await place.open()];
  await store.useVectors("m", 16);
  const texts = Array.from({ length: 5400 }, (_, n) => `text ${n}`);
  await put(store, source("a.ts", ...texts.map((text) => makeChunk(text))));
  await store.putVectors(texts.map((text) => ({ vectorKey: keyOf(text), vector: makeVector(text, 16) })));
  const nearest = async (text: string) => {
    const [best] = await reader.searchVector(makeVector(text, 16), 1);
    return (await reader.chunks([best?.id ?? 0]))[0]?.text;
  };
  expect(await nearest("text 5")).toBe("text 5");

  const kept = texts.filter((_, n) => n % 6 === 5);
  await put(store, source("a.ts", ...kept.map((text) => makeChunk(text))));
  expect(await store.pruneVectors()).toBe(4500);
  const db = await place.openTables();
  expect(db.get("SELECT slots FROM space")).toEqual({ slots: 900 });
  expect(db.get("SELECT count(*) AS n FROM vector_codes")).toEqual({ n: 1 });
  for (const text of kept.slice(0, 20)) expect(await nearest(text)).toBe(text);
  await put(store, source("b.ts", makeChunk("a late one")));
  await store.putVectors([{ vectorKey: keyOf("a late one"), vector: makeVector("a late one", 16) }]);
  expect(await nearest("a late one")).toBe("a late one");
  expect(await store.stats()).toMatchObject({ texts: 901, embedded: 901 });
  expect(await store.pendingVectors(5)).toEqual([]);
});

it("finds at least 98 of the 100 nearest by exact comparison, in ten questions", async () => {
  const store = await place.open();
  await store.useVectors("m", 256);
  // A hundred subjects, as texts of a project have.
  const subjects = Array.from({ length: 100 }, (_, n) => makeVector(`subject ${n}`, 256));
  const vectorOf = (name: string, n: number) => {
    const own = makeVector(`${name} ${n}`, 256);
    return unit(own.map((component, at) => 0.8 * component + (subjects[n % 100]?.[at] ?? 0)));
  };
  const vectors = Array.from({ length: 3000 }, (_, n) => vectorOf("text", n));
  await put(store, source("a.ts", ...vectors.map((_, n) => makeChunk(`text ${n}`))));
  await store.putVectors(vectors.map((vector, n) => ({ vectorKey: keyOf(`text ${n}`), vector })));
  let found = 0;
  for (let n = 0; n < 10; n++) {
    const query = vectorOf("query", n * 7);
    const exact = vectors
      .map((vector, at) => ({
        text: `text ${at}`,
        score: query.reduce((sum, c, axis) => sum + c * (vector[axis] ?? 0), 0),
      }))
      .sort((one, other) => other.score - one.score)
      .slice(0, 10);
    const hits = await store.searchVector(query, 10);
    const near = new Set((await store.chunks(hits.map(({ id }) => id))).map(({ text }) => text));
    found += exact.filter(({ text }) => near.has(text)).length;
  }
  expect(found).toBeGreaterThanOrEqual(98);
});

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}
