import { mkdtempSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { compileGlob } from "../../src/glob.ts";
import { type ListFilesRequest, listFiles } from "../../src/workspace/list-files.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const root = writeTree(mkdtempSync(path.join(base, "p-")), {
  "a.ts": "123",
  "b.py": "",
  "src/c.ts": "",
  "src/deep/d.tsx": "",
  "src/x.log": "",
  ".gitignore": "*.log\n",
  ".env": "",
  ".github/ci.yml": "",
  ".unusual/e.ts": "",
  "node_modules/m/index.js": "",
  "big.bin.ts": "x".repeat(2_000_000),
});
symlinkSync("src", path.join(root, "link"));
const workspace = openWorkspace(root);
const list = async (request: ListFilesRequest) =>
  (await listFiles(workspace, request)).entries.map(({ path: at }) => at);

describe("listing", () => {
  it("shows a directory's own entries, sorted, without what is ignored or hidden", async () => {
    expect((await listFiles(workspace, {})).entries).toEqual([
      { path: ".github", type: "directory", size: null },
      { path: ".gitignore", type: "file", size: 6 },
      { path: "a.ts", type: "file", size: 3 },
      { path: "b.py", type: "file", size: 0 },
      { path: "big.bin.ts", type: "file", size: 2_000_000 },
      { path: "link", type: "link", size: null },
      { path: "src", type: "directory", size: null },
    ]);
    expect(await list({ path: "src" })).toEqual(["src/c.ts", "src/deep"]);
    expect(await list({ path: "link" })).toEqual(["src/c.ts", "src/deep"]);
  });

  it("shows all files below", async () => {
    expect(await list({ recursive: true })).toEqual([
      ".github/ci.yml",
      ".gitignore",
      "a.ts",
      "b.py",
      "big.bin.ts",
      "src/c.ts",
      "src/deep/d.tsx",
    ]);
    expect(await list({ path: "src", recursive: true })).toEqual(["src/c.ts", "src/deep/d.tsx"]);
    expect(await list({ recursive: true, glob: "*.{ts,tsx}" })).toEqual([
      "a.ts",
      "big.bin.ts",
      "src/c.ts",
      "src/deep/d.tsx",
    ]);
    expect(await list({ recursive: true, glob: "src/**/*.tsx" })).toEqual(["src/deep/d.tsx"]);
    expect(await list({ recursive: true, glob: "*.rs" })).toEqual([]);
  });

  it("shows what is left out when it is named", async () => {
    expect(await list({ path: "node_modules/m" })).toEqual(["node_modules/m/index.js"]);
    expect(await list({ path: "node_modules", recursive: true })).toEqual(["node_modules/m/index.js"]);
  });

  it("comes in pages", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page = await listFiles(workspace, {
        recursive: true,
        limit: 3,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.entries.map((entry) => entry.path));
      expect(page.truncated).toBe(page.next !== null);
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(seen).toEqual(await list({ recursive: true }));
  });

  it("refuses what is no directory, no cursor, no limit and no glob", async () => {
    await expect(list({ path: "a.ts" })).rejects.toThrow("a.ts is a file, not a directory");
    await expect(list({ path: "a.ts", recursive: true })).rejects.toThrow("a.ts is a file, not a directory");
    await expect(list({ path: "nowhere" })).rejects.toThrow("nowhere does not exist");
    await expect(list({ path: ".." })).rejects.toMatchObject({ code: "permission.outside-workspace" });
    await expect(list({ cursor: "§" })).rejects.toMatchObject({ code: "request.invalid-cursor" });
    await expect(list({ limit: 0 })).rejects.toMatchObject({ code: "request.invalid-limit" });
    await expect(list({ glob: "[" })).rejects.toMatchObject({ code: "request.invalid-glob" });
    await expect(list({ glob: "{a,b}".repeat(12) })).rejects.toMatchObject({ code: "request.invalid-glob" });
  });
});

it.each([
  ["*.ts", "src/a.ts", true],
  ["src/*.ts", "src/a.ts", true],
  ["src/*.ts", "src/deep/a.ts", false],
  ["src/**", "src/deep/a.ts", true],
  ["**/a.ts", "a.ts", true],
  ["./src/*", "src/a.ts", true],
  ["/a.ts", "src/a.ts", false],
  ["{src,test}/**/*.{ts,js}", "test/x/y.js", true],
  ["a{,b}.ts", "a.ts", true],
  ["a{b.ts", "a{b.ts", true],
  ["a{b}.ts", "a{b}.ts", true],
  ["x{a,{b,c}}y", "xcy", true],
  ["\\{a,b}", "{a,b}", true],
  ["[ab].ts", "b.ts", true],
  ["*a*a*a*a*a*a*a*a*a*a*b", "a".repeat(200), false],
])("the glob %j for %j: %j", (glob, file, expected) => expect(compileGlob(glob)(file)).toBe(expected));
