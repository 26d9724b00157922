import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Verify } from "../../src/search/freshness.ts";
import { createCodeSearch } from "../../src/search/search-code.ts";
import { createConversationSearch } from "../../src/search/search-conversations.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { makeChunk, makeSession, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "../store/temp-store.ts";

const FACTS = { freshness: "fresh", embedder: "none" } as const;
const same: Verify = async () => new Map();

let place: TempStore;
let store: EmbeddedStore;

beforeEach(async () => {
  place = await TempStore.create();
  store = await place.open();
});
afterEach(() => place[Symbol.asyncDispose]());

/** Files of unlike length that say `needle` more and less often, so that there are ties and none. */
async function fill(files: number): Promise<void> {
  const updates = Array.from({ length: files }, (_, file) => {
    const chunks = Array.from({ length: 1 + (file % 3) }, (__, n) => {
      const text = `${"needle ".repeat(1 + ((file + n) % 4))}in ${file} ${n}${" and more".repeat(file % 5)}`;
      return makeChunk(text, { startLine: 1 + 200 * n, endLine: 1 + 200 * n });
    });
    return source(`src/file${file}.ts`, ...chunks);
  });
  await put(store, ...updates);
}

const codeSearch = (verify: Verify = same) =>
  createCodeSearch({ store, embedder: () => null, facts: () => FACTS, verify });

type Search = ReturnType<typeof codeSearch>;

/** All pages of an answer from a cursor on, of changing size, as `path:line`. */
async function pages(search: Search, limits: readonly number[], query = "needle", between = async () => {}) {
  const told: { place: string; score: number }[] = [];
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor !== undefined; page++) {
    expect(page).toBeLessThan(200);
    const limit = limits[page % limits.length] ?? 10;
    const answer = await search.search({ query, limit, cursor, compact: true });
    expect(answer.hits.length).toBeLessThanOrEqual(limit);
    // Only the last page may be short.
    if (answer.nextCursor !== undefined) expect(answer.hits).toHaveLength(limit);
    told.push(...answer.hits.map(({ path, startLine, score }) => ({ place: `${path}:${startLine}`, score })));
    cursor = answer.nextCursor;
    await between();
  }
  return told;
}

describe("pages of a code search", () => {
  it("are together what one large page is, whatever their sizes", async () => {
    await fill(40);
    const whole = await pages(codeSearch(), [100]);
    expect(whole.length).toBeGreaterThan(40);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }), async (limits) => {
        expect(await pages(codeSearch(), limits)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
    for (const [at, { score }] of whole.entries()) expect(score).toBeLessThanOrEqual(whole[at - 1]?.score ?? Infinity);
    expect(new Set(whole.map(({ place: at }) => at)).size).toBe(whole.length);
  });

  it("are the same for a process that has not ranked, as long as nothing changes", async () => {
    await fill(20);
    const first = await codeSearch().search({ query: "needle", limit: 7, compact: true });
    const here = await codeSearch().search({ query: "needle", limit: 7, cursor: first.nextCursor, compact: true });
    const other = createCodeSearch({
      store: await place.open(),
      embedder: () => null,
      facts: () => FACTS,
      verify: same,
    });
    const there = await other.search({ query: "needle", limit: 7, cursor: first.nextCursor, compact: true });
    expect(there.hits).toEqual(here.hits);
  });

  it("neither repeat nor skip while files come", async () => {
    await fill(30);
    const before = await pages(codeSearch(), [100]);
    let round = 0;
    const told = await pages(codeSearch(), [4], "needle", async () => {
      await put(store, source(`src/new${round++}.ts`, makeChunk("needle needle needle needle needle")));
    });
    expect(told.map(({ place: at }) => at)).toEqual(before.map(({ place: at }) => at));
  });

  it("leave out what goes while they are read, and nothing else", async () => {
    await fill(30);
    const before = (await pages(codeSearch(), [100])).map(({ place: at }) => at);
    const gone = before.at(-1)?.split(":")[0] ?? "";
    const told = await pages(codeSearch(), [5], "needle", () => store.apply({ put: [], remove: [gone], touch: [] }));
    expect(told.map(({ place: at }) => at)).toEqual(before.filter((at) => !at.startsWith(`${gone}:`)));
  });

  it("never repeat a place where several hits of a changed file have become one", async () => {
    await fill(12);
    const text = "needle in 0 1 2 3 4 5 6 7 8 9 10 11 and more";
    const fresh = {
      startLine: 7,
      endLine: 7,
      text,
      language: "typescript",
      kind: "function",
      symbol: null,
      defines: [],
    };
    const changed: Verify = async (paths) => new Map(paths.map((path) => [path, [fresh]]));
    const places = (await pages(codeSearch(changed), [100])).map(({ place: at }) => at);
    expect(places.length).toBeGreaterThan(0);
    expect(new Set(places).size).toBe(places.length);
    const inSmall = (await pages(codeSearch(changed), [3])).map(({ place: at }) => at);
    expect(new Set(inSmall).size).toBe(inSmall.length);
  });

  it.each(["", "x", "needle", "AAAAAAAAAAAA.zzzzzz", "AAAAAAAAAAAA.1", "../../etc", "1", "\0", "😀".repeat(50)])(
    "do not begin at %j, and the refusal says what to do",
    async (cursor) => {
      await fill(3);
      const refusal = { code: "request.cursor", hint: expect.stringContaining("cursor") };
      await expect(codeSearch().search({ query: "needle", cursor })).rejects.toMatchObject(refusal);
    },
  );

  it("end, where the cursor lies behind the end", async () => {
    await fill(3);
    const search = codeSearch();
    const { nextCursor = "" } = await search.search({ query: "needle", limit: 1 });
    const far = nextCursor.replace(/\..*/, ".zzzzzz");
    expect(await search.search({ query: "needle", cursor: far })).not.toHaveProperty("nextCursor");
    expect((await search.search({ query: "needle", cursor: far })).hits).toEqual([]);
  });

  it.each([
    { path: "src/*" },
    { language: "typescript" },
    { query: "needles" },
    { path: "src/*", language: "typescript" },
  ])("of one question are refused to another: %j", async (other) => {
    await fill(5);
    const { nextCursor } = await codeSearch().search({ query: "needle", limit: 1 });
    const asked = codeSearch().search({ query: "needle", cursor: nextCursor, ...other });
    await expect(asked).rejects.toMatchObject({ code: "request.cursor" });
  });
});

describe("pages of a search of conversations", () => {
  it("are together what one large page is, whatever their sizes", async () => {
    const updates = Array.from({ length: 30 }, (_, n) => {
      const session = makeSession({ sessionId: `s${n % 7}`, startedAt: n * 1_000, endedAt: n * 1_000, details: {} });
      return source(`/logs/${n}.jsonl`, makeChunk(`needle ${"word ".repeat(n % 5)}${n}`, { session }));
    });
    await put(store, ...updates);
    const search = createConversationSearch({
      store,
      embedder: () => null,
      facts: () => FACTS,
      currentProject: null,
      logExists: () => true,
      now: () => 1_000_000,
    });
    const all = async (limit: number) => {
      const told: string[] = [];
      let cursor: string | undefined;
      do {
        const answer = await search.search({ query: "needle", limit, cursor });
        told.push(...answer.hits.map(({ transcript, score }) => `${transcript} ${score}`));
        cursor = answer.nextCursor;
      } while (cursor !== undefined);
      return told;
    };
    const whole = await all(100);
    expect(whole).toHaveLength(30);
    for (const limit of [1, 3, 7, 29, 30]) expect(await all(limit)).toEqual(whole);
  });
});
