import { describe, expect, it } from "vitest";
import { askedName, symbolOf } from "../../src/search/asked-name.ts";
import { bareHits, codeHits } from "../../src/search/code-hit.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { type ChunkSketch, chunkOf } from "./memory-store.ts";

function hitOf(lead: Partial<ChunkSketch>, ...others: readonly Partial<ChunkSketch>[]) {
  const [first, ...rest] = [lead, ...others].map((sketch, index) =>
    chunkOf({ id: index + 1, path: "context.go", text: "", startLine: 1 + 100 * index, ...sketch }),
  );
  if (first === undefined) throw new Error("no lead");
  return { path: "context.go", lead: first, chunks: [first, ...rest], score: 1, matched: ["lexical"] as const };
}

const RENDERERS = { symbol: "Context.AsciiJSON", defines: ["JSON", "AsciiJSON"] };

describe("askedName", () => {
  it.each([
    ["c.JSON", "JSON"],
    ["AsciiJSON", "AsciiJSON"],
    ["how is ascii json written", "AsciiJSON"],
    ["write it as json", "JSON"],
    ["XML", "XML"],
    ["redirects", null],
    ["Context.AsciiJSON", "AsciiJSON"],
    ["JSON.AsciiJSON", "AsciiJSON"],
    ["AsciiJSON.JSON", "JSON"],
    ["", null],
  ])("is for %j %j", (query, name) => {
    expect(askedName(hitOf(RENDERERS, { symbol: "Context.XML", defines: ["XML"] }), analyseQuery(query))).toBe(name);
  });

  it("prefers the symbol among those that are asked for alike", () => {
    expect(askedName(hitOf({ symbol: "Store.open", defines: ["close", "open"] }), analyseQuery("open and close"))).toBe(
      "open",
    );
  });
});

describe("symbolOf", () => {
  it.each([
    ["c.JSON", RENDERERS, "JSON"],
    ["AsciiJSON", RENDERERS, "Context.AsciiJSON"],
    ["how is the body written as json", RENDERERS, "Context.AsciiJSON"],
    ["where is json written", { symbol: null, defines: ["XML", "JSON"] }, "JSON"],
    ["where is yaml written", { symbol: null, defines: ["XML", "JSON"] }, null],
    ["bind the query", { symbol: "Context.BindUri", defines: ["BindUri", "BindQuery"] }, "BindQuery"],
  ])("is for %j of %j %j", (query, lead, symbol) => {
    expect(symbolOf(hitOf(lead), analyseQuery(query))).toBe(symbol);
  });
});

describe("a hit of several small definitions", () => {
  const text = [
    "// HTML renders with JSON() beside it.",
    "func (c *Context) HTML() {",
    ...Array.from({ length: 30 }, (_, line) => `\tc.JSON(${line}) // filler that is long enough to matter`),
    "}",
    "// JSON serializes the given struct.",
    "func (c *Context) JSON() {",
    "}",
  ].join("\n");
  const hit = hitOf({ text, symbol: "Context.HTML", defines: ["HTML", "JSON"] });

  it("bears the name that was asked for and shows the line that defines it", () => {
    const [asked] = codeHits([hit], analyseQuery("c.JSON"), 20);
    expect(asked?.symbol).toBe("JSON");
    expect(asked?.text).toContain("func (c *Context) JSON() {");
    const [other] = codeHits([hit], analyseQuery("html"), 20);
    expect(other?.symbol).toBe("Context.HTML");
    expect(other?.text).toContain("func (c *Context) HTML() {");
    expect(bareHits([hit], analyseQuery("c.JSON"))).toMatchObject([{ symbol: "JSON", text: "" }]);
  });
});
