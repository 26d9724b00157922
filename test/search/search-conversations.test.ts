import { describe, expect, it } from "vitest";
import { createConversationSearch } from "../../src/search/search-conversations.ts";
import { rankConversations } from "../../src/search/rank-conversations.ts";
import { chunkOf, type ChunkSketch, memoryStore, sessionOf } from "./memory-store.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-31T12:00:00Z");

const exchange = (
  sessionId: string,
  text: string,
  facts: { project?: string; daysAgo?: number } = {},
): ChunkSketch => ({
  path: `${facts.project ?? "p"}/${sessionId}.jsonl`,
  text,
  kind: "exchange",
  symbol: `about ${sessionId}`,
  session: sessionOf({
    sessionId,
    project: facts.project ?? "p",
    startedAt: NOW - (facts.daysAgo ?? 0) * DAY,
    endedAt: NOW - (facts.daysAgo ?? 0) * DAY,
    gitBranch: "main",
    cwd: "/home/me/p",
  }),
});

const searchOver = (
  sketches: readonly ChunkSketch[],
  currentProject: string | null = null,
  now: () => number = () => NOW,
) =>
  createConversationSearch({
    store: memoryStore(sketches),
    embedder: () => null,
    facts: () => ({ freshness: "fresh", embedder: "none" }),
    currentProject,
    now,
    logExists: () => true,
    projects: async () => [...new Set(sketches.flatMap(({ session }) => session?.project ?? []))],
  });

const sessionsOf = async (search: ReturnType<typeof searchOver>, query: string) =>
  (await search.search({ query })).hits.map(({ sessionId }) => sessionId);

