import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RANKING } from "../../src/search/constants.ts";
import { mergeNeighbours } from "../../src/search/merge.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { rank, withCoherence } from "../../src/search/rank.ts";
import { saturate } from "../../src/search/saturate.ts";
import { ONLY, candidatesOf, pathsOf } from "./candidates.ts";

describe("rank", () => {
  it("puts the definition before its uses", () => {
    const uses = { path: "src/a.ts", text: "openStore()", symbol: "main" };
    const definition = { path: "src/b.ts", text: "function openStore() {}", symbol: "openStore", score: 0.7 };
    expect(pathsOf("openStore", ONLY({}), candidatesOf(uses, definition))).toEqual(["src/a.ts", "src/b.ts"]);
    expect(pathsOf("openStore", ONLY({ definition: 0.6 }), candidatesOf(uses, definition))[0]).toBe("src/b.ts");
  });

  it("puts the file that bears the name first", () => {
    const other = { path: "src/context.go", text: "logger" };
    const named = { path: "src/logger.go", text: "logger", score: 0.8 };
    expect(pathsOf("logging of the logger", ONLY({ fileStem: 0.6 }), candidatesOf(other, named))[0]).toBe(
      "src/logger.go",
    );
  });

  it("chooses among many finds by what their paths say", () => {
    const common = Array.from({ length: 400 }, (_, index) => ({ path: `src/other${index}.ts`, text: "x", score: 0.9 }));
    const tests = Array.from({ length: 100 }, (_, index) => ({
      path: `test/t${index}.test.ts`,
      text: "x",
      score: 0.95,
    }));
    const named = { path: "src/session.ts", text: "x", score: 0.4 };
    const paths = pathsOf("where the session ends", ONLY({ fileStem: 2 }), candidatesOf(...common, ...tests, named));
    expect(paths[0]).toBe("src/session.ts");
    expect(paths.filter((path) => path.startsWith("test/"))).toHaveLength(100);
    const penalised = pathsOf("where the session ends", RANKING, candidatesOf(...common, ...tests, named));
    expect(penalised.filter((path) => path.startsWith("test/"))).toEqual([]);
    expect(penalised.length).toBeLessThanOrEqual(401);
  });

  it("ranks the same first ones when there are more behind them", () => {
    const weak = Array.from({ length: 500 }, (_, index) => ({ path: `lib/w${index}.ts`, text: "x", score: 0.01 }));
    const strong = ["src/session.ts", "src/store.ts", "README.md"].map((path) => ({ path, text: "x", score: 0.8 }));
    const first = pathsOf("where the session is stored", RANKING, candidatesOf(...strong));
    expect(pathsOf("where the session is stored", RANKING, candidatesOf(...strong, ...weak)).slice(0, 3)).toEqual(
      first,
    );
  });

  it("reads the folder's name where the file's says nothing", () => {
    const other = { path: "src/misc/mod.rs", text: "x" };
    const named = { path: "src/routing/mod.rs", text: "x", score: 0.8 };
    expect(pathsOf("routing", ONLY({ fileStem: 0.6 }), candidatesOf(other, named))[0]).toBe("src/routing/mod.rs");
  });

  it("gives a path in the query the last word", () => {
    const other = { path: "src/store/open.ts", text: "x" };
    const asked = { path: "src/http/open.ts", text: "x", score: 0.6 };
    expect(pathsOf("errors in http/open.ts", ONLY({ path: 2 }), candidatesOf(other, asked))[0]).toBe(
      "src/http/open.ts",
    );
  });

  it("believes a file with several hits more than one with a lone hit", () => {
    const lone = { path: "src/lone.ts", text: "x" };
    const many = [0.9, 0.8, 0.8].map((score) => ({ path: "src/many.ts", text: "x", score }));
    expect(pathsOf("anything", ONLY({}), candidatesOf(lone, ...many))[0]).toBe("src/lone.ts");
    expect(pathsOf("anything", ONLY({ coherence: 0.2 }), candidatesOf(lone, ...many))[0]).toBe("src/many.ts");
  });

  it("holds tests and docs back, unless they are asked for", () => {
    const test = { path: "test/store.test.ts", text: "store" };
    const source = { path: "src/store.ts", text: "store", score: 0.5 };
    expect(pathsOf("how the store opens", RANKING, candidatesOf(test, source))[0]).toBe("src/store.ts");
    expect(pathsOf("tests for the store", ONLY({}), candidatesOf(test, source))[0]).toBe("test/store.test.ts");
  });

  it("holds tests back that live inside a source file", () => {
    const test = { path: "src/store.rs", text: "store", symbol: "tests.opens", language: "rust" };
    const source = { path: "src/open.rs", text: "store", score: 0.6 };
    expect(pathsOf("what is kept", RANKING, candidatesOf(test, source))[0]).toBe("src/open.rs");
  });

  it("orders alike whatever the order of its candidates, and loses none", () => {
    const sketch = fc.record({
      path: fc.constantFrom("src/a.ts", "src/b/index.ts", "test/a.test.ts", "README.md", "lib/c.d.ts"),
      text: fc.constantFrom("open store", "close", "x"),
      score: fc.constantFrom(0.2, 0.5, 1),
      startLine: fc.integer({ min: 1, max: 5 }).map((page) => page * 400),
    });
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 30 }), (sketches) => {
        const candidates = candidatesOf(...sketches);
        const query = analyseQuery("open the store");
        const hits = rank(candidates, query);
        expect(rank(candidates.toReversed(), query)).toEqual(hits);
        expect(hits.flatMap(({ chunks }) => chunks.map(({ id }) => id)).toSorted((a, b) => a - b)).toEqual(
          candidates.map(({ chunk }) => chunk.id),
        );
        const scores = hits.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
    );
  });
});

