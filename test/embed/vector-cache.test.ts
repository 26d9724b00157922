import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import { withVectorCache } from "../../src/embed/cached-embedder.ts";
import { openVectorCache, vectorCacheBytes, vectorCacheKey } from "../../src/embed/vector-cache.ts";
import type { VectorCache, VectorCacheOptions } from "../../src/embed/vector-cache.ts";
import { createLogger } from "../../src/log.ts";
import { embedderContract } from "../contract/embedder.ts";

const log = createLogger("silent");
const whole = { tokens: 1, windows: 1, truncated: false };
const key = (text: string) => vectorCacheKey("space", "document", text);

/** An embedder that counts what it is asked. */
function countingEmbedder(asked: string[]): Embedder {
  return {
    label: "counting",
    dimensions: 4,
    maxTokens: 100,
    fingerprint: "counting",
    embed: async (texts, { signal }) => {
      asked.push(...texts);
      await new Promise((resolve) => setTimeout(resolve, 1));
      signal?.throwIfAborted();
      return texts.map((text) => {
        const raw = [...createHash("sha256").update(text).digest().subarray(0, 4)];
        return Float32Array.from(raw, (value) => value / Math.hypot(...raw));
      });
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

describe("vector cache", () => {
  let home: string;
  let file: string;
  let cache: VectorCache;
  const open = async (options: Partial<VectorCacheOptions> = {}) =>
    (cache = await openVectorCache({ file, limitBytes: 100_000_000, log, ...options }));

  beforeEach(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-cache-"));
    file = path.join(home, "vectors.db");
  });
  afterEach(async () => {
    cache[Symbol.dispose]();
    await rm(home, { recursive: true, force: true });
  });

  it("returns exactly what was put, across restarts", async () => {
    await open();
    const vector = Float32Array.of(0.1, -1 / 3, Number.MIN_VALUE, 1e-30);
    cache.put([{ key: key("a"), vector, tokens: 7, windows: 3, truncated: true }]);
    cache[Symbol.dispose]();
    await open();
    expect(cache.get([key("b"), key("a")])).toEqual([null, { vector, tokens: 7, windows: 3, truncated: true }]);
    expect(cache.stats()).toEqual({ entries: 1, hits: 1, misses: 1 });
  });

  it("keeps spaces, treatments and texts apart", () => {
    const keys = [
      vectorCacheKey("s", "query", "x"),
      vectorCacheKey("s", "document", "x"),
      vectorCacheKey("t", "query", "x"),
      vectorCacheKey("s", "query", "xx"),
    ];
    expect(new Set(keys.map((each) => Buffer.from(each).toString("hex"))).size).toBe(4);
  });

  it("drops what was not used for longest when it grows too large", async () => {
    let day = 0;
    await open({ limitBytes: 4_000_000, now: () => day * 86_400_000 });
    const vector = new Float32Array(256).fill(0.5);
    const put = (from: number) =>
      cache.put(Array.from({ length: 2_000 }, (_, index) => ({ key: key(`text ${from + index}`), vector, ...whole })));
    put(0);
    day = 1;
    expect(cache.get([key("text 5")])[0]).not.toBeNull();
    for (const from of [2_000, 4_000, 6_000]) put(from);
    expect(cache.get([key("text 6")])[0]).toBeNull();
    expect(cache.stats().entries).toBeLessThan(5_000);
    expect(await vectorCacheBytes(file)).toBeLessThan(10_000_000);
  });

  it("starts anew when its file is damaged", async () => {
    await writeFile(file, "this is no database ".repeat(500));
    await open();
    expect(cache.get([key("a")])).toEqual([null]);
  });

  it("answers without help once it is closed", async () => {
    await open();
    cache[Symbol.dispose]();
    expect(cache.get([key("a")])).toEqual([null]);
    cache.put([{ key: key("a"), vector: Float32Array.of(1), ...whole }]);
    expect(cache.stats().entries).toBe(0);
  });

  it("saves the embedder from seeing a text twice", async () => {
    await open();
    const asked: string[] = [];
    const embedder = withVectorCache(countingEmbedder(asked), cache);
    const first = await embedder.embed(["a", "b", "a"], { role: "document" });
    const second = await embedder.embed(["b", "c"], { role: "document" });
    expect(asked).toEqual(["a", "b", "c"]);
    expect(second[0]).toEqual(first[1]);
  });
});

describe("the contract", () => {
  embedderContract("behind the cache", async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), "codelab-cache-"));
    const cache = await openVectorCache({ file: path.join(home, "vectors.db"), limitBytes: 1_000_000, log });
    const embedder = withVectorCache(countingEmbedder([]), cache);
    const dispose = async () => {
      cache[Symbol.dispose]();
      await rm(home, { recursive: true, force: true });
    };
    return { ...embedder, [Symbol.asyncDispose]: dispose };
  });
});
