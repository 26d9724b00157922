import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseIgnoreRules, subjectOf } from "../../src/workspace/ignore-rules.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory, walkAll } from "./temporary.ts";

const base = temporaryDirectory();

const NAMES = ["a", "b", "ab", "a.x", "b.x", ".h", "é", "a b", "build", "#c", "!d", "x[1]", "B"];
const PIECES = [
  "a",
  "b",
  "x",
  "é",
  ".",
  "*",
  "*",
  "**",
  "?",
  "/",
  "/",
  "[ab]",
  "[!a]",
  "[^b-x]",
  "[[:alpha:]]",
  "\\*",
  "\\",
  " ",
  "[",
  "]",
];

const name = fc.constantFrom(...NAMES);
const pattern = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join("")),
  fc
    .tuple(fc.constantFrom("", "/", "**/", "a/"), name, fc.constantFrom("", "/", "/**", "/*", "  ", "\\ ", "\r"))
    .map((p) => p.join("")),
);
const line = fc.tuple(fc.constantFrom("", "", "!"), pattern).map((parts) => parts.join(""));
const ignoreFile = fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n"));
const place = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const project = fc.record({
  files: fc.uniqueArray(place, { minLength: 4, maxLength: 14 }),
  top: ignoreFile,
  nested: fc.dictionary(name, ignoreFile, { maxKeys: 2 }),
});

it("takes exactly the files that git lists, for generated trees and ignore files", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(project, { minLength: 25, maxLength: 30 }), ignoreFile, async (projects, exclude) => {
      const root = mkdtempSync(path.join(base, "git-"));
      execFileSync("git", ["init", "-q", root]);
      writeTree(root, { ".git/info/exclude": exclude });
      for (const [index, { files, top, nested }] of projects.entries()) {
        const home = `p${index}`;
        writeTree(root, { [`${home}/.gitignore`]: top });
        for (const file of files) plant(root, `${home}/${file}`);
        for (const [directory, text] of Object.entries(nested)) plant(root, `${home}/${directory}/.gitignore`, text);
      }
      const listed = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], { cwd: root, encoding: "utf8" });
      const { paths } = await walkAll(root, { defaults: false });
      expect(paths).toEqual(listed.split("\0").filter(Boolean).toSorted());
      rmSync(root, { recursive: true });
    }),
    { numRuns: Number(process.env["CODELAB_TEST_RUNS"] ?? 2) },
  );
});

/** Two generated paths may want one name for a file and for a directory: the first wins. */
function plant(root: string, file: string, content = ""): void {
  try {
    writeTree(root, { [file]: content });
  } catch {
    // The place is taken.
  }
}

it("answers in time for a pattern that would send a regular expression astray", () => {
  const rules = parseIgnoreRules(`${"*a".repeat(60)}b\n${"**/a*/".repeat(30)}b`);
  expect(rules.decide(subjectOf("a".repeat(250), `${"a".repeat(250)}`, false))).toBeUndefined();
  const deep = "aa/".repeat(500);
  expect(rules.decide(subjectOf("c", `${deep}c`, false))).toBeUndefined();
});

it.each([
  ["\ufeffdist", "dist", true],
  ["dist\r\n!dist", "dist", false],
  ["# dist\n\n   ", "dist", undefined],
  ["\\#dist", "#dist", true],
  ["\\!dist", "!dist", true],
  ["dist  ", "dist", true],
  ["dist\\ ", "dist ", true],
])("reads %j as git does", (text, file, expected) => {
  expect(parseIgnoreRules(text).decide(subjectOf(file, file, false))).toBe(expected);
});

it("compares without regard to case where the repository asks for it", () => {
  const rules = parseIgnoreRules("Build/*.O\nREADME", true);
  expect(rules.decide(subjectOf("x.o", "build/x.o", false))).toBe(true);
  expect(rules.decide(subjectOf("ReadMe", "ReadMe", false))).toBe(true);
  expect(parseIgnoreRules("README").decide(subjectOf("readme", "readme", false))).toBeUndefined();
});
