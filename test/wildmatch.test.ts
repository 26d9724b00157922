import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseForcedIncludes } from "../src/workspace/forced-includes.ts";
import { compileWildmatch } from "../src/wildmatch.ts";

describe("a pattern over base names", () => {
  it.each([
    ["a", "a", true],
    ["a", "ab", false],
    ["*.ts", "a.ts", true],
    ["*.ts", ".ts", true],
    ["*.ts", "a.tsx", false],
    ["a*", "a", true],
    ["a*c", "abc", true],
    ["a*c", "ac", true],
    ["aa*a", "aa", false],
    ["?", "a", true],
    ["?", "", false],
    ["?", "é", false],
    ["??", "é", true],
    ["[ab]c", "bc", true],
    ["[!ab]c", "bc", false],
    ["[^ab]c", "cc", true],
    ["[a-c]", "b", true],
    ["[c-a]", "b", false],
    ["[]]", "]", true],
    ["[!]]", "]", false],
    ["[a-]", "-", true],
    ["[\\]]", "]", true],
    ["[[:digit:][:upper:]]", "X", true],
    ["[[:digit:]]", "x", false],
    ["[[:space:]]", " ", true],
    ["[[:xdigit:]]*", "f0", true],
    ["[[:]", ":", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["\\a", "a", true],
    ["a\\?b", "a?b", true],
    ["**", "anything", true],
    ["a**b", "axxb", true],
    ["*a*b*", "xxaxxbxx", true],
    ["*a*b*", "xxbxxaxx", false],
    ["ü*", "über", true],
    ["*ü", "menü", true],
  ])("%j for %j: %j", (pattern, name, expected) =>
    expect(compileWildmatch(pattern, false)?.matches(name)).toBe(expected),
  );
});

describe("a pattern over paths", () => {
  it.each([
    ["a/b", "a/b", true],
    ["a/b", "x/a/b", false],
    ["a/*", "a/b", true],
    ["a/*", "a/b/c", false],
    ["a/**", "a/b/c", true],
    ["a/**", "a", false],
    ["**/a", "a", true],
    ["**/a", "x/y/a", true],
    ["**/a", "ba", false],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "a/xb", false],
    ["a/***/b", "a/x/y/b", true],
    ["**/a/**", "x/a/y", true],
    ["**/a/**", "x/ab/y", false],
    ["**/a/**/b/*.ts", "a/x/b/y/a/z/b/c.ts", true],
    ["a?b/c", "a/b/c", false],
    ["a[/]b", "a/b", false],
    ["a[!x]b/c", "a/b/c", false],
    ["src/gen**", "src/gen", true],
    ["src/gen**", "src/generated/a/b", true],
    ["src/g*", "src/generated/a/b", false],
    ["x**/b", "xx/y/b", true],
    ["**\\/a", "a", false],
    ["**\\/a", "x/a", true],
    ["*/b", "a/b", true],
    ["*/b", "b", false],
  ])("%j for %j: %j", (pattern, path, expected) =>
    expect(compileWildmatch(pattern, true)?.matches(path)).toBe(expected),
  );
});

it.each(["[", "[a", "a\\", "[[:nonsense:]]", "[a-", "[\\"])("%j can never match", (pattern) => {
  expect(compileWildmatch(pattern, false)).toBeNull();
});

it("agrees with a regular expression for simple patterns", () => {
  const piece = fc.constantFrom("a", "b", ".", "*", "?", "/", "**/", "[ab]", "[!a]");
  const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(""));
  const path = fc
    .array(fc.constantFrom("a", "b", "ab", ".b", "ba"), { minLength: 1, maxLength: 4 })
    .map((p) => p.join("/"));
  fc.assert(
    fc.property(pattern, path, (text, candidate) => {
      // Empty segments, stars beside stars and `**` behind other text have rules of their own, tested above.
      fc.pre(!/^\/|\/$|\/\/|\*\*\*|[^/]\*\*|\*\*(?!\/)/.test(text) && text.includes("/"));
      expect(compileWildmatch(text, true)?.matches(candidate)).toBe(reference(text).test(candidate));
    }),
    { numRuns: 3000 },
  );
});

function reference(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/|\*|\?|\[!a\]|[.]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return token === "[!a]" ? "[^a/]" : "\\.";
  });
  return new RegExp(`^${source}$`);
}

it("never takes long, whatever the pattern and the path", () => {
  for (const pattern of ["*a".repeat(100), "**/*a".repeat(50), "[ab]*".repeat(80), "?*".repeat(90)]) {
    expect(compileWildmatch(`${pattern}!`, true)?.matches(`${"a/".repeat(400)}${"ab".repeat(120)}`)).toBe(false);
  }
});

describe("forced includes", () => {
  const forced = parseForcedIncludes(["dist/types/**", "vendor/lib/", "*.lock", "/top.txt", "./also/*.md", ""]);
  it.each([
    ["dist/types/a.d.ts", true],
    ["dist/types/deep/b.d.ts", true],
    ["dist/a.js", false],
    ["vendor/lib", true],
    ["deep/down/yarn.lock", true],
    ["top.txt", true],
    ["sub/top.txt", false],
    ["also/a.md", true],
    ["also/deep/a.md", false],
  ])("match %j: %j", (path, expected) => expect(forced.matches(path)).toBe(expected));

  it.each([
    ["dist", true],
    ["dist/types", true],
    ["dist/types/deep", true],
    ["dist/other", false],
    ["vendor", true],
    ["vendor/lib/src", true],
    ["node_modules", false],
    ["also", true],
  ])("may be under %j: %j", (path, expected) => expect(forced.mayBeUnder(path)).toBe(expected));

  it("are none when nothing is configured", () => {
    expect(parseForcedIncludes([]).isEmpty).toBe(true);
    expect(parseForcedIncludes(["["]).isEmpty).toBe(true);
  });
});
