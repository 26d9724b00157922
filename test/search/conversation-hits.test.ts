import { expect, test } from "vitest";
import { rankConversations } from "../../src/search/rank-conversations.ts";
import { createConversationSearch } from "../../src/search/search-conversations.ts";
import type { SourceState } from "../../src/store/index-store.ts";
import { chunkOf, memoryStore, sessionOf } from "./memory-store.ts";

const NOW = Date.UTC(2026, 5, 1);

function exchange(id: number, sessionId: string, uuids: readonly string[], files: readonly string[] = []) {
  return {
    id,
    path: `/logs/${sessionId}.jsonl`,
    text: "the flaky test",
    session: sessionOf({ sessionId, details: { uuids, files } }),
  };
}

function searchOver(...sketches: ReturnType<typeof exchange>[]) {
  const store = memoryStore(sketches);
  return {
    store,
    search: createConversationSearch({
      store,
      embedder: () => null,
      facts: () => ({ freshness: "fresh", embedder: "none" }),
      currentProject: null,
      now: () => NOW,
    }),
  };
}

test("what a forked session tells again is found once, in the better ranked telling", () => {
  const candidates = [
    { chunk: chunkOf(exchange(1, "origin", ["a", "b"])), score: 1 },
    { chunk: chunkOf(exchange(2, "fork", ["a", "b"])), score: 0.9 },
    { chunk: chunkOf(exchange(3, "fork", ["b", "c"])), score: 0.8 },
    { chunk: chunkOf(exchange(4, "origin", ["b"])), score: 0.7 },
    { chunk: chunkOf(exchange(5, "old", [])), score: 0.6 },
  ].map((candidate) => ({ ...candidate, matched: ["lexical" as const] }));
  const ids = rankConversations(candidates, null, NOW).map(({ chunk }) => chunk.id);
  expect(ids.toSorted((a, b) => a - b)).toEqual([1, 3, 4, 5]);
});

test.each([
  ["auth.ts", [1]],
  ["src/auth.ts", [1]],
  ["./src/auth.ts", [1]],
  ["uth.ts", []],
  ["win.ts", [2]],
  [undefined, [1, 2, 3]],
])("file %j keeps the exchanges that touched it", async (file, ids) => {
  const { search } = searchOver(
    exchange(1, "s1", ["a"], ["/home/me/src/auth.ts"]),
    exchange(2, "s2", ["b"], ["C:\\code\\win.ts"]),
    exchange(3, "s3", ["c"]),
  );
  const { hits } = await search.search({ query: "flaky test", file });
  expect(hits.map(({ sessionId }) => Number(sessionId.slice(1))).toSorted((a, b) => a - b)).toEqual(ids);
});

test("a hit has the title that its session has now", async () => {
  const { store, search } = searchOver(exchange(1, "s1", ["a"]));
  const state = { session: { title: "Named later" } };
  store.source = async () => state as SourceState;
  expect((await search.search({ query: "flaky" })).hits[0]?.title).toBe("Named later");
});
