import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RANKING } from "../../src/search/constants.ts";
import { lexicalTerms } from "../../src/search/lexical-terms.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { candidatesOf, pathsOf } from "./candidates.ts";

const PASTED = `func (engine *Engine) Use(middleware ...HandlerFunc) IRoutes {
	engine.RouterGroup.Use(middleware...)
	return engine
}`;

describe("pasted code", () => {
  it.each([
    PASTED,
    "const value = readConfig(path);",
    "def open_store(path, mode):",
    "if (left !== right && isOpen(left)) {",
    "for item in list_of(items):",
    "    let count: usize = self.entries.len();",
    "#include <fmt/format.h> // (for the formatter)",
  ])("is told by its signs: %j", (query) => {
    expect(analyseQuery(query).kind).toBe("code");
  });

  it.each([
    ["app.render()", "symbol"],
    ["openStore(path)", "symbol"],
    ["x = 1;", "mixed"],
    ["how are routes registered", "words"],
    ["import data from a file. then use it", "mixed"],
    ["return the config, or a default", "words"],
    ["fix(router): keep the order of routes", "mixed"],
    ["what does parseConfig() return for an empty file?", "mixed"],
    ["does c.JSON escape html, or not?", "mixed"],
  ])("is not %j", (query, kind) => {
    expect(["words", "mixed", "symbol", kind]).toContain(analyseQuery(query).kind);
    expect(analyseQuery(query).kind).not.toBe("code");
  });

  it("is looked for line by line, where a line has words enough", () => {
    expect(analyseQuery(PASTED).phrases).toEqual([
      "func engine Engine Use middleware HandlerFunc IRoutes",
      "engine RouterGroup Use middleware",
    ]);
    const asked = lexicalTerms(analyseQuery(PASTED)).map(({ text }) => text);
    expect(asked.filter((text) => text.includes(" "))).toHaveLength(2);
  });

  it("is not answered by the file whose name it mentions, but by what says the same", async () => {
    const mentioned = { path: "routergroup.go", text: "x", symbol: "RouterGroup.Use", score: 0.9 };
    const same = { path: "gin.go", text: "x", symbol: "Engine.Use" };
    expect((await pathsOf("engine.RouterGroup.Use", RANKING, candidatesOf(mentioned, same)))[0]).toBe("routergroup.go");
    expect((await pathsOf(PASTED, RANKING, candidatesOf(mentioned, same)))[0]).toBe("gin.go");
  });

  it("asks for few phrases, however much is pasted", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a b c d;", PASTED, "one two three four five = 6;", "}", "")), (lines) => {
        const { phrases } = analyseQuery(`const x = a + b;\n${lines.join("\n")}`);
        expect(phrases.length).toBeLessThanOrEqual(4);
        for (const phrase of phrases) expect(phrase.split(" ").length).toBeLessThanOrEqual(8);
      }),
    );
  });
});
