import fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/sqlite.ts";
import { baseName } from "../../src/base-name.ts";
import { MIGRATIONS } from "../../src/store/schema.ts";
import { makeChunk, makeSession, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

/** How many migrations there were when names came. */
const AFTER = 6;

test("an older index gets the names that a new one would have, however paths are spelt", async () => {
  const part = fc.constantFrom("a", "b.ts", "ü b", "..", "C:", "a.a", "");
  const paths = fc.array(
    fc.tuple(fc.array(part, { maxLength: 4 }), fc.constantFrom("/", "\\")).map(([parts, slash]) => parts.join(slash)),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(paths, { maxLength: 4 }), async (exchanges) => {
      await using place = await TempStore.create();
      {
        using db = await openDatabase(place.path, { migrations: MIGRATIONS.slice(0, AFTER - 1) });
        for (const [chunk, files] of exchanges.entries()) {
          const details = JSON.stringify({ files });
          db.run("INSERT INTO exchange VALUES (?, 's', 'p', NULL, NULL, 'user', 0, 0, 0, ?)", chunk, details);
        }
      }
      using db = await openDatabase(place.path, { migrations: MIGRATIONS });
      const rows = db.all<{ name: string; chunk: number }>("SELECT name, chunk FROM exchange_file");
      const expected = exchanges.flatMap((files, chunk) =>
        [...new Set(files.map(baseName))].map((name) => ({ name, chunk })),
      );
      const sorted = (list: readonly { name: string; chunk: number }[]) =>
        list.map(({ name, chunk }) => `${chunk} ${name}`).toSorted();
      expect(sorted(rows)).toEqual(sorted(expected));
    }),
    { numRuns: 40 },
  );
});

test("names go with the exchanges that had them", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  const talk = (text: string, files: unknown) => makeChunk(text, { session: makeSession({ details: { files } }) });
  await put(
    store,
    source("/1.jsonl", talk("one", ["/p/auth.ts", 7])),
    source("/2.jsonl", talk("two", ["C:\\p\\auth.ts"])),
  );
  await put(store, source("/3.jsonl", talk("three", "auth.ts")));
  const count = async () => {
    using db = await openDatabase(place.path, { migrations: MIGRATIONS });
    return db.get<{ n: number }>("SELECT count(*) AS n FROM exchange_file WHERE name = 'auth.ts'")?.n;
  };
  expect(await count()).toBe(2);
  await store.apply({ put: [], remove: ["/1.jsonl"], touch: [] });
  expect(await count()).toBe(1);
  await put(store, source("/2.jsonl", talk("two", [])));
  expect(await count()).toBe(0);
});
