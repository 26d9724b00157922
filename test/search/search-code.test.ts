import { describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import { UserError } from "../../src/errors.ts";
import type { FreshSource } from "../../src/search/freshness.ts";
import { createCodeSearch } from "../../src/search/search-code.ts";
import { type ChunkSketch, memoryStore } from "./memory-store.ts";
import { embedderOf } from "./toy-embedder.ts";

const FILES: readonly ChunkSketch[] = [
  {
    path: "src/router.ts",
    text: "export function registerRoute(path) {\n  table.push(path);\n}",
    symbol: "registerRoute",
    defines: ["registerRoute"],
  },
  {
    path: "src/session.ts",
    text: "export class SessionStore {\n  open() {}\n}",
    symbol: "SessionStore",
    kind: "class",
    defines: ["SessionStore"],
  },
  { path: "test/router.test.ts", text: "it('registers routes', () => registerRoute('/'))" },
  { path: "docs/router.md", text: "# Router\nhow routes are registered", language: "markdown", kind: "section" },
];

const same = async () => new Map<string, FreshSource>();
const facts = () => ({ freshness: "fresh" as const, embedder: "none" });

function searchOver(
  sketches: readonly ChunkSketch[],
  options: {
    embedder?: Embedder;
    verify?: () => Promise<Map<string, FreshSource>>;
    vectors?: Map<number, Float32Array>;
    waitMs?: number;
  } = {},
) {
  return createCodeSearch({
    store: memoryStore(sketches, options.vectors),
    embedder: () => options.embedder ?? null,
    facts,
    verify: options.verify ?? same,
    embedWaitMs: options.waitMs ?? 1_000,
  });
}

describe("search", () => {
  it("finds the file that bears the name behind hundreds that say it as often", async () => {
    const others = Array.from({ length: 300 }, (_, index) => ({ path: `src/part${index}.ts`, text: "session.end()" }));
    const { hits } = await searchOver([...others, { path: "src/session.ts", text: "end" }]).search({
      query: "how a session ends",
    });
    expect(hits.map(({ path }) => path).slice(0, 2)).toEqual(["src/session.ts", "src/part0.ts"]);
  });

  it("puts the definition before tests and docs that say the same", async () => {
    const { hits, index, query } = await searchOver(FILES).search({ query: "how routes are registered" });
    expect(query).toBe("how routes are registered");
    expect(hits.map(({ path }) => path)).toEqual(
      ["src/router.ts", "test/router.test.ts", "docs/router.md"].toSorted((a, b) =>
        a === "src/router.ts" ? -1 : b === "src/router.ts" ? 1 : 0,
      ),
    );
    expect(hits[0]).toMatchObject({
      startLine: 1,
      endLine: 3,
      symbol: "registerRoute",
      kind: "function",
      matched: ["lexical"],
    });
    expect(index).toEqual({
      files: 4,
      chunks: 4,
      embeddedPercent: 0,
      freshness: "fresh",
      embedder: "none",
      store: "sqlite",
    });
  });

  it("gives tests first when tests are asked for", async () => {
    const { hits } = await searchOver(FILES).search({
      query: "unit tests that register routes in test/router.test.ts",
    });
    expect(hits[0]?.path).toBe("test/router.test.ts");
  });

  it("finds a symbol typed halfway", async () => {
    const { hits } = await searchOver(FILES).search({ query: "SessionSt" });
    expect(hits[0]?.symbol).toBe("SessionStore");
  });

  it("falls from hit to hit and never repeats a place", async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      path: `src/f${index % 7}.ts`,
      startLine: 1 + index * 50,
      text: `open route ${"x ".repeat(index)}`,
    }));
    const { hits } = await searchOver(many).search({ query: "open route", limit: 20 });
    const scores = hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(hits.map(({ path, startLine }) => `${path}:${startLine}`)).size).toBe(20);
  });

  it("restricts by path and language", async () => {
    const search = searchOver(FILES);
    expect((await search.search({ query: "routes", language: "markdown" })).hits.map(({ path }) => path)).toEqual([
      "docs/router.md",
    ]);
    expect((await search.search({ query: "routes", path: "src/**" })).hits.map(({ path }) => path)).toEqual([
      "src/router.ts",
    ]);
    expect((await search.search({ query: "routes", path: "nowhere/**" })).hits).toEqual([]);
  });

  it("pages without repeating or skipping, to the end", async () => {
    const many = Array.from({ length: 23 }, (_, index) => ({ path: `src/f${index}.ts`, text: `open ${index}` }));
    const search = searchOver(many);
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const answer = await search.search({ query: "open", limit: 10, cursor });
      seen.push(...answer.hits.map(({ path }) => path));
      cursor = answer.nextCursor;
      if (cursor === undefined) break;
    }
    expect(new Set(seen).size).toBe(23);
    expect(seen).toHaveLength(23);
  });

  it("keeps pages stable for another process, which has no ranking in memory", async () => {
    const many = Array.from({ length: 15 }, (_, index) => ({ path: `src/f${index}.ts`, text: `open ${index}` }));
    const first = await searchOver(many).search({ query: "open", limit: 10 });
    const second = await searchOver(many).search({ query: "open", limit: 10, cursor: first.nextCursor });
    expect(new Set([...first.hits, ...second.hits].map(({ path }) => path)).size).toBe(15);
  });

  it.each([
    [{ query: "   " }, "request.query-empty"],
    [{ query: "\u0000\u0001" }, "request.query-empty"],
    [{ query: "🚀 -> 🚀" }, "request.query-empty"],
    [{ query: "a", limit: 0 }, "request.limit"],
    [{ query: "a", limit: 101 }, "request.limit"],
    [{ query: "a", limit: 1.5 }, "request.limit"],
    [{ query: "a", cursor: "nonsense" }, "request.cursor"],
    [{ query: "a", cursor: "AAAAAAAAAAAA.a" }, "request.cursor"],
  ])("refuses %j with %s", async (asked, code) => {
    await expect(searchOver(FILES).search(asked)).rejects.toThrow(
      expect.objectContaining({ code, name: UserError.name }),
    );
  });

  it.each([
    "a",
    "the",
    "привет",
    "数据库",
    "x AND (",
    '" x',
    "'; drop table chunks; --",
    "route ".repeat(8_000),
    "$(rm -rf)",
  ])("answers %s without an error", async (query) => {
    const { hits } = await searchOver(FILES).search({ query: query.slice(0, 60_000) });
    expect(Array.isArray(hits)).toBe(true);
  });

  it("gives locations only when asked to", async () => {
    const { hits } = await searchOver(FILES).search({ query: "routes", compact: true });
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every(({ text }) => text === "")).toBe(true);
  });

  it("keeps all text together within the budget", async () => {
    const many = Array.from({ length: 10 }, (_, index) => ({
      path: `src/f${index}.ts`,
      text: "open the route\n".repeat(200),
    }));
    const { hits } = await searchOver(many).search({ query: "open route", maxTokens: 400 });
    expect(hits).toHaveLength(10);
    expect(hits.reduce((sum, { text }) => sum + text.length / 4, 0)).toBeLessThanOrEqual(400);
  });
});

