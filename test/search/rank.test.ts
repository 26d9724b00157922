import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RANKING } from "../../src/search/constants.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { ONLY, candidatesOf, pathsOf, rankAll } from "./candidates.ts";

describe("rank", () => {
  it("puts the definition before its uses", async () => {
    const uses = { path: "src/a.ts", text: "openStore()", symbol: "main" };
    const definition = { path: "src/b.ts", text: "function openStore() {}", symbol: "openStore", score: 0.7 };
    expect(await pathsOf("openStore", ONLY({}), candidatesOf(uses, definition))).toEqual(["src/a.ts", "src/b.ts"]);
    expect((await pathsOf("openStore", ONLY({ definition: 0.6 }), candidatesOf(uses, definition)))[0]).toBe("src/b.ts");
  });

  it("puts the file that bears the name first", async () => {
    const other = { path: "src/context.go", text: "logger" };
    const named = { path: "src/logger.go", text: "logger", score: 0.8 };
    expect((await pathsOf("logging of the logger", ONLY({ fileStem: 0.6 }), candidatesOf(other, named)))[0]).toBe(
      "src/logger.go",
    );
  });

  it("chooses among many finds by what their paths say", async () => {
    const common = Array.from({ length: 400 }, (_, index) => ({ path: `src/other${index}.ts`, text: "x", score: 0.9 }));
    const tests = Array.from({ length: 100 }, (_, index) => ({
      path: `test/t${index}.test.ts`,
      text: "x",
      score: 0.95,
    }));
    const named = { path: "src/session.ts", text: "x", score: 0.4 };
    const paths = await pathsOf(
      "where the session ends",
      ONLY({ fileStem: 2 }),
      candidatesOf(...common, ...tests, named),
    );
    expect(paths[0]).toBe("src/session.ts");
    expect(paths.filter((path) => path.startsWith("test/"))).toHaveLength(100);
    const penalised = await pathsOf("where the session ends", RANKING, candidatesOf(...common, ...tests, named));
    expect(penalised.filter((path) => path.startsWith("test/"))).toEqual([]);
    expect(penalised.length).toBeLessThanOrEqual(401);
  });

  it("ranks the same first ones when there are more behind them", async () => {
    const weak = Array.from({ length: 500 }, (_, index) => ({ path: `lib/w${index}.ts`, text: "x", score: 0.01 }));
    const strong = ["src/session.ts", "src/store.ts", "README.md"].map((path) => ({ path, text: "x", score: 0.8 }));
    const first = await pathsOf("where the session is stored", RANKING, candidatesOf(...strong));
    expect(
      (await pathsOf("where the session is stored", RANKING, candidatesOf(...strong, ...weak))).slice(0, 3),
    ).toEqual(first);
  });

  it("reads the folder's name where the file's says nothing", async () => {
    const other = { path: "src/misc/mod.rs", text: "x" };
    const named = { path: "src/routing/mod.rs", text: "x", score: 0.8 };
    expect((await pathsOf("routing", ONLY({ fileStem: 0.6 }), candidatesOf(other, named)))[0]).toBe(
      "src/routing/mod.rs",
    );
  });

  it("gives a path in the query the last word", async () => {
    const other = { path: "src/store/open.ts", text: "x" };
    const asked = { path: "src/http/open.ts", text: "x", score: 0.6 };
    expect((await pathsOf("errors in http/open.ts", ONLY({ path: 2 }), candidatesOf(other, asked)))[0]).toBe(
      "src/http/open.ts",
    );
  });

  it("believes a file with several hits more than one with a lone hit", async () => {
    const lone = { path: "src/lone.ts", text: "x" };
    const many = [0.9, 0.8, 0.8].map((score) => ({ path: "src/many.ts", text: "x", score }));
    expect((await pathsOf("anything", ONLY({}), candidatesOf(lone, ...many)))[0]).toBe("src/lone.ts");
    expect((await pathsOf("anything", ONLY({ coherence: 0.2 }), candidatesOf(lone, ...many)))[0]).toBe("src/many.ts");
  });

  it("holds tests and docs back, unless they are asked for", async () => {
    const test = { path: "test/store.test.ts", text: "store" };
    const source = { path: "src/store.ts", text: "store", score: 0.5 };
    expect((await pathsOf("how the store opens", RANKING, candidatesOf(test, source)))[0]).toBe("src/store.ts");
    expect((await pathsOf("tests for the store", ONLY({}), candidatesOf(test, source)))[0]).toBe("test/store.test.ts");
  });

  it("holds tests back that live inside a source file", async () => {
    const test = { path: "src/store.rs", text: "store", symbol: "tests.opens", language: "rust" };
    const source = { path: "src/open.rs", text: "store", score: 0.6 };
    expect((await pathsOf("what is kept", RANKING, candidatesOf(test, source)))[0]).toBe("src/open.rs");
  });

  it("orders alike whatever the order of its candidates, and loses none", async () => {
    const sketch = fc.record({
      path: fc.constantFrom("src/a.ts", "src/b/index.ts", "test/a.test.ts", "README.md", "lib/c.d.ts"),
      text: fc.constantFrom("open store", "close", "x"),
      score: fc.constantFrom(0.2, 0.5, 1),
      startLine: fc.integer({ min: 1, max: 5 }).map((page) => page * 400),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(sketch, { maxLength: 30 }), async (sketches) => {
        const candidates = candidatesOf(...sketches);
        const query = analyseQuery("open the store");
        const hits = await rankAll(candidates, query);
        expect(await rankAll(candidates.toReversed(), query)).toEqual(hits);
        expect(hits.flatMap(({ chunks }) => chunks.map(({ id }) => id)).toSorted((a, b) => a - b)).toEqual(
          candidates.map(({ chunk }) => chunk.id),
        );
        const scores = hits.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
    );
  });
});
