import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RANKING } from "../../src/search/constants.ts";
import { filesOf } from "../../src/search/files.ts";
import { addMeaning, meaningShare } from "../../src/search/meaning.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { ONLY, candidatesOf, pathsOf, rankAll } from "./candidates.ts";

describe("meaningShare", () => {
  const weights = { meaning: 0.25, meaningUnnamed: 1.75 };
  const shareOf = (query: string, ...candidates: (readonly [promise: number, named: number])[]) =>
    meaningShare(
      {
        promises: Float64Array.from(candidates, ([promise]) => promise),
        named: Float64Array.from(candidates, ([, named]) => named),
      },
      analyseQuery(query),
      weights,
    );
  const QUESTION = "make sure that nobody stays signed in";

  it("is the larger the less the names of promising candidates say", () => {
    expect(shareOf(QUESTION, [1, 0], [0.9, 0])).toBe(1.75);
    expect(shareOf(QUESTION, [1, 0], [0.9, 0.1])).toBeCloseTo(1);
    expect(shareOf(QUESTION, [1, 0], [0.9, 0.2])).toBe(0.25);
    expect(shareOf(QUESTION, [1, 0], [0.9, 2])).toBe(0.25);
  });

  it("does not heed the names of what promises little", () => {
    expect(shareOf(QUESTION, [1, 0], [0.4, 0.6])).toBe(1.75);
  });

  it.each([
    "openStore",
    "what openStore does",
    "src/store/open.ts",
    "session",
    "где закрывается сессия",
    "关闭会话 的 位置",
  ])("stays as it is for %j", (query) => {
    expect(shareOf(query, [1, 0])).toBe(0.25);
  });

  it.each(["façade für die Anmeldung", "close 2 sessions, please!"])("takes %j for a question", (query) => {
    expect(shareOf(query, [1, 0])).toBe(1.75);
  });

  it("lies between its bounds, also without candidates", () => {
    expect(shareOf(QUESTION)).toBe(1.75);
    const part = fc.double({ min: 0, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part)), fc.string(), (candidates, query) => {
        const share = shareOf(query, ...candidates);
        expect(share).toBeGreaterThanOrEqual(0.25);
        expect(share).toBeLessThanOrEqual(1.75);
      }),
    );
  });
});

describe("meaning in a ranking", () => {
  const said = { path: "src/a.ts", text: "x", score: 1 };
  const meant = { path: "src/b.ts", text: "x", score: 0.1, meaning: 1 };

  it("leads where no name speaks of the question, and not where one does", async () => {
    expect((await pathsOf("keep the user signed in", RANKING, candidatesOf(said, meant)))[0]).toBe("src/b.ts");
    const named = { ...said, path: "src/signed.ts" };
    expect((await pathsOf("keep the user signed in", RANKING, candidatesOf(named, meant)))[0]).toBe("src/signed.ts");
  });

  it("does not outweigh the words of a symbol", async () => {
    expect((await pathsOf("keepSignedIn", RANKING, candidatesOf(said, meant)))[0]).toBe("src/a.ts");
  });
});

describe("addMeaning", () => {
  const scoresOf = (...given: readonly (readonly [file: number, score: number, meaning: number])[]) => {
    const scores = Float64Array.from(given, ([, score]) => score);
    const meanings = Float64Array.from(given, ([, , meaning]) => meaning);
    addMeaning(scores, meanings, filesOf(given.map(([file]) => file)), 0.5);
    return [...scores];
  };

  it("adds what the nearest chunk of a file is worth to all of the file's, in parts of the best score", () => {
    expect(scoresOf([7, 2, 1], [7, 1, 0.5], [3, 4, 0])).toEqual([4, 3, 4]);
  });

  it("changes nothing where nothing was found by meaning", () => {
    expect(scoresOf([1, 2, 0], [2, 1, 0])).toEqual([2, 1]);
    expect(scoresOf()).toEqual([]);
  });
});

describe("meaning", () => {
  const named = { path: "src/login.ts", text: "x", score: 1 };

  it("decides between files that say as much, and is not raised by their names", async () => {
    const near = { path: "src/account.ts", text: "x", score: 1, meaning: 1 };
    expect((await pathsOf("remember the user", ONLY({}), candidatesOf(named, near)))[0]).toBe("src/account.ts");
    expect((await pathsOf("how login works", ONLY({ fileStem: 0.6 }), candidatesOf(named, near)))[0]).toBe(
      "src/login.ts",
    );
  });

  it("is worth as little in a test as words are", async () => {
    const test = { path: "test/account.test.ts", text: "x", score: 0, meaning: 1 };
    const source = { path: "src/account.ts", text: "x", score: 0, meaning: 0.5 };
    expect((await pathsOf("remember the user", RANKING, candidatesOf(named, test, source))).slice(1)).toEqual([
      "src/account.ts",
      "test/account.test.ts",
    ]);
  });

  it("leads to the nearest place of a file in which words tell none", async () => {
    const chunks = [0.2, 0.9, 0.4].map((meaning) => ({ path: "src/account.ts", text: "x", score: 0, meaning }));
    const hits = await rankAll(candidatesOf(named, ...chunks), analyseQuery("remember the user"));
    expect(hits.find(({ path }) => path === "src/account.ts")?.lead.id).toBe(3);
  });

  it("is not lost behind hundreds that are found by words", async () => {
    const words = Array.from({ length: 500 }, (_, index) => ({ path: `src/w${index}.ts`, text: "x", score: 0.1 }));
    const near = { path: "src/account.ts", text: "x", score: 0, meaning: 1 };
    const paths = await pathsOf("remember the login", RANKING, candidatesOf(named, ...words, near));
    expect(paths.slice(0, 3)).toEqual(["src/login.ts", "src/account.ts", "src/w0.ts"]);
  });
});
