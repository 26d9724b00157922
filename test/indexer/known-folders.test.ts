import { appendFileSync, mkdtempSync, realpathSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createChunker } from "../../src/chunk/chunk-pool.ts";
import { syncCode, type SyncSummary } from "../../src/indexer/sync-code.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { tellsFolderChanges } from "../../src/workspace/folder-memory.ts";
import { TempStore } from "../store/temp-store.ts";
import { writeTree } from "../write-tree.ts";

const root = realpathSync(mkdtempSync(path.join(tmpdir(), "codelab-folders-")));
const write = (file: string, text = `export const name = "${file}";\n`) => writeTree(root, { [file]: text });

async function sync(store: EmbeddedStore, full = false): Promise<SyncSummary> {
  await using chunker = createChunker({ workers: 1 });
  const ports = { store, chunker, root, ignore: {}, maxFileBytes: 1e6 };
  const stage = syncCode(ports, { full, signal: new AbortController().signal });
  for (let step = await stage.next(); ; step = await stage.next()) if (step.done === true) return step.value;
}

const contents = async (store: EmbeddedStore) =>
  [...(await store.sources()).values()].map(({ path: file, hash, skipped }) => `${file} ${hash} ${skipped}`).toSorted();

it.runIf(tellsFolderChanges(tmpdir()))(
  "ends as a fresh index does, whatever changed in directories that it knew",
  async () => {
    await using place = await TempStore.create();
    const store = await place.open();
    for (let index = 0; index < 40; index++) write(`part${index % 4}/deep/f${index}.ts`);
    for (let index = 0; index < 4; index++) write(`part${index}/top.ts`);
    write("part0/pixels.dat", "\0\0\0");
    await sync(store);
    expect(await store.folders.all()).toEqual(new Map());
    // So long a directory must have been left alone before it is remembered.
    await sleep(2_100);
    const quiet = await sync(store);
    expect(quiet).toEqual({ files: 45, unchanged: 45, indexed: 0, removed: 0 });
    const remembered = await store.folders.all();
    expect([...remembered.keys()].toSorted()).toEqual([0, 1, 2, 3].flatMap((n) => [`part${n}/`, `part${n}/deep/`]));
    expect(await sync(store)).toEqual(quiet);

    const check = async (expected: Partial<SyncSummary>) => {
      expect(await sync(store)).toMatchObject(expected);
      await using other = await TempStore.create();
      const fresh = await other.open();
      await sync(fresh);
      expect(await contents(store)).toEqual(await contents(fresh));
    };
    appendFileSync(path.join(root, "part0/deep/f0.ts"), "// more\n");
    await check({ indexed: 1, removed: 0, unchanged: 44 });
    expect((await store.folders.all()).has("part0/deep/")).toBe(false);
    await check({ indexed: 0, removed: 0 });
    expect((await store.folders.all()).has("part0/deep/")).toBe(true);
    write("part1/deep/new.ts");
    await check({ indexed: 1, removed: 0 });
    rmSync(path.join(root, "part1/deep/f1.ts"));
    await check({ indexed: 0, removed: 1 });
    renameSync(path.join(root, "part2/deep"), path.join(root, "part2/moved"));
    await check({ indexed: 10, removed: 10 });
    write(".gitignore", "part3/\n");
    await check({ removed: 11 });
    rmSync(path.join(root, ".gitignore"));
    await check({ indexed: 11 });
    rmSync(path.join(root, "part0"), { recursive: true });
    await check({ removed: 12 });
    expect(await sync(store, true)).toMatchObject({ indexed: 0, removed: 0 });
    rmSync(root, { recursive: true });
  },
);

it("forgets a directory with the first change of a source in it, in the same transaction", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  const record = (folder: string) => ({
    path: folder,
    stamp: "s",
    folders: ["b"],
    files: ["x.ts"],
    stats: Float64Array.of(1.5, 2, 3),
  });
  const state = (file: string) => ({
    path: file,
    size: 1,
    mtimeMs: 2,
    inode: 3,
    hash: "h",
    language: "",
    chunker: "1",
    skipped: null,
  });
  const folders = ["a/", "a/b/", "c/", "d/"];
  const left = async () => [...(await store.folders.all()).keys()].toSorted();
  await store.folders.put(folders.map(record));
  expect((await store.folders.all()).get("a/b/")).toEqual(record("a/b/"));
  await store.apply({ put: [{ state: state("a/b/x.ts"), chunks: [] }], touch: [], remove: [] });
  expect(await left()).toEqual(["a/", "c/", "d/"]);
  await store.apply({ put: [], touch: [state("c/x.ts")], remove: [] });
  await store.apply({ put: [], touch: [], remove: ["d/x.ts"] });
  expect(await left()).toEqual(["a/"]);
  expect(await store.folders.countSources()).toBe(2);
});
