import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { announceService, announcedServices } from "../../src/embed/service/announcement.ts";
import { type VectorCache, openVectorCache, throughCache, vectorCacheKey } from "../../src/embed/vector-cache.ts";
import { createLogger } from "../../src/log.ts";

const log = createLogger("silent");
let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "codelab-cache-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const openCache = (limitBytes = 100_000_000, now?: () => number): Promise<VectorCache> =>
  openVectorCache({ file: path.join(home, "vectors.db"), limitBytes, log, ...(now && { now }) });

const keyOf = (text: string) => vectorCacheKey("m@1", "document", text);
const float = fc.float({ noNaN: true });
const entry = fc.record({
  text: fc.string({ maxLength: 10, unit: "binary" }),
  vector: fc.array(float, { maxLength: 20 }).map((numbers) => Float32Array.from(numbers)),
  tokens: fc.nat(10_000),
  windows: fc.integer({ min: 1, max: 100 }),
  truncated: fc.boolean(),
});

describe("the vector cache", () => {
  it("holds what a map would hold, the last that was put of each, across restarts", async () => {
    const steps = fc.array(fc.oneof(fc.array(entry, { maxLength: 4 }), fc.constant("reopen" as const)), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        rmSync(path.join(home, "vectors.db"), { force: true });
        let cache = await openCache();
        const model = new Map<string, unknown>();
        for (const action of actions) {
          if (action === "reopen") {
            cache[Symbol.dispose]();
            cache = await openCache();
            continue;
          }
          cache.put(action.map(({ text, ...rest }) => ({ key: keyOf(text), ...rest })));
          for (const { text, ...rest } of action) model.set(text, rest);
        }
        const texts = [...model.keys(), "never put before"];
        expect(cache.get(texts.map(keyOf))).toEqual(texts.map((text) => model.get(text) ?? null));
        cache[Symbol.dispose]();
        for (const suffix of ["-wal", "-shm"]) rmSync(path.join(home, `vectors.db${suffix}`), { force: true });
      }),
      { numRuns: 15 },
    );
  });

  it("never takes one text, model or treatment for another", () => {
    const part = fc.string({ maxLength: 6, unit: fc.constantFrom("a", "b", "/", " ", "@") });
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (one, other) => {
        const isSame = one.every((value, at) => value === other[at]);
        expect(Buffer.from(vectorCacheKey(...one)).equals(vectorCacheKey(...other))).toBe(isSame);
      }),
    );
  });

  it("stays near its limit, and keeps what was used lately", async () => {
    let day = 1;
    const limit = 4_000_000;
    using cache = await openCache(limit, () => day * 86_400_000);
    const vector = new Float32Array(256).fill(0.5);
    const keep = Array.from({ length: 200 }, (_, n) => keyOf(`kept ${n}`));
    cache.put(keep.map((key) => ({ key, vector, tokens: 1, windows: 1, truncated: false })));
    // Use is remembered to the day.
    for (day = 2; day < 9; day++) {
      expect(cache.get(keep)).not.toContain(null);
      const others = Array.from({ length: 2_000 }, (_, n) => keyOf(`${day} ${n}`));
      cache.put(others.map((key) => ({ key, vector, tokens: 1, windows: 1, truncated: false })));
      // What is over the limit goes when the next two thousand have come.
      expect(cache.stats().entries * vector.byteLength).toBeLessThan(limit + 2_000 * 1_400);
    }
    expect(cache.get(keep).filter((found) => found !== null)).toHaveLength(200);
    expect(cache.get([keyOf("2 0")])).toEqual([null]);
  });

  it("lets several processes use it, each seeing what the others put", async () => {
    using one = await openCache();
    using two = await openCache();
    const vector = Float32Array.of(1, 2, 3);
    one.put([{ key: keyOf("a"), vector, tokens: 3, windows: 2, truncated: true }]);
    expect(two.get([keyOf("a")])).toEqual([{ vector, tokens: 3, windows: 2, truncated: true }]);
    two.put([{ key: keyOf("a"), vector, tokens: 4, windows: 1, truncated: false }]);
    expect(one.get([keyOf("a")])[0]?.tokens).toBe(4);
  });
});

describe("throughCache", () => {
  it("computes each text that is not known once, and gives all in their order", async () => {
    using cache = await openCache();
    const text = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const known = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 12 }), async (texts) => {
        const missing: string[] = [];
        const answers = await throughCache(cache, texts, keyOf, async (asked) => {
          missing.push(...asked);
          return asked.map((each) => ({
            vector: Float32Array.of(each.codePointAt(0) ?? 0),
            tokens: 1,
            windows: 1,
            truncated: false,
          }));
        });
        expect(answers.map(({ vector }) => vector[0])).toEqual(texts.map((each) => each.codePointAt(0)));
        expect(missing).toEqual([...new Set(texts)].filter((each) => !known.has(each)));
        for (const each of missing) known.add(each);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps nothing of what failed", async () => {
    using cache = await openCache();
    await expect(throughCache(cache, ["a"], keyOf, () => Promise.reject(new Error("down")))).rejects.toThrow("down");
    expect(cache.get([keyOf("a")])).toEqual([null]);
  });
});

describe("announcements", () => {
  const put = (name: string, content: string) => writeFileSync(path.join(home, "embedding-services", name), content);

  it.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["a list", "[]"],
    ["no origin", `{"pid":${process.pid}}`],
    ["no pid", '{"origin":"http://127.0.0.1:4000"}'],
    ["another machine", `{"pid":${process.pid},"origin":"http://192.168.0.7:4000"}`],
    ["a name that begins like ours", `{"pid":${process.pid},"origin":"http://localhost.evil.example:80"}`],
    ["credentials", `{"pid":${process.pid},"origin":"http://127.0.0.1:80@evil.example:80"}`],
    ["a path", `{"pid":${process.pid},"origin":"http://127.0.0.1:80/x"}`],
    ["https", `{"pid":${process.pid},"origin":"https://127.0.0.1:80"}`],
    ["a process that is gone", '{"pid":999999999,"origin":"http://127.0.0.1:4000"}'],
    ["every process of the group", '{"pid":0,"origin":"http://127.0.0.1:4000"}'],
    ["every process there is", '{"pid":-1,"origin":"http://127.0.0.1:4000"}'],
    ["half a process", '{"pid":1.5,"origin":"http://127.0.0.1:4000"}'],
  ])("that say %s are passed over and removed, and hide no other", (_, content) => {
    using _own = announceService(home, "http://127.0.0.1:4001");
    put("7.json", content);
    expect(announcedServices(home)).toEqual([{ pid: process.pid, origin: "http://127.0.0.1:4001" }]);
    expect(announcedServices(home)).toHaveLength(1);
  });

  it("are none where nobody announced anything, or has gone", () => {
    expect(announcedServices(home)).toEqual([]);
    announceService(home, "http://127.0.0.1:4001")[Symbol.dispose]();
    expect(announcedServices(home)).toEqual([]);
  });
});
