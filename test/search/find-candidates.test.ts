import { describe, expect, it } from "vitest";
import { RANKING, type RankingWeights } from "../../src/search/constants.ts";
import { findCandidates } from "../../src/search/find-candidates.ts";
import { readFinds } from "../../src/search/finds.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { memoryStore } from "./memory-store.ts";
import { toyEmbedder as embedder } from "./toy-embedder.ts";

const FILES = [
  { path: "src/a.ts", text: "users log in with a password" },
  { path: "src/b.ts", text: "credentials" },
];

/** What is found in each file; the second is the nearer one in meaning. */
async function foundFor(query: string, weights: RankingWeights, embedded: readonly number[] = [1, 2]) {
  const store = memoryStore(FILES, new Map(embedded.map((id) => [id, Float32Array.of(id, 0)])));
  const queryVector = async () => ({ vector: Float32Array.of(1, 0) });
  const { finds, notice } = await findCandidates({ store, embedder, queryVector }, analyseQuery(query), {}, weights);
  return { candidates: await readFinds(store, finds), notice };
}

async function scoresFor(query: string, weights: RankingWeights) {
  const { candidates } = await foundFor(query, weights);
  return Object.fromEntries(candidates.map(({ chunk, score }) => [chunk.path, score]));
}

describe("findCandidates", () => {
  it("tells how near each chunk is in meaning", async () => {
    const { candidates } = await foundFor("users log password", RANKING);
    expect(candidates.map(({ chunk, meaning }) => [chunk.path, meaning])).toEqual([
      ["src/a.ts", 0],
      ["src/b.ts", 1],
    ]);
  });

  it("gives a larger share to meaning where the best find by words says little of what is asked", async () => {
    const weights = { ...RANKING, vectorShare: 0.25, coverage: { share: 0.75, from: 0.4, to: 0.8 } };
    const shareOf = async (query: string) => (await scoresFor(query, weights))["src/b.ts"];
    expect(await shareOf("users log password")).toBeCloseTo(0.25);
    expect(await shareOf("users password rotation")).toBeCloseTo(0.75 - (0.5 * (2 / 3 - 0.4)) / 0.4);
    expect(await shareOf("password rotation expiry reminder")).toBeCloseTo(0.75);
  });

  it("lets a find that says all of it speak for the words, though another one stands before it", async () => {
    const texts = ["password ".repeat(9), "users log in with a password", "credentials"];
    const store = {
      ...memoryStore(
        texts.map((text, at) => ({ path: `src/${at}.ts`, text })),
        new Map([3, 2, 1].map((id) => [id, Float32Array.of(id, 0)])),
      ),
      searchLexical: async () => [1, 2].map((id) => ({ id, score: 10 - id })),
    };
    const weights = { ...RANKING, vectorShare: 0.25, coverage: { share: 0.75, from: 0.4, to: 0.8 } };
    const queryVector = async () => ({ vector: Float32Array.of(1, 0) });
    const query = analyseQuery("users log password");
    const { finds } = await findCandidates({ store, embedder, queryVector }, query, {}, weights);
    const candidates = await readFinds(store, finds);
    expect(candidates.find(({ chunk }) => chunk.path === "src/2.ts")?.score).toBeCloseTo(0.25);
  });

  it("leaves that share as it is without coverage", async () => {
    const weights = { ...RANKING, vectorShare: 0.25 };
    expect((await scoresFor("password rotation expiry reminder", weights))["src/b.ts"]).toBeCloseTo(0.25);
  });

  it("says so where no word was found, and only the nearest in meaning can be told", async () => {
    expect((await foundFor("zebra", RANKING)).notice).toMatch(/^No word of the query was found/);
    expect((await foundFor("password", RANKING)).notice).toBeUndefined();
  });

  it("says so where words alone were asked, since nothing is embedded yet", async () => {
    expect((await foundFor("password", RANKING, [])).notice).toBe(
      "Found by full text only, not by meaning: none of it is embedded yet.",
    );
    expect((await foundFor("zebra", RANKING, [])).notice).toBeUndefined();
  });

  it("pools what words and meaning believe where it is told to", async () => {
    const pooled = { ...RANKING, vectorShare: 0.25, pool: { words: 1, meaning: 1 } };
    const { candidates } = await foundFor("users log password", pooled);
    // Of two texts, one is a standard deviation nearer than both on average, the other as much farther.
    const nearer = 1 / (1 + Math.exp(-2));
    expect(candidates.map(({ score }) => score)).toEqual([
      expect.closeTo(0.75 + 0.25 * (1 - nearer)),
      expect.closeTo(0.25 * nearer),
    ]);
  });
});
