import { expect, test } from "vitest";
import { coverageOf, shareOf } from "../../src/search/coverage.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { createConversationSearch } from "../../src/search/search-conversations.ts";
import { memoryStore, sessionOf } from "./memory-store.ts";

const chunk = (text: string) => ({ text, symbol: null, defines: [] });

test.each([
  ["why does the lease expire", "the lease expires after a minute", 1],
  ["why does the lease expire", "a lease", 0.5],
  ["why does the lease expire", "nothing of the kind", 0],
  ["", "anything", 1],
])("%j is covered by %j to %d", (query, text, share) => {
  expect(coverageOf(chunk(text), analyseQuery(query).stems)).toBeCloseTo(share);
});

test("the share of meaning grows as words fail, and never beyond its bounds", () => {
  const weights = { share: 0.75, from: 0.4, to: 0.8 };
  expect([0, 0.4, 0.6, 0.8, 1].map((coverage) => shareOf(0.25, coverage, weights))).toEqual([
    0.75,
    0.75,
    expect.closeTo(0.5),
    0.25,
    0.25,
  ]);
});

/** Two sessions: one shares a stray word with the query, the other means the same in other words. */
function searching(text: string) {
  const sketch = (sessionId: string, said: string) => ({
    path: `/logs/${sessionId}.jsonl`,
    text: said,
    session: sessionOf({ sessionId }),
  });
  const vectors = new Map([
    [1, new Float32Array([0.1, 1])],
    [2, new Float32Array([1, 0])],
  ]);
  return createConversationSearch({
    store: memoryStore([sketch("words", text), sketch("meaning", "quite another wording")], vectors),
    embedder: () => ({
      label: "test",
      fingerprint: "test",
      dimensions: 2,
      maxTokens: 512,
      embed: async (texts) => texts.map(() => new Float32Array([1, 0])),
      [Symbol.asyncDispose]: async () => {},
    }),
    facts: () => ({ freshness: "fresh", embedder: "test" }),
    currentProject: null,
    logExists: () => true,
    now: () => 0,
  });
}

test("what means the same beats a stray word, and what says it in so many words beats both", async () => {
  const query = { query: "customers receive their bill twice" };
  const first = async (text: string) => (await searching(text).search(query)).hits[0]?.sessionId;
  expect(await first("the customers page is blue")).toBe("meaning");
  expect(await first("customers received their bill twice")).toBe("words");
});
