import { describe, expect, it } from "vitest";
import { languageOf } from "../../src/chunk/languages.ts";

describe("languageOf", () => {
  it.each([
    ["src/a.ts", "typescript"],
    ["src/a.d.mts", "typescript"],
    ["a.TSX", "tsx"],
    ["a.cjs", "javascript"],
    ["C:\\code\\Main.CS", "csharp"],
    ["include/a.h", "c"],
    ["a.hpp", "cpp"],
    ["kernel.cu", "cpp"],
    ["deep.dir/README.md", "markdown"],
    ["Dockerfile", "dockerfile"],
    ["docker/prod.dockerfile", "dockerfile"],
    ["Makefile", "makefile"],
    ["Gemfile", "ruby"],
    [".bashrc", "bash"],
    ["tsconfig.json", "jsonc"],
    ["package.json", "json"],
    ["pyproject.toml", "toml"],
    ["Cargo.lock", "toml"],
    ["App.vue", "vue"],
    ["schema.graphql", "graphql"],
    ["api.proto", "protobuf"],
    ["main.tf", "hcl"],
    ["CMakeLists.txt", "cmake"],
    ["notes.txt", "text"],
    ["LICENSE", "text"],
    [".gitignore", "ignore"],
    ["a.min.js", "javascript"],
    ["archive.unknown-ending", "text"],
    ["constructor", "text"],
    ["", "text"],
  ])("of %j is %s", (path, language) => {
    expect(languageOf(path)).toBe(language);
  });

  it.each([
    ["#!/bin/sh", "bash"],
    ["#!/usr/bin/env python3", "python"],
    ["#! /usr/bin/env -S node --no-warnings", "javascript"],
    ["#!/usr/bin/env NODE_ENV=x deno run", "typescript"],
    ["#!/usr/local/bin/ruby -w", "ruby"],
    ["#!/usr/bin/perl5.36", "perl"],
    ["#!/opt/unheard-of", "text"],
    ["# just a comment about #!/bin/sh", "text"],
    ["", "text"],
  ])("of a script that begins with %j is %s", (firstLine, language) => {
    expect(languageOf("bin/run", firstLine)).toBe(language);
  });

  it("believes the name before the first line", () => {
    expect(languageOf("run.py", "#!/bin/sh")).toBe("python");
  });
});