describe("search by meaning", () => {
  const vectors = new Map([1, 2, 3, 4].map((id) => [id, Float32Array.of(id === 2 ? 1 : 0, id === 2 ? 0 : 1)]));

  it("finds what shares no word with the query, and says that it does not", async () => {
    const embedder = embedderOf(async () => Float32Array.of(1, 0));
    const { hits, notice } = await searchOver(FILES, { embedder, vectors }).search({ query: "remember logins" });
    expect(hits[0]).toMatchObject({ path: "src/session.ts", matched: ["vector"] });
    expect(notice).toMatch(/^No word of the query was found/);
  });

  it("says so and goes on by full text when the embedder fails", async () => {
    const embedder = embedderOf(async () => Promise.reject(new UserError("embedding.refused", "no key was given")));
    const { hits, notice } = await searchOver(FILES, { embedder, vectors }).search({ query: "routes" });
    expect(hits[0]?.path).toBe("src/router.ts");
    expect(notice).toContain("no key was given");
  });

  it("does not wait for a model that is still loading", async () => {
    let loaded: (vector: Float32Array) => void = () => {};
    const vector = new Promise<Float32Array>((resolve) => (loaded = resolve));
    const search = searchOver(FILES, { embedder: embedderOf(() => vector), vectors, waitMs: 5 });
    expect((await search.search({ query: "routes" })).notice).toContain("still loading");
    loaded(Float32Array.of(1, 0));
    await vector;
    expect((await search.search({ query: "routes" })).notice).toBeUndefined();
  });

  it("embeds a query once", async () => {
    let calls = 0;
    const embedder = embedderOf(async () => (calls++, Float32Array.of(1, 0)));
    const search = searchOver(FILES, { embedder, vectors });
    await Promise.all([search.search({ query: "routes" }), search.search({ query: "routes" })]);
    await search.search({ query: "routes" });
    expect(calls).toBe(1);
  });

  it("stops when the caller gives up", async () => {
    const embedder = embedderOf(() => new Promise(() => {}));
    const abort = new AbortController();
    const pending = searchOver(FILES, { embedder, vectors, waitMs: 60_000 }).search({ query: "routes" }, abort.signal);
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
  });
});

