import fc from "fast-check";
import { expect, it } from "vitest";
import { TextChunks } from "../../../src/store/vector/text-chunks.ts";
import { makeChunk, put, source } from "../../contract/make-chunks.ts";
import { TempStore } from "../temp-store.ts";

it("finds the chunks of texts, however little it keeps", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  const texts = Array.from({ length: 40 }, (_, n) => `text ${n % 25}`);
  await put(store, source("a.ts", ...texts.map((text, n) => makeChunk(text, { startLine: n }))));
  const db = await place.openTables();
  const rows = db.all<{ id: number; text: number }>("SELECT id, text FROM chunk");
  const [little, much] = [new TextChunks(db, 6), new TextChunks(db)];
  const asked = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12 });
  fc.assert(
    fc.property(asked, (ids) => {
      const found = ids.map((id, n) => ({ id, score: 1 / (1 + (n % 4)) }));
      const scores = new Map(found.map(({ id, score }) => [id, score]));
      const expected = rows
        .flatMap(({ id, text }) => (scores.has(text) ? [{ id, score: scores.get(text) ?? 0, text }] : []))
        .toSorted((a, b) => b.score - a.score || a.id - b.id);
      for (const chunks of [little, much]) expect(chunks.of(found)).toEqual(expected);
    }),
  );
});

it("forgets what it kept when the index has changed", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  await put(store, source("a.ts", makeChunk("same")));
  const db = await place.openTables();
  const chunks = new TextChunks(db);
  const count = (revision: number) => {
    chunks.refresh(revision);
    return chunks.of([{ id: 1, score: 1 }]).length;
  };
  expect(count(1)).toBe(1);
  await put(store, source("b.ts", makeChunk("same")));
  expect(count(2)).toBe(2);
});
