import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONVERSATION_RANKING, RANKING } from "../../src/search/constants.ts";
import { raised, saysWordForWord, weighEvidence } from "../../src/search/evidence.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { memoryStore } from "./memory-store.ts";

const store = memoryStore([
  { path: "often", text: "user user login login failed failed not found found found" },
  { path: "exact", text: "[error] login failed: user not found (code 7)" },
]);
const found = [
  { id: 1, score: 9 },
  { id: 2, score: 5 },
];

describe("weighEvidence", () => {
  it("raises what says the query word for word, and takes the query for covered", async () => {
    const query = analyseQuery("Login failed: user not found");
    const { lexical, covered } = await weighEvidence(store, query, {}, found, CONVERSATION_RANKING);
    expect(lexical).toEqual([
      { id: 2, score: 5 + CONVERSATION_RANKING.told },
      { id: 1, score: 9 },
    ]);
    expect(covered).toBe(1);
  });

  it("leaves all as it is where nothing says it so, and tells what the best finds say of it", async () => {
    const query = analyseQuery("login failed at midnight, why?");
    const { lexical, covered } = await weighEvidence(store, query, {}, found, CONVERSATION_RANKING);
    expect(lexical).toBe(found);
    expect(covered).toBeCloseTo(2 / 3);
  });

  it("reads nothing for code, whose finds count as they are", async () => {
    const reads = { ...store, chunks: () => Promise.reject(new Error("read")) };
    const query = analyseQuery("login failed: user not found");
    expect(await weighEvidence(reads, query, {}, found, RANKING)).toEqual({ lexical: found, covered: 1 });
  });

  it("takes nothing for covered by words where words found nothing", async () => {
    const query = analyseQuery("zebra crossing ahead");
    expect(await weighEvidence(store, query, {}, [], CONVERSATION_RANKING)).toEqual({ lexical: [], covered: 1 });
  });
});

describe("saysWordForWord", () => {
  it.each([
    ["User not found!", true],
    ["`user` NOT\nfound", true],
    ["users not found", true],
    ["user found not", false],
    ["user was not found", false],
    ["not found", false],
    ["", false],
  ])("%j: %s", (asked, said) => {
    expect(saysWordForWord("login failed: user not found (code 7)", asked)).toBe(said);
  });

  it("is true of every part of a text that has three words", () => {
    const words = fc.array(fc.constantFrom("fatal", "not", "a", "git", "repository", "openStore()", "src/a.ts:3"), {
      minLength: 3,
      maxLength: 20,
    });
    fc.assert(
      fc.property(words, fc.nat(17), fc.integer({ min: 3, max: 20 }), (text, from, count) => {
        const start = Math.min(from, text.length - 3);
        expect(saysWordForWord(text.join(" "), text.slice(start, start + count).join(", "))).toBe(true);
      }),
    );
  });
});

describe("raised", () => {
  const finds = fc.uniqueArray(
    fc.record({ id: fc.integer({ min: 1, max: 30 }), score: fc.double({ min: 0, max: 50, noNaN: true }) }),
    { selector: ({ id }) => id },
  );

  it("holds every find once, falls, and raises those alone that are told of", () => {
    fc.assert(
      fc.property(finds, finds, (lexical, told) => {
        const all = raised(lexical, told, 6);
        const scores = new Map(all.map(({ id, score }) => [id, score]));
        expect(scores.size).toBe(all.length);
        const before = new Map([...told, ...lexical].map(({ id, score }) => [id, score]));
        expect(scores.size).toBe(before.size);
        for (const [id, score] of before) {
          const isTold = told.some((each) => each.id === id);
          expect(scores.get(id)).toBe(isTold ? score + 6 : score);
        }
        if (told.length > 0)
          for (const [at, { score }] of all.entries()) expect(score).toBeLessThanOrEqual(all[at - 1]?.score ?? 99);
      }),
    );
  });
});
