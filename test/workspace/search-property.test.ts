import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { applyEdits } from "../../src/workspace/edits.ts";
import { compileGlob } from "../../src/glob.ts";
import { listFiles } from "../../src/workspace/list-files.ts";
import { readFile } from "../../src/workspace/read-file.ts";
import { type SearchFilesRequest, searchFiles } from "../../src/workspace/search-files.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { succeeds, temporaryDirectory, walkAll } from "./temporary.ts";

const base = temporaryDirectory();

const name = fc.constantFrom("a", "b", "src", "c.ts", "d.md", "ä.ts", "with space.ts", "-flag", "UPPER.TS");
const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const line = fc
  .array(fc.constantFrom("foo", "bar", "Foo", " ", "(", "*", "größe", "\t", "."), { maxLength: 5 })
  .map((words) => words.join(""));
const content = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n"))
  .map(([lines, end]) => lines.join(end));
const project = fc.dictionary(place, content, { minKeys: 1, maxKeys: 8 });

it("finds exactly the lines that a plain comparison finds, page by page, and reading shows the same lines", async () => {
  const word = fc.constantFrom("foo", "(", "*", "größe", "o b", "Foo", ".");
  await fc.assert(
    fc.asyncProperty(project, word, fc.integer({ min: 1, max: 5 }), async (files, pattern, limit) => {
      const root = mkdtempSync(path.join(base, "p-"));
      const written = Object.entries(files).filter(([file, text]) => succeeds(() => writeTree(root, { [file]: text })));
      const workspace = openWorkspace(root);
      const expected = written
        .flatMap(([file, text]) =>
          text
            .split(/\r?\n/)
            .flatMap((each, index) => (each.includes(pattern) ? [{ path: file, line: index + 1, text: each }] : [])),
        )
        .toSorted((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
      const found: { path: string; line: number; text: string }[] = [];
      let request: SearchFilesRequest | null = { pattern, literal: true, caseSensitive: true, limit };
      while (request !== null) {
        const page = await searchFiles(workspace, request);
        found.push(...page.matches.map((match) => ({ path: match.path, line: match.line, text: match.text })));
        request = page.next === null ? null : { ...request, cursor: page.next };
      }
      expect(found).toEqual(expected);
      for (const match of found.slice(0, 3)) {
        expect(readFile(workspace, { path: match.path, startLine: match.line, endLine: match.line }).text).toBe(
          match.text,
        );
      }
      rmSync(root, { recursive: true });
    }),
    { numRuns: 25 },
  );
});

it("lists, page by page, what a walk yields and a glob lets through", async () => {
  const glob = fc.constantFrom("*.ts", "**/*.ts", "src/**", "{a,b}/*", "-*", "[a-c]*", "*");
  await fc.assert(
    fc.asyncProperty(project, glob, fc.integer({ min: 1, max: 4 }), async (files, pattern, limit) => {
      const root = mkdtempSync(path.join(base, "q-"));
      for (const [file, text] of Object.entries(files)) succeeds(() => writeTree(root, { [file]: text }));
      const workspace = openWorkspace(root);
      const expected = (await walkAll(root)).paths.filter(compileGlob(pattern)).toSorted();
      const listed: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await listFiles(workspace, {
          recursive: true,
          glob: pattern,
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        listed.push(...page.entries.map((entry) => entry.path));
        cursor = page.next;
      }
      expect(listed).toEqual(expected);
      rmSync(root, { recursive: true });
    }),
    { numRuns: 25 },
  );
});

it("edits exactly one place, wherever it is", () => {
  fc.assert(
    fc.property(content, line, content, (text, marker, newText) => {
      const wanted = `<${marker}>`;
      const end = text.includes("\r\n") ? "\r\n" : "\n";
      const lines = text.split(/\r?\n/);
      const at = Math.floor(lines.length / 2);
      const before = lines.toSpliced(at, 0, wanted).join(end);
      const inserted = newText.replaceAll("\r\n", "\n");
      const after = lines.toSpliced(at, 0, inserted.replaceAll("\n", end)).join(end);
      // A file that has no line end yet takes those of the text that is put in.
      fc.pre(before.includes(end) || !inserted.includes("\n"));
      expect(applyEdits(before, [{ oldText: wanted, newText }])).toBe(after);
    }),
  );
});
