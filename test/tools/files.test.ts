import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { FileMatch } from "../../src/workspace/search-files.ts";
import { RESULT_CHARS } from "../../src/tools/limits.ts";
import { listFiles } from "../../src/tools/list-files.ts";
import { readFile } from "../../src/tools/read-file.ts";
import { searchFiles } from "../../src/tools/search-files.ts";
import { callBy, fakeContext, runText } from "./fake-context.ts";

const LONG = Array.from({ length: 10_000 }, (_, index) => `line ${index + 1}`).join("\n");
const FILES = { "a.txt": "one\ntwo\nthree\n", "empty.txt": "", "long.txt": LONG, "src/b.ts": "const two = 2;\n" };
const HASH = createHash("sha256").update(FILES["a.txt"]).digest("hex");

test("read_file gives a header apart from the raw lines", async () => {
  const prepared = readFile.prepare({ path: "a.txt" });
  if (!prepared.ok) throw new Error("refused");
  const { text } = await (await prepared.call.stage(fakeContext(FILES), callBy())).run("");
  expect(text).toEqual([`a.txt, lines 1-3 of 3, sha256 ${HASH}`, "one\ntwo\nthree"]);
});

test("read_file numbers lines when asked", async () => {
  const args = { path: "a.txt", startLine: 2, endLine: 3, lineNumbers: true };
  expect(await runText(readFile, args, fakeContext(FILES))).toBe(
    `a.txt, lines 2-3 of 3, sha256 ${HASH}\n2\ttwo\n3\tthree`,
  );
});

test("read_file says where to go on, and going on there gives all of the file", async () => {
  const context = fakeContext(FILES);
  const lines: string[] = [];
  for (let startLine: number | undefined = 1; startLine !== undefined;) {
    const shown = await runText(readFile, { path: "long.txt", startLine }, context);
    expect(shown.length).toBeLessThan(RESULT_CHARS + 500);
    const next = /^Continue at startLine (\d+)\.$/m.exec(shown)?.[1];
    lines.push(...shown.split("\n").slice(next === undefined ? 1 : 2));
    startLine = next === undefined ? undefined : Number(next);
  }
  expect(lines.join("\n")).toBe(LONG);
});

test("read_file ends quietly where it was told to end", async () => {
  const shown = await runText(readFile, { path: "long.txt", startLine: 1, endLine: 2 }, fakeContext(FILES));
  expect(shown).not.toContain("Continue");
});

test("read_file tells an empty file, a cut line and an encoding", async () => {
  const context = fakeContext({ ...FILES, "min.js": "x".repeat(RESULT_CHARS * 2), "bom.txt": "\ufeffhi\n" });
  expect(await runText(readFile, { path: "empty.txt" }, context)).toContain("empty.txt is empty. sha256 e3b0c442");
  expect(await runText(readFile, { path: "min.js" }, context)).toContain("Only the beginning is shown of line 1.");
  expect(await runText(readFile, { path: "bom.txt" }, context)).toContain("lines 1-1 of 1, utf-8-bom");
});

test.each(["../a.txt", "/etc/passwd", "none.txt", "src"])("read_file refuses %s with a code", async (path) => {
  await expect(runText(readFile, { path }, fakeContext(FILES))).rejects.toMatchObject({
    code: expect.stringMatching(/^(workspace|permission)\./),
  });
});

test("list_files marks directories, and goes into the tree for a glob", async () => {
  const context = fakeContext(FILES);
  expect(await runText(listFiles, {}, context)).toBe(`a.txt 14\nempty.txt 0\nlong.txt ${LONG.length}\nsrc/`);
  expect(await runText(listFiles, { glob: "*.ts" }, context)).toBe("src/b.ts 15");
  expect(await runText(listFiles, { glob: "*.md" }, context)).toContain('Nothing that matches "*.md"');
  expect(await runText(listFiles, { path: "src" }, context)).toBe("src/b.ts 15");
});

test("list_files pages without loss", async () => {
  const context = fakeContext(FILES);
  const first = await runText(listFiles, { limit: 2 }, context);
  const cursor = /cursor "([^"]+)"/.exec(first)?.[1] ?? "";
  expect(first.split("\n").slice(0, 2)).toEqual(["a.txt 14", "empty.txt 0"]);
  expect(await runText(listFiles, { limit: 2, cursor }, context)).toBe(`long.txt ${LONG.length}\nsrc/`);
});

test("search_files groups lines by file and marks context", async () => {
  const shown = await runText(searchFiles, { pattern: "two", contextLines: 1 }, fakeContext(FILES));
  expect(shown).toBe("a.txt\n1- one\n2: two\n3- three\n\nsrc/b.ts\n1: const two = 2;");
});

test("search_files pages, and says when nothing matches", async () => {
  const context = fakeContext(FILES);
  const shown = await runText(searchFiles, { pattern: "two", limit: 1 }, context);
  const cursor = /cursor "([^"]+)"/.exec(shown)?.[1] ?? "";
  expect(await runText(searchFiles, { pattern: "two", limit: 1, cursor }, context)).toContain(
    "src/b.ts\n1: const two = 2;",
  );
  expect(await runText(searchFiles, { pattern: "t.o", literal: true }, context)).toContain('No line matches "t.o"');
});

test("search_files stays within the limit of a result", async () => {
  const matches = Array.from({ length: 1_000 }, (_, index): FileMatch => {
    return { path: "a", line: index, text: "y".repeat(400), before: [], after: [] };
  });
  const search = async () => ({ matches, truncated: false, next: null, timedOut: true });
  const context = fakeContext({}, { files: { ...fakeContext().files, search } });
  const shown = await runText(searchFiles, { pattern: "y" }, context);
  expect(shown.length).toBeLessThan(RESULT_CHARS + 300);
  expect(shown).toContain("Cut at 40000 characters");
  expect(shown).toContain("The time ran out");
});
