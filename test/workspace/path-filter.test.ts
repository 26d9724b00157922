import { mkdtempSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { PathFilter } from "../../src/workspace/path-filter.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory, walkAll } from "./temporary.ts";

const base = temporaryDirectory();

const FILES = {
  "package.json": "",
  "A.csproj": "",
  ".gitignore": "*.log\n/vendor\n",
  ".codelabignore": "!keep.log\n",
  "a.ts": "",
  "a.log": "",
  "keep.log": "",
  "dist/a.js": "",
  "bin/a.ts": "",
  "src/dist/b.ts": "",
  "vendor/mine/c.ts": "",
  "vendor/other/d.ts": "",
  "node_modules/m/e.js": "",
  "deep/.gitignore": "!a.log\n",
  "deep/er/a.log": "",
  ".git/config": "",
};

it("judges each path as a walk does", async () => {
  const root = writeTree(mkdtempSync(path.join(base, "p-")), FILES);
  const options = { include: ["vendor/mine/**"] };
  const { paths } = await walkAll(root, options);
  const filter = await PathFilter.open(root, options);
  expect(
    Object.keys(FILES)
      .filter((file) => filter.takes(file, false))
      .toSorted(),
  ).toEqual(paths);
  expect(paths).toContain("vendor/mine/c.ts");
  expect(filter.takes("vendor", true)).toBe(true);
  expect(filter.takes("vendor/other", true)).toBe(false);
  expect(filter.takes("node_modules", true)).toBe(false);
  expect(filter.takes("nowhere/yet/x.ts", false)).toBe(true);
});
