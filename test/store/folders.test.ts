import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FolderRecord, IndexBatch } from "../../src/store/index-store.ts";
import { makeChunk, makeState, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

let place: TempStore;

beforeEach(async () => {
  place = await TempStore.create();
});
afterEach(() => place[Symbol.asyncDispose]());

function folder(path: string, rest: Partial<FolderRecord> = {}): FolderRecord {
  return { path, stamp: "1", folders: [], files: [], stats: new Float64Array(), ...rest };
}

it("gives directories back as they were put, also to another process", async () => {
  const store = await place.open();
  const name = fc.stringMatching(/^[^/\0\uD800-\uDFFF]{1,12}$/u);
  const record = fc.record({
    path: fc.oneof(
      fc.constant(""),
      fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `${names.join("/")}/`),
    ),
    stamp: fc.string({ maxLength: 8 }).map((text) => text.replaceAll("\0", "")),
    folders: fc.array(name, { maxLength: 3 }),
    files: fc.array(name, { maxLength: 3 }),
    stats: fc.array(fc.double({ noNaN: true }), { maxLength: 9 }).map((numbers) => Float64Array.from(numbers)),
  });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(record, { selector: ({ path }) => path, maxLength: 5 }), async (records) => {
      await store.folders.put(records);
      const all = await (await place.open()).folders.all();
      for (const each of records) expect(all.get(each.path)).toEqual(each);
    }),
    { numRuns: 25 },
  );
});

it("takes the later of two records of a directory", async () => {
  const store = await place.open();
  await store.folders.put([folder("src/", { stamp: "1", files: ["a.ts"] })]);
  await store.folders.put([folder("src/", { stamp: "2", files: ["b.ts"], stats: Float64Array.of(1, 2, 3) })]);
  const found = await store.folders.all();
  expect(found.size).toBe(1);
  expect(found.get("src/")).toMatchObject({ stamp: "2", files: ["b.ts"], stats: Float64Array.of(1, 2, 3) });
});

it.each<[string, IndexBatch]>([
  ["put", { put: [source("src/a.ts", makeChunk("changed"))], remove: [], touch: [] }],
  ["removed", { put: [], remove: ["src/a.ts"], touch: [] }],
  ["touched", { put: [], remove: [], touch: [makeState("src/a.ts", { mtimeMs: 7 })] }],
  ["new", { put: [source("src/new.ts", makeChunk("new"))], remove: [], touch: [] }],
  ["removed though unknown", { put: [], remove: ["src/unknown.ts"], touch: [] }],
])("forgets the directory of a source that is %s, and no other", async (_, batch) => {
  const store = await place.open();
  await put(store, source("src/a.ts", makeChunk("a")), source("b.ts", makeChunk("b")), source("src/lib/c.ts"));
  const known = [folder(""), folder("src/"), folder("src/lib/"), folder("sr/")];
  await store.folders.put(known);
  await store.apply(batch);
  expect(Array.from((await store.folders.all()).keys()).toSorted()).toEqual(["", "sr/", "src/lib/"]);
});

it("forgets nothing for what only embeds, prunes or notes a scan", async () => {
  const store = await place.open();
  await store.useVectors("m", 16);
  await put(store, source("src/a.ts", makeChunk("a")));
  await store.folders.put([folder("src/")]);
  const [pending] = await store.pendingVectors(1);
  await store.putVectors([{ vectorKey: pending?.vectorKey ?? "", vector: new Float32Array(16).fill(0.25) }]);
  await store.pruneVectors();
  await store.noteScan({ full: true });
  expect((await store.folders.all()).size).toBe(1);
});

it("leaves what readers have in memory valid: remembering a directory is no change of the index", async () => {
  const store = await place.open();
  await put(store, source("src/a.ts", makeChunk("a")));
  const { updatedAt } = await store.stats();
  await store.folders.put([folder("src/")]);
  expect((await store.stats()).updatedAt).toBe(updatedAt);
  expect(await store.folders.countSources()).toBe(1);
});

it("is refused to a process that has lost the lease meanwhile", async () => {
  let now = 1_000_000;
  const first = await place.open(() => now);
  const second = await place.open(() => now);
  expect(await first.acquireLease()).toBe(true);
  now += 40_000;
  expect(await second.acquireLease()).toBe(true);
  await expect(first.folders.put([folder("src/")])).rejects.toMatchObject({ code: "store.lease-lost" });
  expect((await second.folders.all()).size).toBe(0);
});
