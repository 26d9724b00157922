import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import { backupStore, restoreStore } from "../../src/store/backup-store.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { makeChunk, makeSession, makeVector, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

const log = createLogger("silent");
const never = new AbortController().signal;
let place: TempStore;
let elsewhere: TempStore;

beforeEach(async () => {
  [place, elsewhere] = [await TempStore.create(), await TempStore.create()];
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});

const indexAt = (path: string, kind: "code" | "conversations" = "code") => ({
  path,
  options: { log, kind, root: "/home/me/shop", settings: {} },
});
const backup = (name = "backup") => join(place.directory, name);

/** All that a store holds, as data. */
async function contentsOf(store: EmbeddedStore) {
  const sources = Array.from((await store.sources()).values()).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const chunks = [];
  for (const { path } of sources) chunks.push(...(await store.chunksOf(path)));
  const { bytes: _, ...stats } = await store.stats();
  return {
    sources: await Promise.all(sources.map(({ path }) => store.source(path))),
    chunks,
    stats,
    pending: await store.pendingVectors(100),
    words: await store.searchLexical({ terms: [{ text: "needl" }], limit: 50 }),
    meaning: await store.searchVector(makeVector("needle 3", 16), 50),
    folders: await store.folders.all(),
    moments: await store.moments(),
  };
}

async function fill(store: EmbeddedStore): Promise<void> {
  await store.useVectors("m", 16);
  const chunks = Array.from({ length: 9 }, (_, n) => makeChunk(`needle ${n}`, { startLine: n + 1, symbol: `\0${n}` }));
  const talk = makeChunk("needle talked of", { session: makeSession() });
  await put(store, source("src/ü.ts", ...chunks), source("/logs/1.jsonl", talk), source("empty.ts"));
  const pending = await store.pendingVectors(6);
  await store.putVectors(pending.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, 16) })));
  await store.folders.put([
    { path: "src/", stamp: "1", folders: [], files: ["ü.ts"], stats: Float64Array.of(1, 2, 3) },
  ]);
  await store.noteScan({ full: true });
}

it("restores equal what was backed up, in place and where there is nothing yet", async () => {
  const store = await place.open();
  await fill(store);
  const before = await contentsOf(store);
  const report = await backupStore(backup(), [indexAt(place.path), indexAt(`${place.path}.none`, "conversations")]);
  expect(report.indexes).toMatchObject([{ kind: "code", file: "code.db", snapshots: [] }]);
  await put(store, source("src/ü.ts", makeChunk("overwritten")));
  await store[Symbol.asyncDispose]();

  const other = join(elsewhere.directory, "new", "home", "index.db");
  for (const path of [place.path, other]) {
    const restored = await restoreStore(backup(), [indexAt(path)], never);
    expect(restored.indexes).toEqual([{ kind: "code", chunks: 10, server: null, isEqual: null }]);
  }
  expect(await contentsOf(await place.open())).toEqual(before);
  expect(await contentsOf(await new TempStore(join(elsewhere.directory, "new", "home")).open())).toEqual(before);
});

it("copies one moment while others go on writing", async () => {
  const store = await place.open();
  await put(store, source("a.ts", makeChunk("needle 0")), source("b.ts", makeChunk("needle 0")));
  let isDone = false;
  const writing = (async () => {
    for (let round = 1; !isDone && round < 500; round++) {
      await put(store, source("a.ts", makeChunk(`needle ${round}`)), source("b.ts", makeChunk(`needle ${round}`)));
      await new Promise(setImmediate);
    }
  })();
  for (let n = 0; n < 3; n++) await backupStore(backup(`b${n}`), [indexAt(place.path)]);
  isDone = true;
  await writing;
  for (let n = 0; n < 3; n++) {
    const target = join(elsewhere.directory, `${n}`);
    await mkdir(target);
    await restoreStore(backup(`b${n}`), [indexAt(join(target, "index.db"))], never);
    const restored = await new TempStore(target).open();
    const texts = [...(await restored.chunksOf("a.ts")), ...(await restored.chunksOf("b.ts"))].map(({ text }) => text);
    expect(texts).toHaveLength(2);
    expect(texts[0]).toBe(texts[1]);
    expect(await restored.searchLexical({ terms: [{ text: "needl" }], limit: 5 })).toHaveLength(2);
    await restored[Symbol.asyncDispose]();
  }
});

