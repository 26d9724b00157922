import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeDirectory } from "../src/make-directory.ts";
import { CLI } from "./e2e/run-cli.ts";

let root: string;
beforeEach(() => void (root = mkdtempSync(path.join(os.tmpdir(), "codelab-make-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it("makes a directory and the parents that it lacks, and is content with one that is there", () => {
  const deep = path.join(root, "a", "b", "c");
  makeDirectory(deep, 0o700);
  makeDirectory(deep, 0o700);
  makeDirectory(root);
  expect(statSync(deep).isDirectory()).toBe(true);
  if (process.platform !== "win32")
    for (const made of [deep, path.dirname(deep)]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

it("takes a link to a directory for one, and says what stands in the way", () => {
  mkdirSync(path.join(root, "there"));
  symlinkSync(path.join(root, "there"), path.join(root, "link"), "junction");
  makeDirectory(path.join(root, "link", "in"));
  expect(existsSync(path.join(root, "there", "in"))).toBe(true);
  writeFileSync(path.join(root, "file"), "");
  expect(() => makeDirectory(path.join(root, "file"))).toThrow(/EEXIST/);
  expect(() => makeDirectory(path.join(root, "file", "below", "it"))).toThrow(/ENOTDIR|ENOENT|EEXIST/);
});

it.runIf(existsSync("/proc/self"))(
  "ends where a file system lets nothing be made, in every verb",
  { timeout: 240_000 },
  () => {
    expect(() => makeDirectory("/proc/codelab-nothing/below")).toThrow(/ENOENT|EACCES|EPERM/);
    writeFileSync(path.join(root, "a.ts"), "export const a = 1;\n");
    const env = { ...process.env, CODELAB_HOME: "/proc/codelab-nothing", EMBEDDING_PROVIDER: "none" };
    for (const args of [["index"], ["search", "a"], ["approvals", "list"], ["doctor"]]) {
      const options = { cwd: root, env, encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
      const { status, signal, stderr } = spawnSync(process.execPath, [CLI, ...args], options);
      expect([args[0], status, signal]).toEqual([args[0], 1, null]);
      expect(stderr).not.toMatch(/\n {4}at /);
    }
  },
);
