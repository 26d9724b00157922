import { expect, it } from "vitest";
import { createCodeSearch } from "../../src/search/search-code.ts";
import { memoryStore } from "./memory-store.ts";

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
