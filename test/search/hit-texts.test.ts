import { describe, expect, it } from "vitest";
import type { CodeHit, SearchAnswer } from "../../src/search/answer.ts";
import type { FreshSource } from "../../src/search/freshness.ts";
import { createCodeSearch } from "../../src/search/search-code.ts";
import { chunkOf, memoryStore } from "./memory-store.ts";

it("leaves out what went while it was paged, and repeats nothing", async () => {
  const many = Array.from({ length: 25 }, (_, n) => ({ path: `src/f${n}.ts`, text: `open file ${n}` }));
  const store = memoryStore(many);
  const gone = new Set<number>();
  const search = createCodeSearch({
    store: { ...store, chunks: async (ids) => store.chunks(ids.filter((id) => !gone.has(id))) },
    embedder: () => null,
    facts: () => ({ freshness: "fresh", embedder: "none" }),
    verify: async () => new Map(),
  });
  const first = await search.search({ query: "open", limit: 10 });
  const shown = new Set(first.hits.map(({ path }) => path));
  const left = many.flatMap(({ path }, index) => (shown.has(path) ? [] : [{ path, id: index + 1 }]));
  for (const { id } of left.slice(0, 5)) gone.add(id);
  const second = await search.search({ query: "open", limit: 10, cursor: first.nextCursor });
  expect(second.hits.map(({ path }) => path)).toEqual(left.slice(5).map(({ path }) => path));
});

describe("hits without text", () => {
  const files = Array.from({ length: 12 }, (_, n) => ({ path: `src/f${n}.ts`, text: `open file ${n}`, startLine: 5 }));
  const over = (fresh: ReadonlyMap<string, FreshSource>, texts = true) => {
    const store = memoryStore(files);
    const chunks = async (ids: readonly number[]) => {
      if (!texts) throw new Error("texts were read");
      return store.chunks(ids);
    };
    return createCodeSearch({
      store: { ...store, chunks },
      embedder: () => null,
      facts: () => ({ freshness: "fresh", embedder: "none" }),
      verify: async () => fresh,
    });
  };
  const places = ({ hits }: SearchAnswer<CodeHit>) =>
    hits.map(({ path, startLine, endLine, score }) => ({ path, startLine, endLine, score }));

  it("are those with text, and cost no look at it", async () => {
    const asked = { query: "open file 3", limit: 10 };
    const withText = await over(new Map()).search(asked);
    const bare = await over(new Map(), false).search({ ...asked, compact: true });
    expect(places(bare)).toEqual(places(withText));
    expect(bare.nextCursor).toBe(withText.nextCursor);
  });

  it("stand where the files on disk have them now", async () => {
    const moved = { ...chunkOf({ path: "src/f3.ts", text: "open file 3" }), startLine: 90, endLine: 90 };
    const fresh = new Map<string, FreshSource>([
      ["src/f3.ts", [moved]],
      ["src/f4.ts", "gone"],
    ]);
    const asked = { query: "open file 3", limit: 20 };
    const bare = await over(fresh).search({ ...asked, compact: true });
    expect(places(bare)).toEqual(places(await over(fresh).search(asked)));
    expect(bare.hits.find(({ path }) => path === "src/f3.ts")?.startLine).toBe(90);
    expect(bare.hits.some(({ path }) => path === "src/f4.ts")).toBe(false);
  });
});
