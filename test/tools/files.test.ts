import { expect, test } from "vitest";
import type { FileSlice, Listing, Matches } from "../../src/tools/context.ts";
import { MATCH_PAGE, READ_LINES, RESULT_CHARS } from "../../src/tools/limits.ts";
import { listFiles } from "../../src/tools/list-files.ts";
import { readFile } from "../../src/tools/read-file.ts";
import { searchFiles } from "../../src/tools/search-files.ts";
import { fakeContext, runText } from "./fake-context.ts";

const LONG = Array.from({ length: READ_LINES + 5 }, (_, index) => `line ${index + 1}`).join("\n");
const FILES = { "a.txt": "one\ntwo\nthree\n", "empty.txt": "", "long.txt": LONG };

test("read_file gives a header apart from the raw lines", async () => {
  const prepared = readFile.prepare({ path: "a.txt" });
  if (!prepared.ok) throw new Error("refused");
  const { text } = await (
    await prepared.call.stage(fakeContext(FILES), {
      caller: { principal: "p", session: "s", client: "c" },
      signal: AbortSignal.timeout(9_999),
      progress: () => {},
    })
  ).run();
  expect(text).toEqual(["a.txt, lines 1-3 of 3, sha256 cafe", "one\ntwo\nthree"]);
});

test("read_file numbers lines when asked", async () => {
  const shown = await runText(
    readFile,
    { path: "a.txt", startLine: 2, endLine: 3, lineNumbers: true },
    fakeContext(FILES),
  );
  expect(shown).toBe("a.txt, lines 2-3 of 3, sha256 cafe\n2\ttwo\n3\tthree");
});

test("read_file says where to go on, and only when something was cut short", async () => {
  const context = fakeContext(FILES);
  expect(await runText(readFile, { path: "long.txt" }, context)).toContain(`Continue at startLine ${READ_LINES + 1}.`);
  expect(await runText(readFile, { path: "long.txt", startLine: READ_LINES + 1 }, context)).not.toContain("Continue");
  expect(await runText(readFile, { path: "long.txt", startLine: 1, endLine: 2 }, context)).not.toContain("Continue");
  const tooMany = { path: "long.txt", startLine: 1, endLine: READ_LINES + 3 };
  expect(await runText(readFile, tooMany, context)).toContain(`Continue at startLine ${READ_LINES + 1}.`);
  expect(context.asked.read.every(({ startLine, endLine }) => endLine - startLine < READ_LINES)).toBe(true);
});

test("read_file tells an empty file and a cut line", async () => {
  expect(await runText(readFile, { path: "empty.txt" }, fakeContext(FILES))).toBe("empty.txt is empty. sha256 cafe");
  const slice: FileSlice = { path: "min.js", text: "x", startLine: 1, endLine: 1, totalLines: 1, hash: "h", cut: true };
  const context = fakeContext({}, { files: { ...fakeContext().files, read: async () => slice } });
  expect(await runText(readFile, { path: "min.js" }, context)).toContain("longer than 40000 characters");
});

test("read_file with an end before its start reads one line", async () => {
  const context = fakeContext(FILES);
  await runText(readFile, { path: "a.txt", startLine: 3, endLine: 1 }, context);
  expect(context.asked.read).toEqual([{ path: "a.txt", startLine: 3, endLine: 3, maxChars: RESULT_CHARS }]);
});

test("list_files marks directories and links, and goes into the tree for a glob", async () => {
  const listing: Listing = {
    path: ".",
    entries: [
      { path: "src", kind: "directory", size: null },
      { path: "a.txt", kind: "file", size: 14 },
      { path: "l", kind: "link", size: null },
    ],
    nextCursor: "c2",
  };
  const context = fakeContext({}, { files: { ...fakeContext().files, list: async () => listing } });
  expect(await runText(listFiles, {}, context)).toBe('src/\na.txt 14\nl (link)\nMore: call again with cursor "c2"');
  const fake = fakeContext(FILES);
  await runText(listFiles, { glob: "*.txt" }, fake);
  await runText(listFiles, { path: "src", recursive: false, glob: "*.txt" }, fake);
  expect(fake.asked.list.map(({ path, recursive }) => [path, recursive])).toEqual([
    [".", true],
    ["src", false],
  ]);
  expect(await runText(listFiles, { glob: "*.md" }, fakeContext({}))).toContain('Nothing that matches "*.md"');
});

test("search_files groups lines by file and marks context", async () => {
  const matches: Matches = {
    lines: [
      { path: "a.txt", line: 1, text: "one", isMatch: false },
      { path: "a.txt", line: 2, text: "two", isMatch: true },
      { path: "b.txt", line: 9, text: "z".repeat(600), isMatch: true },
    ],
    nextCursor: "n",
  };
  const context = fakeContext({}, { files: { ...fakeContext().files, search: async () => matches } });
  const shown = await runText(searchFiles, { pattern: "t" }, context);
  expect(shown).toBe(
    `a.txt\n1- one\n2: two\n\nb.txt\n9: ${"z".repeat(500)} … (600 characters)\n\nMore: call again with cursor "n"`,
  );
});

test("search_files stays within the limit of a result", async () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => ({
    path: "a",
    line: index,
    text: "y".repeat(400),
    isMatch: true,
  }));
  const context = fakeContext({}, { files: { ...fakeContext().files, search: async () => ({ lines }) } });
  const shown = await runText(searchFiles, { pattern: "y" }, context);
  expect(shown.length).toBeLessThan(RESULT_CHARS + 200);
  expect(shown).toContain("Cut at 40000 characters");
});

test("search_files passes its options with their defaults", async () => {
  const context = fakeContext(FILES);
  expect(await runText(searchFiles, { pattern: "nothing like this" }, context)).toContain("No line matches");
  await runText(
    searchFiles,
    { pattern: "T", literal: true, ignoreCase: true, contextLines: 2, limit: 5, glob: "*.ts" },
    context,
  );
  expect(context.asked.match).toEqual([
    { pattern: "nothing like this", limit: MATCH_PAGE.default, literal: false, ignoreCase: false, contextLines: 0 },
    { pattern: "T", limit: 5, literal: true, ignoreCase: true, contextLines: 2, glob: "*.ts" },
  ]);
});