describe("freshness", () => {
  const fresh = (source: FreshSource) => async () => new Map([["src/router.ts", source]]);
  const moved = {
    startLine: 11,
    endLine: 13,
    language: "typescript",
    kind: "function",
    symbol: "registerRoute",
    defines: ["registerRoute"],
  };

  it("drops the hits of files that are gone and fills the page from what follows", async () => {
    const { hits } = await searchOver(FILES, { verify: fresh("gone") }).search({ query: "routes", limit: 2 });
    expect(hits.map(({ path }) => path)).not.toContain("src/router.ts");
    expect(hits).toHaveLength(2);
  });

  it("moves a hit to where its lines are now", async () => {
    const text = FILES[0]?.text ?? "";
    const { hits } = await searchOver(FILES, { verify: fresh([{ ...moved, text }]) }).search({
      query: "registerRoute",
    });
    expect(hits[0]).toMatchObject({ path: "src/router.ts", startLine: 11, endLine: 13 });
  });

  it("shows the present text of a definition that was edited", async () => {
    const text = "export function registerRoute(path, handler) {}";
    const { hits } = await searchOver(FILES, { verify: fresh([{ ...moved, text }]) }).search({
      query: "registerRoute",
    });
    expect(hits[0]?.text).toBe(text);
  });

  it("drops a hit whose place is no longer in its file", async () => {
    const other = { ...moved, symbol: "other", defines: ["other"], text: "export const other = 1;" };
    const { hits } = await searchOver(FILES, { verify: fresh([other]) }).search({ query: "registerRoute" });
    expect(hits.map(({ path }) => path)).not.toContain("src/router.ts");
  });
});

describe("similar", () => {
  it("gives code like that at a line, but not that itself", async () => {
    const twins = [
      ...FILES,
      {
        path: "src/other.ts",
        text: "export function registerPath(path) {\n  table.push(path);\n}",
        symbol: "registerPath",
      },
    ];
    const { hits } = await searchOver(twins).similar("src/router.ts", 2);
    expect(hits[0]?.path).toBe("src/other.ts");
    expect(hits.map(({ path }) => path)).not.toContain("src/router.ts");
  });

  it("says what to do when nothing is indexed there", async () => {
    await expect(searchOver(FILES).similar("src/none.ts", 1)).rejects.toThrow(
      expect.objectContaining({ code: "index.not-found" }),
    );
  });
});
