import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import { syntax } from "./shared-syntax.ts";
import { expectSound } from "./invariants.ts";

/** One token for each word or mark, so that sizes can be read off the samples. */
const measure = (text: string) => text.match(/\w+|[^\w\s]/g)?.length ?? 0;

async function bordersOf(path: string, text: string, maxTokens: number): Promise<string[]> {
  const limit = { maxTokens, measure };
  const chunks = await chunkText({ path, text }, limit, syntax);
  expectSound(text, chunks, limit);
  return chunks.map(({ startLine, endLine, kind, symbol }) => `${startLine}-${endLine} ${kind} ${symbol}`);
}

const statements = (count: number, indent = "  ") =>
  Array.from({ length: count }, (_, index) => `${indent}step(${index});`);

describe("borders of chunks", () => {
  it("are those of definitions, imports apart", async () => {
    const text = [
      "import a from 'a';",
      "import b from 'b';",
      "",
      "function one() {",
      ...statements(5),
      "}",
      "",
      "function two() {",
      ...statements(5),
      "}",
    ].join("\n");
    expect(await bordersOf("a.ts", text, 60)).toEqual(["1-2 block null", "4-10 function one", "12-18 function two"]);
  });

  it("keep comments, decorators and attributes with what they lead", async () => {
    const python = [
      "# About one.",
      "@cached",
      "@traced",
      "def one():",
      ...statements(6, "    "),
      "",
      "# About two.",
      "def two():",
      ...statements(6, "    "),
    ];
    expect(await bordersOf("a.py", python.join("\n"), 60)).toEqual(["1-10 function one", "12-19 function two"]);
    const rust = [
      "/// Doc.",
      "#[derive(Debug)]",
      "struct One {",
      "  a: u8, b: u8, c: u8, d: u8,",
      "}",
      "",
      "// two",
      "#[test]",
      "fn two() {",
      ...statements(6),
      "}",
    ];
    expect(await bordersOf("a.rs", rust.join("\n"), 55)).toEqual(["1-5 class One", "7-16 function two"]);
  });

  it("give a section's banner to what follows it", async () => {
    const text = [
      "function one() {",
      ...statements(6),
      "}",
      "",
      "// ---- Part two ----",
      "",
      "function two() {",
      ...statements(6),
      "}",
    ].join("\n");
    expect(await bordersOf("a.js", text, 70)).toEqual(["1-8 function one", "10-19 function two"]);
  });

  it("merge small siblings and leave large ones alone", async () => {
    const small = (name: string) => `function ${name}() { return 1; }`;
    const text = [
      small("a"),
      small("b"),
      small("c"),
      "function large() {",
      ...statements(20),
      "}",
      small("d"),
      small("e"),
    ].join("\n");
    const chunks = await chunkText({ path: "a.js", text }, { maxTokens: 150, measure }, syntax);
    expect(chunks.map((chunk) => chunk.defines)).toEqual([["a", "b", "c"], ["large"], ["d", "e"]]);
    expect(chunks.map((chunk) => chunk.symbol)).toEqual([null, "large", null]);
  });

  it("split a class between its methods, its head with the first and its brace with the last", async () => {
    const method = (name: string) => [`  ${name}() {`, ...statements(14, "    "), "  }", ""];
    const text = ["export class Store extends Base {", ...method("open"), ...method("close"), "}"].join("\n");
    expect(await bordersOf("a.ts", text, 130)).toEqual(["1-17 class Store", "19-36 method Store.close"]);
  });

  it("split a function between its statements, whatever their nesting", async () => {
    const block = ["  if (a) {", ...statements(4, "    "), "  } else {", ...statements(4, "    "), "  }"];
    const text = ["function large() {", ...block, ...block, "}"].join("\n");
    const borders = await bordersOf("a.js", text, 60);
    expect(borders.length).toBeGreaterThan(1);
    expect(new Set(borders.map((border) => border.replace(/^\S+ /, "")))).toEqual(new Set(["function large"]));
  });

  it("find the functions inside a function that does not fit", async () => {
    const inner = (name: string) => [`  const ${name} = () => {`, ...statements(8, "    "), "  };"];
    const text = [
      "export function useStore() {",
      "  const state = 1;",
      ...inner("open"),
      ...inner("close"),
      "  return { open, close };",
      "}",
    ].join("\n");
    const chunks = await chunkText({ path: "a.ts", text }, { maxTokens: 70, measure }, syntax);
    expect(chunks.flatMap((chunk) => chunk.defines)).toEqual(["useStore", "open", "close"]);
    expect(chunks.map((chunk) => chunk.symbol)).toContain("useStore.close");
  });

  it("keep the equations of one function together", async () => {
    const text = [
      "import X",
      "",
      "-- | Doc",
      "size :: Tree -> Int",
      "size Leaf = 0",
      "size (Node l r) = size l + size r",
      "",
      "other :: Int",
      "other = 1",
    ].join("\n");
    expect(await bordersOf("a.hs", text, 40)).toEqual(["1-6 function size", "8-9 function other"]);
  });

  it("keep a Dart signature with its body", async () => {
    const text = [
      "int one(int a) {",
      ...statements(6),
      "}",
      "",
      "/// Two.",
      "int two(int a) {",
      ...statements(6),
      "}",
    ].join("\n");
    expect(await bordersOf("a.dart", text, 60)).toEqual(["1-8 function one", "10-18 function two"]);
  });

  it("give what follows the imports its comment, where the grammar counts that to them", async () => {
    const kotlin = [
      "import a.b.c",
      "import a.b.d",
      "",
      "/** Doc. */",
      "class Store {",
      ...Array.from({ length: 6 }, (_, index) => `  fun f${index}() = ${index}`),
      "}",
    ];
    expect(await bordersOf("a.kt", kotlin.join("\n"), 60)).toEqual(["1-2 block null", "4-12 class Store"]);
  });

  it("split a comment that is larger than a chunk", async () => {
    const text = [
      "/*",
      ...Array.from({ length: 30 }, () => " * words and more words"),
      " */",
      "int after(void) { return 1; }",
    ].join("\n");
    const borders = await bordersOf("a.c", text, 40);
    expect(borders.length).toBeGreaterThan(3);
    expect(borders.at(-1)).toContain("after");
  });
});

describe("symbols of merged and split chunks", () => {
  it("name the class that all of a chunk's methods are in", async () => {
    const names = Array.from({ length: 16 }, (_, index) => `method${index}`);
    const text = ["class Big {", ...names.flatMap((name) => [`  ${name}() {`, "    x;", "  }"]), "}"].join("\n");
    const chunks = await chunkText({ path: "a.js", text }, { maxTokens: 60, measure }, syntax);
    expect(chunks[1]).toMatchObject({ symbol: "Big", kind: "method" });
    expect(chunks.flatMap((chunk) => chunk.defines)).toEqual(["Big", ...names]);
  });

  it("treat a header as C++ once it says so", async () => {
    const languageOf = async (text: string) =>
      (await chunkText({ path: "a.h", text }, { maxTokens: 50, measure }, syntax))[0]?.language;
    expect(await languageOf("int open(void);")).toBe("c");
    expect(await languageOf("#pragma once\nnamespace a {\nint open();\n}")).toBe("cpp");
  });

  it("take the language they are given", async () => {
    const chunks = await chunkText(
      { path: "x", text: "def f(): pass", language: "python" },
      { maxTokens: 50, measure },
      syntax,
    );
    expect(chunks).toMatchObject([{ language: "python", symbol: "f" }]);
  });
});
