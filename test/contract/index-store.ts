import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IndexStore } from "../../src/store/index-store.ts";
import { type StoreUnderTest, keyOf, makeChunk, makeSession, makeState, put, source } from "./make-chunks.ts";
import { describeCrowding } from "./store-crowding.ts";
import { describeSearch } from "./store-search.ts";
import { describeVectors } from "./store-vectors.ts";

/** One place where a store keeps its index: opening it twice gives two users of the same index. */
export interface StorePlace {
  open(): Promise<IndexStore>;
  remove(): Promise<void>;
}

/** Holds an implementation to the contract of `IndexStore`. */
export function describeIndexStore(name: string, createPlace: () => Promise<StorePlace>): void {
  describe(`${name} keeps the contract`, () => {
    let place: StorePlace;
    const opened: IndexStore[] = [];
    const another = async () => {
      const store = await place.open();
      opened.push(store);
      return store;
    };
    const store = () => {
      const [first] = opened;
      if (first === undefined) throw new Error("no store is open");
      return first;
    };
    beforeEach(async () => {
      place = await createPlace();
      await another();
    });
    afterEach(async () => {
      for (const open of opened.splice(0)) await open[Symbol.asyncDispose]();
      await place.remove();
    });

    const given = { store, another };
    describeSources(given);
    describeChunks(given);
    describeSearch(given);
    describeVectors(given);
    describeCrowding(given);
    describeSharing(given);
  });
}

function describeSources({ store, another }: StoreUnderTest): void {
  it("begins empty", async () => {
    expect(await store().sources()).toEqual(new Map());
    expect(await store().source("a.ts")).toBeNull();
    expect(await store().stats()).toMatchObject({ files: 0, chunks: 0, texts: 0, embedded: 0, updatedAt: null });
    expect(await store().searchLexical({ terms: [{ text: "any" }], limit: 5 })).toEqual([]);
  });

  it("remembers the state of sources across a restart", async () => {
    const state = makeState("src/a b/ü.ts", { size: 2 ** 40, mtimeMs: 1700000000000.25, inode: 2 ** 53 - 1 });
    await put(store(), { state, chunks: [makeChunk("one")] });
    const reopened = await another();
    expect((await reopened.sources()).get(state.path)).toMatchObject(state);
    expect(await reopened.source(state.path)).toMatchObject(state);
    expect((await reopened.stats()).updatedAt).toBeTypeOf("number");
  });

  it("tells of conversation logs alone what a change is seen by", async () => {
    const log = { language: "conversation", size: 2 ** 40, mtimeMs: 1700000000000.25, inode: 2 ** 53 - 1 };
    const first = makeState("/logs/ü\n1.jsonl", log);
    const second = makeState("/logs/2.jsonl", { ...log, mtimeMs: 1700000000000.0012, inode: 7 });
    const forgotten = makeState("/logs/3.jsonl", { language: "conversation", skipped: "forgotten" });
    for (const state of [first, second, forgotten, makeState("a.ts")]) await put(store(), { state, chunks: [] });
    const stamps = await (await another()).transcriptStamps();
    expect(stamps.toSorted((a, b) => b.paths.length - a.paths.length)).toEqual([
      {
        chunker: "1",
        skipped: null,
        paths: [second.path, first.path],
        sizes: [2 ** 40, 2 ** 40],
        mtimes: [1700000000000001, 1700000000000250],
        inodes: [7, 2 ** 53 - 1],
      },
      { chunker: "1", skipped: "forgotten", paths: [forgotten.path], sizes: [100], mtimes: [1_000_000], inodes: [1] },
    ]);
  });

  it("remembers across a restart when it was made, changed, scanned and read whole", async () => {
    const before = Date.now();
    const fresh = await store().moments();
    expect(fresh).toEqual({ createdAt: expect.any(Number), updatedAt: null, scannedAt: null, checkedAt: null });
    expect(Math.abs((fresh.createdAt ?? 0) - before)).toBeLessThan(600_000);
    await put(store(), { state: makeState("a.ts"), chunks: [makeChunk("one")] });
    await store().noteScan({ full: false });
    const first = await store().moments();
    expect(first.scannedAt).toBeGreaterThanOrEqual(before);
    // The first scan reads everything there is.
    expect(first.checkedAt).toBe(first.scannedAt);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await store().noteScan({ full: false });
    const second = await (await another()).moments();
    expect(second).toEqual({ ...first, scannedAt: expect.any(Number) });
    expect(second.scannedAt).toBeGreaterThan(first.scannedAt ?? 0);
    await store().noteScan({ full: true });
    const third = await store().moments();
    expect(third.checkedAt).toBe(third.scannedAt);
    expect(third).toMatchObject({ createdAt: fresh.createdAt, updatedAt: first.updatedAt });
  });

  it("keeps what a transcript is about, and where its importer stopped", async () => {
    const session = {
      sessionId: "s1",
      agentId: null,
      project: "shop",
      cwd: "/home/me/shop",
      gitBranch: null,
      title: "Carts",
      startedAt: 1,
      endedAt: 2,
      messages: 3,
      lines: 4,
      corruptLines: 0,
      unknownTypes: { odd: 1 },
    };
    await put(store(), { state: makeState("/logs/s1.jsonl", { session, resume: "at:17" }), chunks: [] });
    expect((await store().sources()).get("/logs/s1.jsonl")?.session).toEqual(session);
    expect(await store().source("/logs/s1.jsonl")).toMatchObject({ session, resume: "at:17" });
    await store().apply({ put: [], remove: [], touch: [makeState("/logs/s1.jsonl", { mtimeMs: 9 })] });
    expect(await store().source("/logs/s1.jsonl")).toMatchObject({ session, resume: "at:17", mtimeMs: 9 });
  });

  it("touches a source without touching its chunks", async () => {
    await put(store(), source("a.ts", makeChunk("one"), makeChunk("two")));
    const before = await store().chunksOf("a.ts");
    await store().apply({ put: [], remove: [], touch: [makeState("a.ts", { mtimeMs: 5000, inode: 7 })] });
    expect(await store().source("a.ts")).toMatchObject({ mtimeMs: 5000, inode: 7 });
    expect(await store().chunksOf("a.ts")).toEqual(before);
  });

  it("removes sources with their chunks, and is not troubled by unknown ones", async () => {
    await put(store(), source("a.ts", makeChunk("alpha")), source("b.ts", makeChunk("beta")));
    const [gone] = await store().chunksOf("a.ts");
    await store().apply({ put: [], remove: ["a.ts", "never-was.ts"], touch: [] });
    expect(Array.from((await store().sources()).keys())).toEqual(["b.ts"]);
    expect(await store().chunksOf("a.ts")).toEqual([]);
    expect(await store().chunks([gone?.id ?? 0])).toEqual([]);
    expect(await store().searchLexical({ terms: [{ text: "alpha" }], limit: 5 })).toEqual([]);
    expect(await store().stats()).toMatchObject({ files: 1, chunks: 1, texts: 1 });
  });

  it("counts skipped sources by reason, with examples", async () => {
    const skipped = (path: string, reason: string) => ({ state: makeState(path, { skipped: reason }), chunks: [] });
    await put(store(), skipped("a.bin", "binary"), skipped("b.bin", "binary"), skipped("c.js", "too-large"));
    const stats = await store().stats();
    expect(stats.files).toBe(0);
    expect(stats.skipped).toEqual([
      { reason: "binary", count: 2, examples: ["a.bin", "b.bin"] },
      { reason: "too-large", count: 1, examples: ["c.js"] },
    ]);
  });
}

