import { describe, expect, it } from "vitest";
import { analyseQuery } from "../../src/search/query.ts";
import { createConversationSearch } from "../../src/search/search-conversations.ts";
import { findTouched } from "../../src/search/touched-files.ts";
import { memoryStore, sessionOf } from "./memory-store.ts";
import { toyEmbedder } from "./toy-embedder.ts";

const exchange = (sessionId: string, text: string, ...files: string[]) => ({
  path: `/logs/${sessionId}.jsonl`,
  text,
  session: sessionOf({ sessionId, details: { files } }),
});

/** Every session speaks of the words that the name of the file is made of; one has touched it. */
const talks = [
  exchange("talk", "which session touched the auth store? I touched auth, and the store, in that session"),
  exchange("other", "touched the store", "src/auth.ts"),
  exchange("touched", "[Edit] auth-store.ts", "/home/me/src/auth-store.ts"),
];

const searchOver = (embedder: typeof toyEmbedder | null, vectors = new Map<number, Float32Array>()) =>
  createConversationSearch({
    store: memoryStore(talks, vectors),
    embedder: () => embedder,
    facts: () => ({ freshness: "fresh", embedder: "none" }),
    currentProject: null,
    now: () => 0,
    logExists: () => true,
  });

describe("a question that names a file", () => {
  it.each(["which session touched auth-store.ts", "src/auth-store.ts", "why did we change `auth-store.ts`?"])(
    "%s: is answered first by who touched it",
    async (query) => {
      expect((await searchOver(null).search({ query })).hits[0]?.sessionId).toBe("touched");
    },
  );

  it("is answered so whatever is nearest in meaning", async () => {
    const [near] = await toyEmbedder.embed(["which session touched auth-store.ts"], { role: "query" });
    const vectors = new Map([
      [1, near ?? new Float32Array()],
      [3, (near ?? new Float32Array()).map((component) => -component)],
    ]);
    const { hits } = await searchOver(toyEmbedder, vectors).search({ query: "which session touched auth-store.ts" });
    expect(hits[0]?.sessionId).toBe("touched");
    expect(hits.length).toBeGreaterThan(1);
  });

  it("is answered by words where nobody touched it, or it is none", async () => {
    for (const query of ["which session touched the auth store, e.g. in node.js", "which session touched auth.rs"])
      expect((await searchOver(null).search({ query })).hits[0]?.sessionId).toBe("talk");
  });

  it("is not looked for twice where the caller asks for a file", async () => {
    const found = await findTouched(memoryStore(talks), analyseQuery("auth-store.ts"), { file: "auth.ts" });
    expect(found).toEqual([]);
  });

  it.each([
    ["see .golangci.yaml, and README.md.", [".golangci.yaml", "README.md"]],
    ["what changed in `src/a-b/auth.test.ts`?", ["src/a-b/auth.test.ts"]],
    ["main.go:12:5: undefined: x, and (./x/y.rs)", ["./x/y.rs"]],
    ["version 3.5 of https://example.org/page.html ends here.", []],
    ["a.ts b.ts c.ts d.ts", ["a.ts", "b.ts", "c.ts"]],
  ])("%s: names %j", async (query, files) => {
    const asked: unknown[] = [];
    const store = memoryStore(talks);
    store.searchLexical = async ({ filter }) => {
      asked.push(filter?.file);
      return [];
    };
    await findTouched(store, analyseQuery(query), {});
    expect(asked).toEqual(files);
  });
});
