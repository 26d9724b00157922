import { expect, it } from "vitest";
import { createCodeSearch } from "../../src/search/search-code.ts";
import { memoryStore } from "./memory-store.ts";

it.each([
  ["fresh", /^Give the path of an indexed file/],
  ["updating", /not up to date yet/],
  ["stale", /not up to date yet/],
] as const)(
  "of a place that is not indexed, find_similar says why, by an index that is %s",
  async (freshness, hint) => {
    const search = createCodeSearch({
      store: memoryStore([{ path: "src/a.ts", text: "export const a = 1;" }]),
      embedder: () => null,
      facts: () => ({ freshness, embedder: "none" }),
      verify: async () => new Map(),
    });
    const asked = search.similar("src/new.ts", 1);
    await expect(asked).rejects.toMatchObject({ code: "index.not-found", hint: expect.stringMatching(hint) });
  },
);