describe("a backup that is no good", () => {
  beforeEach(async () => {
    const store = await place.open();
    await put(store, source("a.ts", makeChunk("needle")));
    await backupStore(backup(), [indexAt(place.path)]);
    await put(store, source("a.ts", makeChunk("present")));
    await store[Symbol.asyncDispose]();
  });

  const expectUntouched = async () => {
    const store = await place.open();
    expect((await store.chunksOf("a.ts")).map(({ text }) => text)).toEqual(["present"]);
    expect((await readdir(place.directory)).filter((name) => /restoring|damaged/.test(name))).toEqual([]);
  };

  it.each([
    [
      "a byte differs",
      async (file: string) => {
        const bytes = await readFile(file);
        bytes[bytes.length - 50] = (bytes[bytes.length - 50] ?? 0) ^ 1;
        await writeFile(file, bytes);
      },
    ],
    ["its end is missing", async (file: string) => writeFile(file, (await readFile(file)).subarray(0, 5_000))],
    ["the file is gone", (file: string) => rm(file)],
  ])("is refused when %s, before anything is touched", async (_, damage) => {
    await damage(join(backup(), "code.db"));
    await expect(restoreStore(backup(), [indexAt(place.path)], never)).rejects.toMatchObject({ code: "store.corrupt" });
    await expectUntouched();
  });

  it.each([
    "null",
    "[]",
    "{}",
    '"text"',
    "7",
    "",
    "{",
    '{"format":2,"indexes":[]}',
    '{"format":1}',
    '{"format":1,"indexes":[null]}',
    '{"format":1,"indexes":[{"kind":"code"}]}',
    '{"format":1,"indexes":[{"kind":"code","file":7,"sha256":"","snapshots":[]}]}',
  ])("is refused when its manifest is %s", async (manifest) => {
    await writeFile(join(backup(), "manifest.json"), manifest);
    const restoring = restoreStore(backup(), [indexAt(place.path)], never);
    await expect(restoring).rejects.toMatchObject({ code: "store.not-found" });
    await expectUntouched();
  });

  it("is refused when there is none, or no manifest", async () => {
    for (const directory of [join(place.directory, "nowhere"), place.path, place.directory]) {
      const restoring = restoreStore(directory, [indexAt(place.path)], never);
      await expect(restoring).rejects.toMatchObject({ code: "store.not-found" });
    }
    await expectUntouched();
  });

  it("reads nothing outside of its directory", async () => {
    await copyFile(place.path, join(place.directory, "outside.db"));
    const file = join(backup(), "manifest.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"code.db"', '"../outside.db"'));
    const restoring = restoreStore(backup(), [indexAt(place.path)], never);
    await expect(restoring).rejects.toMatchObject({ code: "store.not-found" });
  });
});

it("is not restored under a process that writes, and not written over another one", async () => {
  const store = await place.open();
  await put(store, source("a.ts", makeChunk("needle")));
  await backupStore(backup(), [indexAt(place.path)]);
  const again = backupStore(backup(), [indexAt(place.path)]);
  await expect(again).rejects.toMatchObject({ code: "store.target-exists", hint: expect.any(String) });
  expect(await store.acquireLease()).toBe(true);
  const restoring = restoreStore(backup(), [indexAt(place.path)], never);
  await expect(restoring).rejects.toMatchObject({ code: "store.busy", hint: expect.any(String) });
  await expect(backupStore(backup("none"), [indexAt(`${place.path}.none`)])).rejects.toMatchObject({
    code: "store.not-found",
  });
});