function describeChunks({ store, another }: StoreUnderTest): void {
  it("gives chunks back as they were put, by id in the order asked", async () => {
    const chunk = makeChunk("class A {\n\t// 'quoted' \u0000 \u{1F600}\n}", {
      startLine: 10,
      endLine: 12,
      kind: "class",
      symbol: "A",
      defines: ["A", "A.b"],
      embedText: "a.ts A\nclass A",
    });
    await put(store(), source("a.ts", chunk, makeChunk("second")));
    const [first, second] = await (await another()).chunksOf("a.ts");
    expect(first).toMatchObject({ ...chunk, path: "a.ts" });
    const ids = [second?.id ?? 0, 987654321, first?.id ?? 0];
    expect((await store().chunks(ids)).map(({ text }) => text)).toEqual(["second", chunk.text]);
    expect(await store().chunks([])).toEqual([]);
  });

  it("gives the heads of chunks: all but their texts, as they are now", async () => {
    const named = makeChunk("one", {
      symbol: "a\u0000b 'c' \u{1F600}",
      defines: ["a\u0000b", 'say "so"'],
      kind: "class",
    });
    const told = makeChunk("two", { session: makeSession({ details: { files: ["a\u0000.ts"], n: 1.5 } }) });
    await put(store(), source("a.ts", named, makeChunk("second")), source("log.jsonl", told));
    const headsOf = async (reader: IndexStore) => {
      const ids = [...(await reader.chunksOf("log.jsonl")), ...(await reader.chunksOf("a.ts"))].map(({ id }) => id);
      const asked = [...ids, 987654321, ids[0] ?? 0];
      const chunks = await reader.chunks(asked);
      const heads = chunks.map(({ text: _text, embedText: _embedText, vectorKey: _vectorKey, ...head }) => head);
      expect(await reader.heads(asked)).toEqual(heads);
      return heads;
    };
    const reader = await another();
    expect(await headsOf(reader)).toHaveLength(4);
    await put(store(), source("a.ts", makeChunk("new"), { ...named, startLine: 7, endLine: 9 }));
    expect((await headsOf(reader)).find(({ kind }) => kind === "class")).toMatchObject({ startLine: 7, endLine: 9 });
    expect(await reader.heads([])).toEqual([]);
  });

  it("keeps the ids of chunks that did not change when their source did", async () => {
    await put(store(), source("a.ts", makeChunk("one"), makeChunk("two"), makeChunk("third")));
    const before = new Map((await store().chunksOf("a.ts")).map(({ text, id }) => [text, id]));
    await put(store(), source("a.ts", makeChunk("zero"), makeChunk("third", { startLine: 40, endLine: 41 })));
    const after = await store().chunksOf("a.ts");
    expect(after.map(({ text }) => text)).toEqual(["zero", "third"]);
    expect(after[1]).toMatchObject({ id: before.get("third"), startLine: 40, endLine: 41 });
    expect(Array.from(before.values())).not.toContain(after[0]?.id);
    expect(await store().searchLexical({ terms: [{ text: "two" }], limit: 5 })).toEqual([]);
    expect(await store().searchLexical({ terms: [{ text: "third" }], limit: 5 })).toHaveLength(1);
  });

  it("never gives the id of a chunk that is gone to another", async () => {
    await put(store(), source("a.ts", makeChunk("one")));
    const [old] = await store().chunksOf("a.ts");
    await store().apply({ put: [], remove: ["a.ts"], touch: [] });
    await put(store(), source("b.ts", makeChunk("two")));
    expect((await store().chunksOf("b.ts"))[0]?.id).not.toBe(old?.id);
  });

  it("lets a source grow at its end", async () => {
    await put(store(), source("log", makeChunk("one"), makeChunk("two"), makeChunk("half")));
    const [one, two] = await store().chunksOf("log");
    await put(store(), { state: makeState("log"), chunks: [makeChunk("whole"), makeChunk("next")], keep: 2 });
    const after = await store().chunksOf("log");
    expect(after.map(({ text }) => text)).toEqual(["one", "two", "whole", "next"]);
    expect(after.slice(0, 2)).toEqual([one, two]);
    expect(await store().searchLexical({ terms: [{ text: "half" }], limit: 5 })).toEqual([]);
  });

  it("takes the last of several updates of one source in a batch", async () => {
    await put(store(), source("a.ts", makeChunk("first")), source("a.ts", makeChunk("last")));
    expect((await store().chunksOf("a.ts")).map(({ text }) => text)).toEqual(["last"]);
    expect(await store().stats()).toMatchObject({ files: 1, chunks: 1, texts: 1 });
  });

  it("keeps equal chunks of one source apart", async () => {
    await put(store(), source("a.ts", makeChunk("same"), makeChunk("same", { startLine: 9, endLine: 9 })));
    const chunks = await store().chunksOf("a.ts");
    expect(chunks.map(({ startLine }) => startLine)).toEqual([1, 9]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(2);
    expect(await store().stats()).toMatchObject({ chunks: 2, texts: 1 });
    expect(chunks[0]?.vectorKey).toBe(keyOf("same"));
  });
}

function describeSharing({ store, another }: StoreUnderTest): void {
  it("lets one write at a time, and hands over", async () => {
    const other = await another();
    expect(await store().acquireLease()).toBe(true);
    expect(await store().acquireLease()).toBe(true);
    expect(await other.acquireLease()).toBe(false);
    await store().releaseLease();
    expect(await other.acquireLease()).toBe(true);
    expect(await store().acquireLease()).toBe(false);
    await other[Symbol.asyncDispose]();
    expect(await store().acquireLease()).toBe(true);
  });

  it("shows every user what another has written", async () => {
    const other = await another();
    const search = () => other.searchLexical({ terms: [{ text: "alpha" }], limit: 5 });
    expect(await search()).toEqual([]);
    await put(store(), source("a.ts", makeChunk("alpha")));
    expect(await search()).toHaveLength(1);
    await put(store(), source("a.ts", makeChunk("beta")));
    expect(await search()).toEqual([]);
  });
}
