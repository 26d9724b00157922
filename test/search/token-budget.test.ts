import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CodeHit, ConversationHit } from "../../src/search/answer.ts";
import { createCodeSearch } from "../../src/search/search-code.ts";
import { createConversationSearch } from "../../src/search/search-conversations.ts";
import { codeAnswerResult } from "../../src/tools/render-answer.ts";
import { memoryStore, sessionOf } from "./memory-store.ts";

const FACTS = { freshness: "fresh", embedder: "none" } as const;

/** Files with names and texts of unlike length, all of which say `needle`. */
const FILES = Array.from({ length: 30 }, (_, n) => ({
  path: `src/${"deep/".repeat(n % 6)}file${n}.ts`,
  text: `export function find${n}() {\n${"  needle(of, some, hay);\n".repeat(1 + ((n * 7) % 25))}}`,
  symbol: `find${n}${"Long".repeat(n % 4)}`,
}));

const code = createCodeSearch({
  store: memoryStore(FILES),
  embedder: () => null,
  facts: () => FACTS,
  verify: async () => new Map(),
});

const TALKS = Array.from({ length: 30 }, (_, n) => ({
  path: `/logs/s${n}.jsonl`,
  text: `User: where is the needle\n\nAssistant: ${"in the hay, of which there is much. ".repeat(1 + ((n * 5) % 40))}`,
  kind: "exchange",
  symbol: `About needle ${n}`,
  session: sessionOf({ sessionId: `session-${n}`, project: "shop", cwd: "/home/me/shop", gitBranch: "main" }),
}));

const talks = createConversationSearch({
  store: memoryStore(TALKS),
  embedder: () => null,
  facts: () => FACTS,
  currentProject: null,
  logExists: () => true,
  now: () => 0,
});

interface Asked {
  readonly query: string;
  readonly limit: number;
  readonly maxTokens: number;
  readonly cursor?: string | undefined;
}

/** All pages of an answer. */
async function pages<Hit>(
  ask: (asked: Asked) => Promise<{ readonly hits: readonly Hit[]; readonly nextCursor?: string }>,
  asked: Asked,
): Promise<(readonly Hit[])[]> {
  const told: (readonly Hit[])[] = [];
  let cursor: string | undefined;
  do {
    const answer = await ask({ ...asked, cursor });
    told.push(answer.hits);
    cursor = answer.nextCursor;
    expect(told.length).toBeLessThanOrEqual(30);
  } while (cursor !== undefined);
  return told;
}

const bound = fc.integer({ min: 100, max: 4_000 });
const limit = fc.integer({ min: 1, max: 30 });

/** What is told beside the hits: how many there are, the cursor, the index. */
const FRAME = 75;

describe("a bound of tokens", () => {
  it("holds for places and text of code together, and the pages have every hit once", async () => {
    await fc.assert(
      fc.asyncProperty(bound, limit, fc.boolean(), async (maxTokens, most, compact) => {
        const texts: string[] = [];
        const ask = async (asked: Asked) => {
          const answer = await code.search({ ...asked, compact });
          texts.push([codeAnswerResult(answer).text].flat().join("\n"));
          return answer;
        };
        const told = await pages<CodeHit>(ask, { query: "needle", limit: most, maxTokens });
        for (const text of texts) expect(Math.ceil(text.length / 4)).toBeLessThanOrEqual(maxTokens + FRAME);
        for (const hits of told) expect(hits.length).toBeLessThanOrEqual(most);
        const paths = told.flat().map(({ path }) => path);
        expect(paths.toSorted()).toEqual(FILES.map(({ path }) => path).toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it("gives each hit some text, and all of it where there is room", async () => {
    const few = await code.search({ query: "needle", limit: 30, maxTokens: 100 });
    expect(few.hits.length).toBeLessThan(5);
    for (const { text } of few.hits) expect(text).not.toBe("");
    const all = await code.search({ query: "needle", limit: 30, maxTokens: 40_000 });
    expect(all.hits).toHaveLength(30);
    for (const { path, text } of all.hits) expect(text).toBe(FILES.find((file) => file.path === path)?.text);
  });

  it("changes nothing where it is left out", async () => {
    expect((await code.search({ query: "needle", limit: 30 })).hits).toHaveLength(30);
    expect((await talks.search({ query: "needle", limit: 30 })).hits).toHaveLength(30);
  });

  it("holds for conversations, and the pages have every hit once", async () => {
    await fc.assert(
      fc.asyncProperty(bound, limit, async (maxTokens, most) => {
        const told = await pages<ConversationHit>((asked) => talks.search(asked), {
          query: "needle",
          limit: most,
          maxTokens,
        });
        for (const hits of told) {
          const length = hits.reduce((sum, hit) => sum + hit.text.length + PLACE.length, 0);
          expect(Math.ceil(length / 4)).toBeLessThanOrEqual(maxTokens);
          for (const { text } of hits) expect(text).not.toBe("");
        }
        const sessions = told.flat().map(({ sessionId }) => sessionId);
        expect(sessions.toSorted()).toEqual(TALKS.map(({ session }) => session.sessionId).toSorted());
      }),
      { numRuns: 60 },
    );
  });
});

/** What the tool writes around the text of such a hit. */
const PLACE =
  "About needle 10 (shop, 1970-01-01T00:00:00.000Z, user, main, score 0.123)\n```\n\n```\n" +
  "Read on: read_conversation sessionId session-10, around 1. Resume: cd /home/me/shop && claude --resume session-10\n\n";
