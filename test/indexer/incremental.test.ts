import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createChunker } from "../../src/chunk/chunk-pool.ts";
import { codeSubject } from "../../src/indexer/code-subject.ts";
import { surveyCode } from "../../src/indexer/survey-code.ts";
import { syncCode, type SyncPorts, type SyncSummary } from "../../src/indexer/sync-code.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { TempStore } from "../store/temp-store.ts";
import { act, MAX_BYTES, treeAct } from "./random-tree.ts";

const chunker = createChunker({ workers: 1 });
afterAll(async () => await chunker[Symbol.asyncDispose]());
// As if each step came a minute after the last: only then directories are remembered.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const { signal } = new AbortController();
const portsOf = (store: EmbeddedStore, root: string): SyncPorts => ({
  store,
  chunker,
  root,
  ignore: {},
  maxFileBytes: MAX_BYTES,
});

async function sync(store: EmbeddedStore, root: string, full = false): Promise<SyncSummary> {
  vi.setSystemTime(Date.now() + 60_000);
  const stage = syncCode(portsOf(store, root), { full, signal });
  for (let step = await stage.next(); ; step = await stage.next()) if (step.done === true) return step.value;
}

/** All that an index holds of a project, as far as a search could tell. */
async function contents(store: EmbeddedStore): Promise<string[]> {
  const all: string[] = [];
  for (const { path: file, hash, language, skipped } of (await store.sources()).values()) {
    // Of a file that was never read nothing is known but why.
    all.push(`${file} ${skipped === null ? `${hash} ${language}` : skipped}`);
    for (const { startLine, endLine, text, symbol } of await store.chunksOf(file))
      all.push(`${file}:${startLine}-${endLine} ${symbol} ${text}`);
  }
  return all.toSorted();
}

const steps = fc.array(
  fc.record({
    acts: fc.array(treeAct, { minLength: 1, maxLength: 6 }),
    // How the index hears of it: by the paths that changed, by a look at everything, or by reading everything.
    by: fc.constantFrom("paths", "paths", "walk", "full"),
  }),
  { minLength: 1, maxLength: 6 },
);

describe("an index that follows its project", () => {
  it("equals a fresh one after any sequence of writes, renames, removals and new rules", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-follow-")));
        await using place = await TempStore.create();
        const store = await place.open();
        const subject = codeSubject(portsOf(store, root), async () => {});
        let count = 0;
        for (const { acts, by } of sequence) {
          vi.setSystemTime(Date.now() + 60_000);
          const paths = acts.flatMap((each) => act(root, each, (count += 1)));
          if (by === "paths") await subject.refresh({ paths, check: "quick", signal });
          else await sync(store, root, by === "full");
          await using other = await TempStore.create();
          const fresh = await other.open();
          await sync(fresh, root);
          expect(await contents(store)).toEqual(await contents(fresh));
          const { changed, removed, skipped } = await surveyCode(portsOf(store, root), { signal });
          expect([changed, removed, skipped]).toEqual([[], [], []]);
        }
        rmSync(root, { recursive: true });
      }),
      { numRuns: 30 },
    );
  });

  it("has nothing to do where nothing changed, however it is asked", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(treeAct, { minLength: 5, maxLength: 20 }), async (acts) => {
        const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-follow-")));
        await using place = await TempStore.create();
        const store = await place.open();
        const paths = acts.flatMap((each, index) => act(root, each, index + 1));
        const { files } = await sync(store, root);
        const before = await contents(store);
        for (const full of [false, false, true])
          expect(await sync(store, root, full)).toMatchObject({
            files,
            removed: 0,
            indexed: expect.any(Number) as number,
          });
        const subject = codeSubject(portsOf(store, root), async () => {});
        await subject.refresh({ paths, check: "quick", signal });
        expect(await contents(store)).toEqual(before);
        rmSync(root, { recursive: true });
      }),
      { numRuns: 15 },
    );
  });

  it("no longer finds a file that grew too large, nor forgets one that shrank, when only its path is told", async () => {
    const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-follow-")));
    await using place = await TempStore.create();
    const store = await place.open();
    const subject = codeSubject(portsOf(store, root), async () => {});
    const told = async (kind: "write" | "huge", count: number) =>
      await subject.refresh({ paths: act(root, { kind, at: "x.ts" }, count), check: "quick", signal });
    await told("write", 1);
    expect(await store.chunksOf("x.ts")).toHaveLength(1);
    expect(await told("huge", 2)).toEqual({ changed: 1 });
    expect(await store.chunksOf("x.ts")).toEqual([]);
    expect((await store.source("x.ts"))?.skipped).toBe("too-large");
    expect(await told("huge", 3)).toEqual({ changed: 0 });
    expect(await told("write", 4)).toEqual({ changed: 1 });
    expect(await store.chunksOf("x.ts")).toHaveLength(1);
    rmSync(root, { recursive: true });
  });

  it("follows a directory that takes a file's place, and back", async () => {
    const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-follow-")));
    await using place = await TempStore.create();
    const store = await place.open();
    const subject = codeSubject(portsOf(store, root), async () => {});
    const write = (at: string, count: number) => act(root, { kind: "write", at }, count);
    await subject.refresh({ paths: write("c", 1), check: "quick", signal });
    expect([...(await store.sources()).keys()]).toEqual(["c"]);
    rmSync(path.join(root, "c"));
    await subject.refresh({ paths: [path.join(root, "c"), ...write("c/x.ts", 2)], check: "quick", signal });
    expect([...(await store.sources()).keys()]).toEqual(["c/x.ts"]);
    rmSync(path.join(root, "c"), { recursive: true });
    await subject.refresh({ paths: [path.join(root, "c/x.ts"), ...write("c", 3)], check: "quick", signal });
    expect([...(await store.sources()).keys()]).toEqual(["c"]);
    mkdirSync(path.join(root, "empty"));
    expect(await subject.refresh({ paths: [path.join(root, "empty")], check: "quick", signal })).toEqual({
      changed: 0,
    });
    rmSync(root, { recursive: true });
  });
});
