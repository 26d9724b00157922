import { describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import { UserError } from "../../src/errors.ts";
import { createCodeSearch } from "../../src/search/search-code.ts";
import type { SearchStore } from "../../src/search/search-store.ts";
import { memoryStore } from "./memory-store.ts";
import { toyEmbedder } from "./toy-embedder.ts";

const failing = (message: string): Embedder => ({ ...toyEmbedder, embed: () => Promise.reject(new Error(message)) });

const CHUNKS = [
  { path: "src/open.ts", text: "function open(file) { return read(file); }", symbol: "open", defines: ["open"] },
  { path: "src/close.ts", text: "function close(file) { return read(file); }", symbol: "close", defines: ["close"] },
  { path: "src/other.ts", text: "const file = read(1);" },
];
const VECTORS = new Map([1, 2, 3].map((id) => [id, Float32Array.of(1, 0)] as const));

function searchWith(over: Partial<SearchStore>, model: Embedder | null = toyEmbedder) {
  return createCodeSearch({
    store: { ...memoryStore(CHUNKS, VECTORS), ...over },
    embedder: () => model,
    facts: () => ({ freshness: "fresh", embedder: "test model" }),
    verify: async () => new Map(),
  });
}

const away = new UserError("store.unreachable", "The Qdrant server does not answer.");
const ASKS = [
  ["search", (search: ReturnType<typeof searchWith>) => search.search({ query: "read file" })],
  ["similar", (search: ReturnType<typeof searchWith>) => search.similar("src/open.ts", 1)],
] as const;

describe.each(ASKS)("%s", (_, ask) => {
  it("goes on by words where the server with the vectors does not answer, and says so", async () => {
    const answer = await ask(searchWith({ searchVector: () => Promise.reject(away) }));
    expect(answer.hits.map(({ path }) => path)).toContain("src/close.ts");
    expect(answer.notice).toContain("The Qdrant server does not answer");
    for (const { matched } of answer.hits) expect(matched).toEqual(["lexical"]);
  });

  it("hides no other failure of the store", async () => {
    const broken = new UserError("store.corrupt", "damaged");
    await expect(ask(searchWith({ searchVector: () => Promise.reject(broken) }))).rejects.toBe(broken);
    const bug = new TypeError("a bug");
    await expect(ask(searchWith({ searchLexical: () => Promise.reject(bug) }))).rejects.toBe(bug);
  });

  it.each(["the model is missing", "the model is missing.", "No room!"])(
    "tells why there is no meaning: %s",
    async (why) => {
      const answer = await ask(searchWith({}, failing(why)));
      expect(answer.hits.length).toBeGreaterThan(0);
      expect(answer.notice).toContain(why.replace(/\.$/, ""));
      expect(answer.notice).toMatch(/[^.]\.$/);
    },
  );

  it("passes on what the store has to say", async () => {
    const answer = await ask(searchWith({ notice: "Answers come from this machine." }));
    expect(answer.notice).toBe("Answers come from this machine.");
  });

  it("says nothing where nothing is wrong", async () => {
    expect(await ask(searchWith({}))).not.toHaveProperty("notice");
    expect(await ask(searchWith({}, null))).not.toHaveProperty("notice");
  });

  it("gives finite scores that fall, also where vectors have no direction", async () => {
    const zeros = new Map([1, 2, 3].map((id) => [id, new Float32Array(2)] as const));
    const answer = await ask(searchWith(memoryStore(CHUNKS, zeros)));
    expect(answer.hits.length).toBeGreaterThan(0);
    for (const [at, { score }] of answer.hits.entries()) {
      expect(Number.isFinite(score)).toBe(true);
      expect(score).toBeLessThanOrEqual(answer.hits[at - 1]?.score ?? Infinity);
    }
  });
});
