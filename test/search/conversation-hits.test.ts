import { expect, test } from "vitest";
import { rankConversations } from "../../src/search/rank-conversations.ts";
import { createConversationSearch } from "../../src/search/search-conversations.ts";
import type { SearchStore } from "../../src/search/search-store.ts";
import type { SourceState } from "../../src/store/index-store.ts";
import { chunkOf, memoryStore, sessionOf } from "./memory-store.ts";
import { toyEmbedder } from "./toy-embedder.ts";

const NOW = Date.UTC(2026, 5, 1);

function exchange(id: number, sessionId: string, uuids: readonly string[]) {
  return {
    id,
    path: `/logs/${sessionId}.jsonl`,
    text: "the flaky test",
    session: sessionOf({ sessionId, details: { uuids } }),
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
      logExists: (transcript) => !transcript.includes("gone"),
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

test("a session's summary is left out below what was said in it, and kept above", () => {
  const summary = (id: number, sessionId: string) => ({
    id,
    path: `/logs/${sessionId}.jsonl`,
    text: "Asked: the flaky test",
    session: sessionOf({ sessionId, role: "summary" }),
  });
  const candidates = [
    { chunk: chunkOf(exchange(1, "said", ["a"])), score: 1 },
    { chunk: chunkOf(summary(2, "said")), score: 0.9 },
    { chunk: chunkOf(summary(3, "told")), score: 0.8 },
    { chunk: chunkOf(exchange(4, "told", ["b"])), score: 0.5 },
  ].map((candidate) => ({ ...candidate, matched: ["lexical" as const] }));
  const ids = rankConversations(candidates, null, NOW).map(({ chunk }) => chunk.id);
  expect(ids.toSorted((a, b) => a - b)).toEqual([1, 3, 4]);
});

test("a file and a branch restrict what is looked through, not what was found", async () => {
  const asked: unknown[] = [];
  const { store, search } = searchOver(exchange(1, "s1", ["a"]));
  const { searchLexical } = store;
  store.searchLexical = async (query) => {
    asked.push(query.filter);
    return await searchLexical.call(store, query);
  };
  await search.search({ query: "flaky test", file: "src/auth.ts", gitBranch: "fix" });
  expect(asked[0]).toEqual({ file: "src/auth.ts", gitBranch: "fix" });
});

test("a hit has the title that its session has now", async () => {
  const { store, search } = searchOver(exchange(1, "s1", ["a"]));
  const state = { session: { title: "Named later" } };
  store.source = async () => state as SourceState;
  expect((await search.search({ query: "flaky" })).hits[0]?.title).toBe("Named later");
});

test("a hit in a subagent's log says so, and one whose log is gone is not to be resumed", async () => {
  const { store, search } = searchOver(exchange(1, "s1", ["a"]), exchange(2, "gone", ["b"]));
  const state = { session: { title: null, agentId: "a7" } };
  store.source = async () => state as SourceState;
  const { hits } = await search.search({ query: "flaky" });
  const told = Object.fromEntries(hits.map(({ sessionId, agentId, resume }) => [sessionId, { agentId, resume }]));
  expect(told).toEqual({
    s1: { agentId: "a7", resume: "claude --resume s1" },
    gone: { agentId: "a7", resume: null },
  });
});

test("of a long paragraph the part that answers is shown", async () => {
  const filler = "this sentence says nothing of interest to anybody. ".repeat(60);
  const { search } = searchOver({ ...exchange(1, "s1", ["a"]), text: `${filler}The zeppelin landed. ${filler}` });
  const [hit] = (await search.search({ query: "zeppelin", limit: 10 })).hits;
  expect(hit?.text).toContain("The zeppelin landed.");
  expect(hit?.text.length).toBeLessThan(700);
});

test("of a hit found by meaning, what was said that is nearest in meaning is shown", async () => {
  const filler = "nobody asked about this, and nobody answered it either.\n".repeat(40);
  const said = "Assistant: We dropped the cache since the bill had doubled in March.";
  const text = `User: ${filler}\n\n${said}\n\nUser: ${filler}`;
  const store: SearchStore = {
    ...memoryStore([{ ...exchange(1, "s1", ["a"]), text }]),
    searchVector: async () => [{ id: 1, score: 0.9, text: 7 }],
    passages: {
      read: async (texts) => new Map(texts.includes(7) ? [[7, said]] : []),
      apart: async (vector) => vector,
      centred: async (_, found) => found,
    },
  };
  const search = createConversationSearch({
    store,
    embedder: () => toyEmbedder,
    facts: () => ({ freshness: "fresh", embedder: "toy" }),
    currentProject: null,
    now: () => NOW,
    logExists: () => true,
  });
  const [hit] = (await search.search({ query: "costs of hosting" })).hits;
  expect(hit?.text).toContain(said);
});
