import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import { DEFAULT_LIMIT, MAX_PARSED_LENGTH } from "../../src/chunk/limits.ts";
import { syntax } from "./shared-syntax.ts";
import { expectSound } from "./invariants.ts";

const chunksOf = async (path: string, text: string) => {
  const chunks = await chunkText({ path, text }, DEFAULT_LIMIT, syntax);
  expectSound(text, chunks, DEFAULT_LIMIT);
  return chunks;
};

describe("lines", () => {
  it("longer than a chunk become pieces that share the line's number", async () => {
    const long = `const table = "${"lorem ipsum ".repeat(80_000)}";`;
    const chunks = await chunksOf("a.js", `// head\n${long}\n// tail`);
    expect(chunks.length).toBeGreaterThan(100);
    expect(
      chunks
        .filter((chunk) => chunk.startLine === 2 && chunk.endLine === 2)
        .map((chunk) => chunk.text)
        .join(""),
    ).toBe(long);
  });

  it("without a single break in them are cut all the same, and no character is torn", async () => {
    const chunks = await chunksOf("a.txt", "🎉".repeat(50_000));
    expect(chunks.every((chunk) => !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(chunk.text))).toBe(true);
  });

  it("of white space only are no chunk, however long", async () => {
    expect(await chunksOf("a.py", `${" ".repeat(100_000)}\n\t\n`)).toEqual([]);
    expect((await chunksOf("a.py", `x = 1${" ".repeat(1_000_000)}y`)).length).toBeGreaterThan(10);
  });

  it("end at line feeds alone: other breaks are characters like any other", async () => {
    const [chunk] = await chunksOf("a.txt", "one\rtwo\u2028three\u2029four\u0085five\ffour\n");
    expect(chunk).toMatchObject({ startLine: 1, endLine: 1, text: "one\rtwo\u2028three\u2029four\u0085five\ffour" });
  });

  it("may end in several ways in one file", async () => {
    const [chunk] = await chunksOf("a.ts", "const a = 1;\r\nconst b = 2;\nconst c = 3;\r\n\r\nconst d = 4;");
    expect(chunk).toMatchObject({ startLine: 1, endLine: 5, defines: ["a", "b", "c", "d"] });
    expect(chunk?.text).toBe("const a = 1;\nconst b = 2;\nconst c = 3;\n\nconst d = 4;");
  });

  it("begin after a byte order mark", async () => {
    const [chunk] = await chunksOf("a.py", "\uFEFFdef f(): pass\n");
    expect(chunk).toMatchObject({ symbol: "f", text: "def f(): pass" });
  });
});

describe("nesting without end", () => {
  const depth = 20_000;

  it.each([
    ["a.js", "(".repeat(depth) + ")".repeat(depth)],
    ["b.js", "[\n".repeat(depth) + "]\n".repeat(depth)],
    ["c.ts", "function f() {\n".repeat(2_000) + "}\n".repeat(2_000)],
    ["d.json", '{"a":\n'.repeat(depth) + "1" + "}\n".repeat(depth)],
    ["e.html", "<div>\n".repeat(5_000)],
    ["f.py", Array.from({ length: 300 }, (_, level) => `${" ".repeat(level)}if x:`).join("\n")],
    ["g.c", "{\n".repeat(depth)],
    ["h.md", Array.from({ length: 3_000 }, (_, index) => `${"#".repeat((index % 6) + 1)} Title ${index}`).join("\n")],
  ])("is dealt with in %s", async (path, text) => {
    expect((await chunksOf(path, text)).length).toBeGreaterThan(0);
  });
});

describe("broken code", () => {
  const broken = [
    "class Store {",
    "  open() { return 1; }",
    "  broken( {{{ ;;",
    "}",
    "",
    "export function after(a) {",
    "  return a;",
    "}",
  ].join("\n");

  it("still tells what it defines", async () => {
    const defined = (await chunksOf("a.ts", broken)).flatMap((chunk) => chunk.defines);
    expect(defined).toContain("open");
    expect(defined).toContain("after");
  });

  it("in another language than its name says loses no line", async () => {
    await chunksOf("a.go", broken);
    await chunksOf("a.hs", broken);
    await chunksOf("a.yaml", broken);
  });
});

describe("content that is no one's handwriting", () => {
  it("is not parsed when it is minified", async () => {
    const statement = "var a=function(b){return b+1};";
    const chunks = await chunksOf("a.min.js", `${statement.repeat(2_000)}\n`);
    expect(new Set(chunks.map((chunk) => chunk.symbol))).toEqual(new Set([null]));
  });

  it("is not parsed when it is larger than source code gets", async () => {
    const line = "export const value = compute(1, 2, 3);\n";
    const chunks = await chunksOf("a.ts", line.repeat(Math.ceil(MAX_PARSED_LENGTH / line.length) + 1));
    expect(chunks[0]?.defines).toEqual([]);
  });

  it("may hold any control character", async () => {
    const text = `def f():\n    return "${Array.from({ length: 32 }, (_, code) => (code === 10 ? "" : String.fromCharCode(code))).join("")}"\n`;
    const [chunk] = await chunksOf("a.py", text);
    expect(chunk?.defines).toEqual(["f"]);
  });
});

describe("memory", () => {
  it("does not grow with the number of files", async () => {
    const text = Array.from(
      { length: 100 },
      (_, index) => `export function f${index}(a: number) { return a + ${index}; }`,
    ).join("\n");
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round += 1) await chunkText({ path: "a.ts", text }, DEFAULT_LIMIT, syntax);
      return process.memoryUsage().rss;
    };
    const before = await rounds(20);
    // A tree that is not freed takes some 500 kB here: 150 of them would be seen.
    expect((await rounds(150)) - before).toBeLessThan(60e6);
  });
});
