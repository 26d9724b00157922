import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeHits } from "../../src/search/code-hit.ts";
import { decodeCursor, digestOf, encodeCursor } from "../../src/search/cursor.ts";
import { type FreshChunk, refreshed, relocate } from "../../src/search/freshness.ts";
import { groupBy } from "../../src/search/group-by.ts";
import { createIndexStates, indexStateOf } from "../../src/search/index-state.ts";
import { Lru } from "../../src/search/lru.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { hitsOf } from "./candidates.ts";
import { chunkOf, memoryStore } from "./memory-store.ts";

describe("cursor", () => {
  it("comes back as it went", () => {
    const digest = digestOf(["a query", undefined, "typescript"]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (offset) => {
        expect(decodeCursor(encodeCursor({ digest, offset }), digest)).toEqual({ digest, offset });
      }),
    );
  });

  it("tells questions apart, also by what is left out", () => {
    expect(digestOf(["a", undefined])).not.toBe(digestOf(["a", "b"]));
    expect(digestOf(["a", undefined, "b"])).not.toBe(digestOf(["a", "b", undefined]));
  });

  it("refuses whatever is not its own", () => {
    const digest = digestOf(["a"]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor(text, digest)).toThrow(expect.objectContaining({ code: "request.cursor" }));
      }),
    );
    expect(() => decodeCursor(encodeCursor({ digest, offset: 1 }), digestOf(["b"]))).toThrow(/another query/);
  });
});

describe("Lru", () => {
  it("forgets what was not used for longest", () => {
    const cache = new Lru<string, number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    expect(cache.get("a")).toBe(1);
    cache.set("c", 3);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
    cache.delete("a");
    expect(cache.size).toBe(1);
  });

  it("never holds more than its limit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer())),
        fc.integer({ min: 1, max: 5 }),
        (writes, limit) => {
          const cache = new Lru<number, number>(limit);
          for (const [key, value] of writes) cache.set(key, value);
          expect(cache.size).toBeLessThanOrEqual(limit);
          const last = writes.at(-1);
          if (last) expect(cache.get(last[0])).toBe(last[1]);
        },
      ),
    );
  });
});

describe("groupBy", () => {
  it("keeps the order of keys and values", () => {
    expect([...groupBy([3, 1, 4, 1, 5], (value) => value % 2)]).toEqual([
      [1, [3, 1, 1, 5]],
      [0, [4]],
    ]);
  });
});

describe("indexStateOf", () => {
  it("says 100 % only when every text has its vector", async () => {
    const facts = { freshness: "updating" as const, embedder: "toy" };
    const files = [1, 2, 3].map((id) => ({ path: `src/${id}.ts`, text: "x" }));
    const vector = Float32Array.of(1);
    const state = async (count: number) => {
      const vectors = new Map(files.slice(0, count).map((_, index) => [index + 1, vector]));
      return (await indexStateOf(memoryStore(files, vectors), facts)).embeddedPercent;
    };
    expect([await state(0), await state(2), await state(3)]).toEqual([0, 66, 100]);
    expect((await indexStateOf(memoryStore([]), facts)).embeddedPercent).toBe(0);
  });
});

describe("createIndexStates", () => {
  it("counts once for many answers, yet tells the facts of the moment", async () => {
    const store = memoryStore([{ path: "src/a.ts", text: "x" }]);
    let counted = 0;
    const stateOf = createIndexStates({ ...store, stats: async () => (counted++, await store.stats()) });
    const first = await stateOf({ freshness: "updating", embedder: "toy" });
    const second = await stateOf({ freshness: "fresh", embedder: "toy" });
    expect(counted).toBe(1);
    expect([first.freshness, second.freshness]).toEqual(["updating", "fresh"]);
  });

  it("counts again after a failure", async () => {
    const store = memoryStore([]);
    let fails = true;
    const stateOf = createIndexStates({
      ...store,
      stats: async () => (fails ? Promise.reject(new Error("busy")) : await store.stats()),
    });
    await expect(stateOf({ freshness: "fresh", embedder: "toy" })).rejects.toThrow("busy");
    fails = false;
    expect((await stateOf({ freshness: "fresh", embedder: "toy" })).files).toBe(0);
  });
});

describe("relocate", () => {
  const stored = chunkOf({
    path: "src/a.ts",
    text: "function open() {\n  return store.read(path);\n}",
    symbol: "open",
  });
  const fresh = (sketch: Partial<FreshChunk>): FreshChunk => ({
    startLine: 50,
    endLine: 52,
    text: "other",
    language: "typescript",
    kind: "function",
    symbol: null,
    defines: [],
    ...sketch,
  });

  it("prefers the same text to the same symbol", () => {
    const moved = fresh({ text: stored.text, startLine: 9, symbol: "open" });
    expect(relocate(stored, [fresh({ symbol: "open" }), moved])?.startLine).toBe(9);
  });

  it("follows a symbol whose body was edited", () => {
    expect(relocate(stored, [fresh({ symbol: "open", text: "function open() {}" })])?.text).toBe("function open() {}");
  });

  it("follows the words where there is no symbol, and gives up where there are too few", () => {
    const plain = { ...stored, symbol: null };
    expect(relocate(plain, [fresh({ text: "function open() { return store.read(other); }" })])?.startLine).toBe(50);
    expect(relocate(plain, [fresh({ text: "nothing like it at all" })])).toBeNull();
    expect(relocate(plain, [])).toBeNull();
  });

  it("leaves a hit alone whose file is the same", () => {
    const [hit] = hitsOf(stored);
    if (!hit) throw new Error("no hit");
    expect(refreshed(hit, "same")).toBe(hit);
    expect(refreshed(hit, undefined)).toBe(hit);
    expect(refreshed(hit, "gone")).toBeNull();
  });
});

describe("codeHits", () => {
  const hits = (texts: readonly string[]) =>
    hitsOf(...texts.map((text, index) => chunkOf({ id: index + 1, path: `src/${index}.ts`, text })));

  it("gives what short hits leave over to those after them", () => {
    const long = Array.from({ length: 40 }, (_, index) => `open line ${index} of it`).join("\n");
    const [, last] = codeHits(hits(["short", long]), analyseQuery("open"), 100);
    expect(last?.text.length ?? 0).toBeGreaterThan(200);
  });

  it("spans all lines of what was merged", () => {
    const [first, second] = [
      chunkOf({ id: 1, path: "a", text: "a\nb" }),
      chunkOf({ id: 2, path: "a", text: "c", startLine: 3 }),
    ];
    const merged = { ...hitsOf(first)[0], path: "a", lead: first, chunks: [first, second], score: 1, matched: [] };
    expect(codeHits([merged], analyseQuery("a"), 100)).toMatchObject([{ startLine: 1, endLine: 3, text: "a\nb\nc" }]);
  });
});
