import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import { backupIndex, restoreIndex } from "../../src/store/backup.ts";
import { makeChunk, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

const log = createLogger("silent");
let place: TempStore;

beforeEach(async () => {
  place = await TempStore.create();
});
afterEach(() => place[Symbol.asyncDispose]());

it("brings back what was there at the moment of the backup", async () => {
  const store = await place.open();
  await put(store, source("a.ts", makeChunk("kept")));
  const target = join(place.directory, "backup.db");
  expect((await backupIndex(place.path, target)).bytes).toBeGreaterThan(0);
  await put(store, source("a.ts", makeChunk("later")));
  await store[Symbol.asyncDispose]();

  await restoreIndex(target, place.path, log);
  const restored = await place.open();
  expect((await restored.chunksOf("a.ts")).map(({ text }) => text)).toEqual(["kept"]);
  expect(await restored.searchLexical({ terms: [{ text: "kept" }], limit: 5 })).toHaveLength(1);
  expect((await readdir(place.directory)).filter((name) => name.includes(".damaged-"))).not.toEqual([]);
});

it("does not write over a file, and names what is missing", async () => {
  const store = await place.open();
  await put(store, source("a.ts", makeChunk("x")));
  const target = join(place.directory, "taken");
  await writeFile(target, "precious");
  await expect(backupIndex(place.path, target)).rejects.toMatchObject({ code: "store.target-exists" });
  expect(await readFile(target, "utf8")).toBe("precious");
  const nowhere = join(place.directory, "nowhere");
  await expect(backupIndex(nowhere, target)).rejects.toMatchObject({ code: "store.not-found" });
  await expect(restoreIndex(nowhere, place.path, log)).rejects.toMatchObject({ code: "store.not-found" });
});

it("leaves the index as it is when the backup is no good", async () => {
  const store = await place.open();
  await put(store, source("a.ts", makeChunk("kept")));
  const bad = join(place.directory, "bad.db");
  await writeFile(bad, "no database at all, but long enough to be read as one".repeat(100));
  await expect(restoreIndex(bad, place.path, log)).rejects.toMatchObject({ code: "store.corrupt" });
  expect((await store.chunksOf("a.ts")).map(({ text }) => text)).toEqual(["kept"]);
  expect((await readdir(place.directory)).filter((name) => /restoring|damaged/.test(name))).toEqual([]);
});