describe("withCoherence", () => {
  it("adds a share of the best others and changes nothing alone", () => {
    const scores = withCoherence(
      candidatesOf({ path: "a", text: "" }, { path: "a", text: "" }, { path: "b", text: "" }),
      0.2,
    );
    expect(scores.map(({ score }) => score)).toEqual([1.2, 1.2, 1]);
  });
});

describe("mergeNeighbours", () => {
  const at = (startLine: number, score: number, path = "src/a.ts") => ({ path, text: "a\nb\nc", startLine, score });

  it("joins chunks that follow one another, over blank lines, in the order of the file", () => {
    const hits = mergeNeighbours(candidatesOf(at(5, 1), at(1, 0.8), at(40, 0.7)));
    expect(hits.map(({ chunks }) => chunks.map(({ startLine }) => startLine))).toEqual([[1, 5], [40]]);
    expect(hits[0]).toMatchObject({ score: 1, lead: { startLine: 5 } });
  });

  it("leaves a much weaker neighbour and those of other files alone", () => {
    expect(mergeNeighbours(candidatesOf(at(5, 1), at(1, 0.2)))).toHaveLength(2);
    expect(mergeNeighbours(candidatesOf(at(5, 1), at(1, 0.9, "src/b.ts")))).toHaveLength(2);
  });

  it("does not grow beyond two screens", () => {
    const run = Array.from({ length: 60 }, (_, index) => at(1 + index * 3, 1));
    const hits = mergeNeighbours(candidatesOf(...run));
    expect(hits.length).toBeGreaterThan(1);
    for (const { chunks } of hits) {
      expect((chunks.at(-1)?.endLine ?? 0) - (chunks[0]?.startLine ?? 0)).toBeLessThan(120);
    }
  });

  it("joins what each list found", () => {
    const [first, second] = candidatesOf(at(1, 1), at(4, 1));
    const hits = mergeNeighbours(
      [first, second]
        .flatMap((entry) => entry ?? [])
        .map((entry, index) => ({ ...entry, matched: [index === 0 ? "vector" : "lexical"] as const })),
    );
    expect(hits[0]?.matched).toEqual(["lexical", "vector"]);
  });
});

describe("saturate", () => {
  it("halves each further hit of a file", () => {
    const hits = mergeNeighbours(
      candidatesOf({ path: "a", text: "" }, { path: "a", text: "", score: 0.9 }, { path: "b", text: "", score: 0.6 }),
    );
    expect(saturate(hits, 0.5).map(({ path, score }) => [path, score])).toEqual([
      ["a", 1],
      ["b", 0.6],
      ["a", 0.45],
    ]);
    expect(saturate(hits, 1)).toEqual(hits);
  });
});
