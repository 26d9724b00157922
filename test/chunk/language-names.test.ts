import { describe, expect, it } from "vitest";
import { languageIds, languageNamed, languageOf } from "../../src/chunk/languages.ts";

describe("a language by the name that people give it", () => {
  it("is itself by its id, whatever its letters' case", () => {
    for (const id of languageIds()) {
      expect(languageNamed(id)).toBe(id);
      expect(languageNamed(` ${id.toUpperCase()} `)).toBe(id);
    }
  });

  it.each([
    ["ts", "typescript"],
    [".py", "python"],
    ["C++", "cpp"],
    ["c#", "csharp"],
    ["golang", "go"],
    ["shell", "bash"],
    ["node", "javascript"],
    ["jsx", "javascript"],
    ["tsx", "tsx"],
    ["yml", "yaml"],
    ["md", "markdown"],
    ["Objective-C", "objectivec"],
    ["plaintext", "text"],
  ])("%s is %s", (name, id) => {
    expect(languageNamed(name)).toBe(id);
  });

  it.each(["klingon", "", " ", "python3x", "typescript,python", "*", "__proto__", "constructor", "x".repeat(10_000)])(
    "%j is none, which says what there is",
    (name) => {
      expect(() => languageNamed(name)).toThrow(
        expect.objectContaining({
          code: "request.unknown-language",
          hint: expect.stringMatching(/It is ada, .*, typescript, .* or zig\.$/) as string,
        }),
      );
    },
  );

  it("names what is near first", () => {
    expect(() => languageNamed("javascrpt")).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^Did you mean javascript\?/) as string }),
    );
  });

  it("knows the language of every file that it can tell", () => {
    const ids = languageIds();
    for (const file of [
      "a.ts",
      "Makefile",
      "x/.gitignore",
      "go.mod",
      "BUILD",
      "LICENSE",
      "nothing.known",
      ".editorconfig",
    ])
      expect(ids).toContain(languageOf(file));
    expect(ids).toContain(languageOf("run", "#!/usr/bin/env python3"));
  });
});
