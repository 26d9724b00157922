import { describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import type { FreshSource } from "../../src/search/freshness.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { anyVector, questionsAbout } from "../../src/search/rehearse.ts";
import { createCodeSearch } from "../../src/search/search-code.ts";
import { type ChunkSketch, memoryStore } from "./memory-store.ts";
import { toyEmbedder } from "./toy-embedder.ts";

const FILES: readonly ChunkSketch[] = Array.from({ length: 100 }, (_, index) => ({
  path: `src/part${index}/openStore.ts`,
  text: "export function openStore() {}",
  symbol: index % 3 === 0 ? null : "Store.openStore",
}));

const never = new AbortController().signal;

/** An embedder that may be looked at but not used. */
const idle: Embedder = {
  ...toyEmbedder,
  embed: () => Promise.reject(new Error("a model was asked")),
};

function searchOver(store: ReturnType<typeof memoryStore>, embedder: Embedder | null = null) {
  const verified: string[] = [];
  const search = createCodeSearch({
    store,
    embedder: () => embedder,
    facts: () => ({ freshness: "fresh", embedder: "none" }),
    verify: async (paths) => {
      verified.push(...paths);
      return new Map<string, FreshSource>();
    },
  });
  return { search, verified };
}

async function count(steps: AsyncGenerator<void>): Promise<number> {
  let done = 0;
  for await (const _ of steps) done++;
  return done;
}

describe("questions about an index", () => {
  it("ask for what is in it, by one name and by several, and are few", async () => {
    const questions = await questionsAbout(memoryStore(FILES));
    expect(questions.length).toBeGreaterThan(10);
    expect(questions.length).toBeLessThan(30);
    expect(questions.every((question) => analyseQuery(question).stems.length > 0)).toBe(true);
    expect(questions).toContain("store");
    expect(questions).toContain("part31 open store");
  });

  it("are none for an empty index, a very large one, and one on a server", async () => {
    expect(await questionsAbout(memoryStore([]))).toEqual([]);
    const store = memoryStore(FILES);
    const stats = await store.stats();
    expect(await questionsAbout({ ...store, stats: async () => ({ ...stats, chunks: 1_000_000 }) })).toEqual([]);
    const remote = { ...store, isRemote: true, heads: () => Promise.reject(new Error("the server was asked")) };
    expect(await questionsAbout(remote)).toEqual([]);
  });

  it("leave out what is gone, and names without words", async () => {
    const store = memoryStore([
      { path: "--/..", text: "x" },
      { path: "a/b.ts", text: "y" },
    ]);
    expect(await questionsAbout(store)).toEqual(["a b"]);
    expect(await questionsAbout({ ...store, heads: async () => [] })).toEqual([]);
  });
});

describe("a rehearsal", () => {
  it("takes every step of a search but the model, and answers later questions as if it had not been", async () => {
    const store = memoryStore(FILES, new Map(FILES.map((_, index) => [index + 1, Float32Array.of(1, 0)])));
    const [rehearsed, fresh] = [searchOver(store, idle), searchOver(store, idle)];
    const steps = await count(rehearsed.search.rehearse(never));
    expect(steps).toBe((await questionsAbout(store)).length);
    expect(rehearsed.verified.length).toBeGreaterThan(0);
    const ask = async ({ search }: typeof fresh) => ({ ...(await search.search({ query: "open store" })), tookMs: 0 });
    expect(await ask(rehearsed)).toEqual(await ask(fresh));
  });

  it("does one search for each step, and ends with its signal", async () => {
    const store = memoryStore(FILES);
    const stop = new AbortController();
    const steps = searchOver(store).search.rehearse(stop.signal);
    await steps.next();
    const first = store.asked.length;
    expect(first).toBeGreaterThan(0);
    await steps.next();
    const second = store.asked.length;
    expect(second).toBeGreaterThan(first);
    stop.abort(new Error("enough"));
    await expect(steps.next()).rejects.toThrow("enough");
    expect((await steps.next()).done).toBe(true);
  });

  it("stands a unit vector in for a question's, of the model's length", async () => {
    const embedder = { ...toyEmbedder, dimensions: 384 };
    const answers = await Promise.all(["a", "two words"].map((text) => anyVector(embedder, text)));
    for (const answer of answers) {
      const vector = "vector" in answer ? answer.vector : new Float32Array();
      expect(vector).toHaveLength(384);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(answers[0]).not.toEqual(answers[1]);
  });
});