describe("search of conversations", () => {
  it("tells where each find is and what it belongs to", async () => {
    const { hits, index } = await searchOver([exchange("s1", "why does the lease expire", { daysAgo: 1 })]).search({
      query: "lease",
    });
    expect(hits).toEqual([
      {
        sessionId: "s1",
        project: "p",
        timestamp: "2026-03-30T12:00:00.000Z",
        role: "user",
        title: "about s1",
        text: "why does the lease expire",
        score: expect.any(Number),
        transcript: "p/s1.jsonl",
        firstLine: 1,
        lastLine: 1,
        gitBranch: "main",
        cwd: "/home/me/p",
        isSubagent: false,
        agentId: null,
        resume: "cd /home/me/p && claude --resume s1",
      },
    ]);
    expect(index.chunks).toBe(1);
  });

  it("prefers what was said lately, but not to what answers better", async () => {
    const equal = [exchange("old", "lease", { daysAgo: 300 }), exchange("new", "lease")];
    expect(await sessionsOf(searchOver(equal), "lease")).toEqual(["new", "old"]);
    const better = [exchange("old", "lease expiry", { daysAgo: 300 }), exchange("new", "lease")];
    expect(await sessionsOf(searchOver(better), "lease expiry")).toEqual(["old", "new"]);
  });

  it("prefers the project at hand", async () => {
    const both = [exchange("there", "lease", { project: "q" }), exchange("here", "lease")];
    expect(await sessionsOf(searchOver(both, "p"), "lease")).toEqual(["here", "there"]);
    expect(await sessionsOf(searchOver(both, "q"), "lease")).toEqual(["there", "here"]);
  });

  it("does not let one session fill the answer", async () => {
    const many = ["lease a", "lease b", "lease c"].map((text) => exchange("many", text));
    const answer = await sessionsOf(searchOver([...many, exchange("other", "lease")]), "lease");
    expect(answer.indexOf("other")).toBeLessThan(2);
  });

  it("restricts by project, session and time", async () => {
    const search = searchOver([
      exchange("a", "lease", { project: "q" }),
      exchange("b", "lease", { daysAgo: 40 }),
      exchange("c", "lease"),
    ]);
    const found = async (filter: object) =>
      (await search.search({ query: "lease", ...filter })).hits.map(({ sessionId }) => sessionId);
    expect(await found({ project: "q" })).toEqual(["a"]);
    expect(await found({ sessionId: "b" })).toEqual(["b"]);
    expect(await found({ until: "2026-03-01" })).toEqual(["b"]);
    const day = new Date(NOW - 40 * DAY).toISOString().slice(0, 10);
    expect(await found({ until: day })).toEqual(["b"]);
    expect(await found({ until: `${day}T00:00:00Z` })).toEqual([]);
    expect((await found({ since: String(NOW - DAY) })).toSorted()).toEqual(["a", "c"]);
    expect((await found({ since: "1d" })).toSorted()).toEqual(["a", "c"]);
    expect(await found({ until: "5w" })).toEqual(["b"]);
    expect(await found({ since: "41d", until: "900h" })).toEqual(["b"]);
  });

  it("pages on with a time ago, though time goes on", async () => {
    let now = NOW;
    const search = searchOver(
      Array.from({ length: 5 }, (_, index) => exchange(`s${index}`, "lease")),
      null,
      () => (now += 1_000),
    );
    const asked = { query: "lease", limit: 3, since: "2d" };
    const first = await search.search(asked);
    const second = await search.search({ ...asked, cursor: first.nextCursor });
    expect([first.hits.length, second.hits.length, second.nextCursor]).toEqual([3, 2, undefined]);
  });

  it("names the projects that there are where one is asked for that there is not", async () => {
    const search = searchOver([exchange("a", "lease", { project: "shop" }), exchange("b", "lease")]);
    const noticeOf = async (filter: object) => (await search.search({ query: "lease", ...filter })).notice;
    expect(await noticeOf({ project: "shopp" })).toBe(
      'There are no conversations of a project named "shopp". Did you mean shop? It is shop or p.',
    );
    expect(await noticeOf({ project: "shop" })).toBeUndefined();
    expect(await noticeOf({ project: "shop", sessionId: "b" })).toBeUndefined();
  });

  it("pages to the end without repeating", async () => {
    const search = searchOver(Array.from({ length: 12 }, (_, index) => exchange(`s${index}`, "lease")));
    const first = await search.search({ query: "lease", limit: 10 });
    const second = await search.search({ query: "lease", limit: 10, cursor: first.nextCursor });
    expect(new Set([...first.hits, ...second.hits].map(({ sessionId }) => sessionId)).size).toBe(12);
    expect(second.nextCursor).toBeUndefined();
  });

  it.each([
    [{ query: " " }, "request.query-empty"],
    [{ query: "!!!" }, "request.query-empty"],
    [{ query: "a", limit: 1_000 }, "request.limit"],
    [{ query: "a", since: "yesterday" }, "request.date"],
    [{ query: "a", until: "31/03/2026x" }, "request.date"],
    [{ query: "a", since: "2026-02-31" }, "request.date"],
    [{ query: "a", since: "2026-02-31T10:00:00Z" }, "request.date"],
    [{ query: "a", since: "week 1" }, "request.date"],
    [{ query: "a", since: "2026-03-02", until: "2026-03-01" }, "request.date"],
    [{ query: "a", cursor: "zzz" }, "request.cursor"],
  ])("refuses %j with %s", async (asked, code) => {
    await expect(searchOver([]).search(asked)).rejects.toThrow(expect.objectContaining({ code }));
  });
});

describe("rankConversations", () => {
  const candidate = (sketch: ChunkSketch, id: number, score: number) => ({
    chunk: chunkOf({ id, ...sketch }),
    score,
    matched: ["lexical" as const],
  });

  it("believes a session with several finds more than one with a lone one", () => {
    const ranked = rankConversations(
      [
        candidate(exchange("lone", "x"), 1, 1),
        candidate(exchange("many", "x"), 2, 0.97),
        candidate(exchange("many", "y"), 3, 0.9),
      ],
      null,
      NOW,
    );
    expect(ranked[0]?.chunk.session?.sessionId).toBe("many");
  });

  it("takes a log without session facts for one session, as old as can be", () => {
    const plain = { path: "p/x.jsonl", text: "x" };
    const ranked = rankConversations([candidate(plain, 1, 1), candidate(exchange("s", "x"), 2, 1)], null, NOW);
    expect(ranked.map(({ chunk }) => chunk.id)).toEqual([2, 1]);
  });
});
