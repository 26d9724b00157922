import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { MAX_READ_CHARACTERS, readFile } from "../../src/workspace/read-file.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const root = temporaryDirectory();
const workspace = openWorkspace(root);

it("gives a whole small file with what a later edit needs", () => {
  const content = "\ufeffone\r\ntwo\r\nthree";
  writeTree(root, { "a.txt": content });
  expect(readFile(workspace, { path: "a.txt" })).toEqual({
    path: "a.txt",
    text: "one\ntwo\nthree",
    startLine: 1,
    endLine: 3,
    totalLines: 3,
    truncated: false,
    next: null,
    cutLines: [],
    encoding: "utf-8-bom",
    eol: "crlf",
    bytes: Buffer.byteLength(content),
    hardLinked: false,
    hash: createHash("sha256").update(content).digest("hex"),
  });
});

it("gives the lines that are asked for and no more", () => {
  writeTree(root, { "five.txt": "1\n2\n3\n4\n5\n", "empty.txt": "" });
  const lines = (startLine?: number, endLine?: number) => {
    const range = { ...(startLine === undefined ? {} : { startLine }), ...(endLine === undefined ? {} : { endLine }) };
    const { text, next, truncated } = readFile(workspace, { path: "five.txt", ...range });
    return { text, next, truncated };
  };
  expect(lines(2, 3)).toEqual({ text: "2\n3", next: null, truncated: false });
  expect(lines(4)).toEqual({ text: "4\n5", next: null, truncated: false });
  expect(lines(5, 99)).toEqual({ text: "5", next: null, truncated: false });
  expect(() => lines(6)).toThrow("five.txt has 5 lines, none at 6");
  for (const [start, end] of [
    [0, 1],
    [3, 2],
    [1.5, 2],
    [-1, 2],
  ])
    expect(() => lines(start, end)).toThrow("no range");
  expect(readFile(workspace, { path: "empty.txt" })).toMatchObject({
    text: "",
    startLine: 1,
    endLine: 0,
    totalLines: 0,
  });
});

it("comes in pages that together are the file, whatever its lines", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { maxLength: 120 }), (lengths) => {
      const content = lengths.map((length, index) => String(index % 10).repeat(length)).join("\n");
      writeTree(root, { "pages.txt": content });
      const pages: string[] = [];
      for (let next: number | null = 1; next !== null;) {
        const page = readFile(workspace, { path: "pages.txt", startLine: next });
        expect(page.text.length).toBeLessThanOrEqual(MAX_READ_CHARACTERS);
        expect(page.truncated).toBe(page.next !== null);
        pages.push(page.text);
        next = page.next;
      }
      expect(pages.join("\n")).toBe(content.replace(/\n$/, ""));
    }),
    { numRuns: 30 },
  );
});

it("cuts a line of a megabyte and says so", () => {
  writeTree(root, { "long.txt": `short\n${"x".repeat(1_000_000)}\nend` });
  const page = readFile(workspace, { path: "long.txt" });
  expect(page).toMatchObject({ cutLines: [2], truncated: true, next: null, endLine: 3 });
  expect(page.text.length).toBeLessThan(5000);
});

it("refuses what is no text file, at once", () => {
  writeTree(root, { "blob.dat": Buffer.from([1, 0, 2]), "a.txt": "" });
  execFileSync("mkfifo", [path.join(root, "pipe")]);
  mkdirSync(path.join(root, "directory"), { recursive: true });
  expect(() => readFile(workspace, { path: "blob.dat" })).toThrow("blob.dat is binary (3 bytes)");
  expect(() => readFile(workspace, { path: "directory" })).toThrow("is a directory, not a regular file");
  expect(() => readFile(workspace, { path: "nowhere.ts" })).toThrow("nowhere.ts does not exist");
  for (let times = 0; times < 10; times++) expect(() => readFile(workspace, { path: "pipe" })).toThrow("is a pipe");
  execFileSync("truncate", ["-s", "40M", path.join(root, "huge.txt")]);
  expect(() => readFile(workspace, { path: "huge.txt" })).toThrow("too many to read");
});

it("follows links that stay inside, to the file's real name", () => {
  writeTree(root, { "real/file.ts": "x" });
  symlinkSync("real", path.join(root, "alias"));
  linkSync(path.join(root, "real/file.ts"), path.join(root, "twin.ts"));
  expect(readFile(workspace, { path: "alias/file.ts" })).toMatchObject({ path: "real/file.ts", text: "x" });
  expect(readFile(workspace, { path: "twin.ts" })).toMatchObject({ text: "x", hardLinked: true });
  writeFileSync(path.join(root, "real/file.ts"), "y");
  expect(readFile(workspace, { path: "twin.ts" }).text).toBe("y");
});
