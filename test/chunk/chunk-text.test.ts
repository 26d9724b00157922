import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import { DEFAULT_LIMIT } from "../../src/chunk/limits.ts";

const outlineOf = async (path: string, text: string, maxTokens = DEFAULT_LIMIT.maxTokens) => {
  const chunks = await chunkText({ path, text }, { ...DEFAULT_LIMIT, maxTokens });
  return chunks.map(({ startLine, endLine, kind, symbol }) => `${startLine}-${endLine} ${kind} ${symbol}`);
};

describe("chunkText", () => {
  it("has nothing to say about an empty or blank text", async () => {
    expect(await outlineOf("a.ts", "")).toEqual([]);
    expect(await outlineOf("a.ts", "\n \n\t\r\n")).toEqual([]);
  });

  it("keeps a definition whole, with the comment above it", async () => {
    const text = [
      "import a from 'a';",
      "",
      "/** Opens. */",
      "export function open(path: string) {",
      "  return path;",
      "}",
    ].join("\n");
    expect(await outlineOf("a.ts", text, 60)).toEqual(["1-1 block null", "3-6 function open"]);
  });

  it("takes a whole class where it fits and its methods where it does not", async () => {
    const body = Array.from({ length: 5 }, () => "    this.call(a, b, a + b);");
    const method = (name: string) => [`  ${name}(a, b) {`, ...body, "  }"];
    const text = ["class Store {", ...method("open"), "", ...method("close"), "}"].join("\n");
    expect(await outlineOf("a.js", text)).toEqual(["1-17 class Store"]);
    expect(await outlineOf("a.js", text, 130)).toEqual(["1-8 class Store", "10-17 method Store.close"]);
  });

  it("gives both line endings the same chunks", async () => {
    const text = "def a():\n  return 1\n\ndef b():\n  return 2\n";
    const [unix, dos] = await Promise.all(
      [text, text.replaceAll("\n", "\r\n")].map((each) => chunkText({ path: "a.py", text: each }, DEFAULT_LIMIT)),
    );
    expect(dos).toEqual(unix);
    expect(unix?.[0]?.defines).toEqual(["a", "b"]);
  });
});
