import fc from "fast-check";
import { expect, it } from "vitest";
import { ChunkHeads } from "../../src/store/chunk-heads.ts";
import { readChunks } from "../../src/store/chunk-rows.ts";
import { makeChunk, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

it.each([8, 1000])("reads what reading every chunk anew reads, keeping at most %i", async (mostKept) => {
  await using place = await TempStore.create();
  const store = await place.open();
  await put(store, source("a.ts", ...Array.from({ length: 30 }, (_, n) => makeChunk(`text ${n}`, { startLine: n }))));
  const db = await place.openTables();
  const heads = new ChunkHeads(db, mostKept);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 33 }), { maxLength: 20 }), (ids) => {
      const lines = (chunks: readonly { readonly id: number; readonly startLine: number }[]) =>
        chunks.map(({ id, startLine }) => [id, startLine]);
      expect(lines(heads.read(ids, 1))).toEqual(lines(readChunks(db, ids)));
    }),
  );
});

it("reads all chunks ahead, slice by slice, once many were asked for", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  await put(store, source("a.ts", ...Array.from({ length: 2500 }, (_, n) => makeChunk(`text ${n}`, { startLine: n }))));
  const db = await place.openTables();
  const heads = new ChunkHeads(db, 10_000);
  const ids = db.all<{ id: number }>("SELECT id FROM chunk ORDER BY id").map(({ id }) => id);
  const linesOf = (asked: readonly number[]) => heads.read(asked, 1).map(({ startLine }) => startLine);
  for (const at of ids.keys()) if (at % 4 === 0) expect(linesOf(ids.slice(at, at + 1))).toEqual([at]);
  // What is read now was kept before: the rows are gone.
  await store.apply({ put: [], remove: ["a.ts"], touch: [] });
  expect(linesOf(ids)).toEqual(Array.from(ids.keys()));
});

it("forgets what it kept when the index has changed", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  const lineOf = async (id: number) => (await store.heads([id]))[0]?.startLine;
  await put(store, source("a.ts", makeChunk("one")));
  const id = (await store.chunksOf("a.ts"))[0]?.id ?? 0;
  expect(await lineOf(id)).toBe(1);
  await put(store, source("a.ts", makeChunk("before"), makeChunk("one", { startLine: 5 })));
  expect(await lineOf(id)).toBe(5);
  await store.apply({ put: [], remove: ["a.ts"], touch: [] });
  expect(await lineOf(id)).toBeUndefined();
});
