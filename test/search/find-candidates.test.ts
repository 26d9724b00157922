import { describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import { RANKING, type RankingWeights } from "../../src/search/constants.ts";
import { findCandidates } from "../../src/search/find-candidates.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { memoryStore } from "./memory-store.ts";

const embedder: Embedder = {
  label: "toy",
  dimensions: 2,
  maxTokens: 100,
  fingerprint: "toy",
  embed: async (texts) => texts.map(() => Float32Array.of(1, 0)),
  [Symbol.asyncDispose]: async () => {},
};

const FILES = [
  { path: "src/a.ts", text: "users log in with a password" },
  { path: "src/b.ts", text: "credentials" },
];

/** What meaning is worth in each file; the second is the nearer one. */
async function meaningsFor(query: string, weights: RankingWeights = RANKING) {
  const store = memoryStore(FILES, new Map([1, 2].map((id) => [id, Float32Array.of(id, 0)])));
  const queryVector = async () => ({ vector: Float32Array.of(1, 0) });
  const { candidates } = await findCandidates({ store, embedder, queryVector }, analyseQuery(query), {}, weights);
  return Object.fromEntries(candidates.map(({ chunk, meaning }) => [chunk.path, meaning]));
}

describe("findCandidates", () => {
  it("tells how near each chunk is in meaning", async () => {
    expect(await meaningsFor("users log password")).toEqual({ "src/a.ts": 0, "src/b.ts": 1 });
  });

  it("gives more to meaning where the best find by words says little of what is asked", async () => {
    const raised = 0.5 / RANKING.meaning;
    expect(await meaningsFor("password rotation expiry reminder")).toEqual({ "src/a.ts": 0, "src/b.ts": raised });
    const some = (await meaningsFor("users password rotation"))["src/b.ts"] ?? 0;
    expect(some).toBeGreaterThan(1);
    expect(some).toBeLessThan(raised);
  });

  it("never gives less to meaning for it", async () => {
    const trusting = { ...RANKING, meaning: 0.9 };
    expect(await meaningsFor("password rotation expiry", trusting)).toEqual({ "src/a.ts": 0, "src/b.ts": 1 });
  });

  it("leaves meaning as it is without coverage, and where words find nothing", async () => {
    const { coverage: _, ...plain } = RANKING;
    expect(await meaningsFor("password rotation expiry", plain)).toEqual({ "src/a.ts": 0, "src/b.ts": 1 });
    expect(await meaningsFor("zebra crossing")).toEqual({ "src/a.ts": 0, "src/b.ts": 1 });
  });
});
