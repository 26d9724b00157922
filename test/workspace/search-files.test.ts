import { mkdtempSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type SearchFilesRequest, searchFiles } from "../../src/workspace/search-files.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const root = writeTree(mkdtempSync(path.join(base, "p-")), {
  "a.ts": "const needle = 1;\nconst Needle = 2;\n// nothing\nneedle();\n",
  "src/b.py": "# needle\n",
  "src/crlf.txt": "one\r\nneedle two\r\n",
  "src/wide.txt": Buffer.from("\ufeffwide needle\n", "utf16le"),
  "src/latin.txt": Buffer.from("gr\xf6\xdfe needle\n", "latin1"),
  "src/blob.dat": Buffer.concat([Buffer.from("needle\n"), Buffer.from([0, 1, 2])]),
  "-rf": "needle in an odd name\n",
  "src/long.txt": `${"x".repeat(100_000)}needle\n`,
  ".gitignore": "*.log\n",
  "x.log": "needle\n",
  ".env": "needle\n",
  "node_modules/m/i.js": "needle\n",
});
writeTree(base, { "outside/secret.ts": "needle outside\n" });
symlinkSync("../outside", path.join(root, "out"));
symlinkSync("../outside/secret.ts", path.join(root, "out.ts"));
const workspace = openWorkspace(root);
const search = (request: SearchFilesRequest) => searchFiles(workspace, request);
const places = async (request: SearchFilesRequest) =>
  (await search(request)).matches.map((match) => `${match.path}:${match.line}`);

afterEach(() => vi.unstubAllEnvs());

const EVERYWHERE = [
  "-rf:1",
  "a.ts:1",
  "a.ts:2",
  "a.ts:4",
  "src/b.py:1",
  "src/crlf.txt:2",
  "src/latin.txt:1",
  "src/long.txt:1",
  "src/wide.txt:1",
];

describe("searching", () => {
  it("finds lines in the files that a listing shows, in order, whatever their encoding", async () => {
    expect(await places({ pattern: "needle" })).toEqual(EVERYWHERE);
    const { matches } = await search({ pattern: "needle two" });
    expect(matches).toEqual([{ path: "src/crlf.txt", line: 2, text: "needle two", before: [], after: [] }]);
    expect(
      (await search({ pattern: "größe|xneedle|wide", path: "src" })).matches.map(({ text }) => text.length),
    ).toEqual([501, 11]);
  });

  it("minds case only where the pattern does, or as told", async () => {
    expect(await places({ pattern: "Needle", path: "a.ts" })).toEqual(["a.ts:2"]);
    expect(await places({ pattern: "Needle", path: "a.ts", caseSensitive: false })).toEqual([
      "a.ts:1",
      "a.ts:2",
      "a.ts:4",
    ]);
    expect(await places({ pattern: "needle", path: "a.ts", caseSensitive: true })).toEqual(["a.ts:1", "a.ts:4"]);
  });

  it("keeps to a directory, a file, a glob", async () => {
    expect(await places({ pattern: "needle", glob: "*.{py,ts}" })).toEqual([
      "a.ts:1",
      "a.ts:2",
      "a.ts:4",
      "src/b.py:1",
    ]);
    expect(await places({ pattern: "needle", path: "src", glob: "src/*.py" })).toEqual(["src/b.py:1"]);
    expect(await places({ pattern: "needle", path: "node_modules" })).toEqual(["node_modules/m/i.js:1"]);
    expect(await places({ pattern: "nowhere to be found" })).toEqual([]);
  });

  it("gives neighbours", async () => {
    const { matches } = await search({ pattern: "nothing", contextLines: 1 });
    expect(matches).toMatchObject([{ before: ["const Needle = 2;"], after: ["needle();"] }]);
  });

  it("comes in pages that together are everything", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await search({ pattern: "needle", limit: 2, ...(cursor === null ? {} : { cursor }) });
      seen.push(...page.matches.map((match) => `${match.path}:${match.line}`));
      expect(page.truncated).toBe(page.next !== null);
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(EVERYWHERE);
  });
});

describe("a pattern", () => {
  it("is an argument and never an option", async () => {
    for (const pattern of ["--pre=touch hacked", "-rf", "--files", "-e"])
      expect(await places({ pattern, literal: true })).toEqual([]);
    expect(await places({ pattern: "(needle", literal: true })).toEqual([]);
  });

  it("is refused with the reason when it is wrong", async () => {
    await expect(search({ pattern: "(needle" })).rejects.toMatchObject({
      code: "request.invalid-pattern",
      message: expect.stringContaining("unclosed group"),
    });
    await expect(search({ pattern: "a(?=b)" })).rejects.toMatchObject({ code: "request.invalid-pattern" });
    for (const pattern of ["", "x".repeat(10_001), "a\0b"])
      await expect(search({ pattern })).rejects.toMatchObject({ code: "request.invalid-pattern" });
  });

  it("cannot stall anything", async () => {
    writeTree(root, { "evil/a.txt": `${"a".repeat(50_000)}!\n` });
    expect(await places({ pattern: "(a+)+$", path: "evil" })).toEqual([]);
  });
});

it("ends at its time limit with what it has, and at the signal", async () => {
  expect(await search({ pattern: "needle", timeoutMs: 0 })).toMatchObject({ timedOut: true, truncated: true });
  await expect(searchFiles(workspace, { pattern: "needle" }, AbortSignal.abort(new Error("enough")))).rejects.toThrow(
    "enough",
  );
});

it("does not listen to the user's ripgrep settings", async () => {
  writeTree(base, { ripgreprc: "--files-without-match\n--pre=/bin/false\n" });
  vi.stubEnv("RIPGREP_CONFIG_PATH", path.join(base, "ripgreprc"));
  expect(await places({ pattern: "needle" })).toEqual(EVERYWHERE);
});

it("refuses places outside", async () => {
  for (const place of ["..", "out", "out.ts", "../outside", "/etc"]) {
    await expect(search({ pattern: "needle", path: place })).rejects.toMatchObject({
      code: "permission.outside-workspace",
    });
  }
  await expect(search({ pattern: "needle", path: "nowhere" })).rejects.toMatchObject({ code: "workspace.not-found" });
});
