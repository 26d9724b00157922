import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  type WriteRequest,
  applyDelete,
  applyWrite,
  planDelete,
  planWrite,
  workspaceFiles,
} from "../../src/workspace/change-file.ts";
import { sha256 } from "../../src/sha256.ts";
import { type Workspace, openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
let root: string;
let workspace: Workspace;
beforeEach(() => {
  root = mkdtempSync(path.join(base, "p-"));
  workspace = openWorkspace(root);
});

function write(request: WriteRequest): Buffer {
  applyWrite(workspace, planWrite(workspace, request));
  return readFileSync(path.join(root, request.path));
}

describe("writing", () => {
  it("creates a file with its directories, and leaves nothing else behind", () => {
    const plan = planWrite(workspace, { path: "new/deep/a.ts", content: "ä\n" });
    expect(plan).toMatchObject({
      path: "new/deep/a.ts",
      before: null,
      warnings: [],
      after: { text: "ä\n", bytes: 3, hash: sha256(Buffer.from("ä\n")) },
    });
    expect(readdirSync(root)).toEqual([]);
    applyWrite(workspace, plan);
    expect(readFileSync(path.join(root, "new/deep/a.ts"), "utf8")).toBe("ä\n");
    expect(readdirSync(path.join(root, "new/deep"))).toEqual(["a.ts"]);
    expect(statSync(path.join(root, "new/deep/a.ts")).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it("keeps mode, byte order mark, encoding and line ends", () => {
    writeTree(root, {
      "run.sh": "\ufeffold\r\nlines\r\n",
      "wide.txt": Buffer.from("\ufeffwide\n", "utf16le"),
      "latin.txt": Buffer.from("\xe4\n", "latin1"),
    });
    chmodSync(path.join(root, "run.sh"), 0o751);
    expect(write({ path: "run.sh", content: "new\nlines\n" })).toEqual(Buffer.from("\ufeffnew\r\nlines\r\n"));
    expect(statSync(path.join(root, "run.sh")).mode & 0o7777).toBe(0o751);
    expect(write({ path: "run.sh", edits: [{ oldText: "new\nlines", newText: "newer" }] })).toEqual(
      Buffer.from("\ufeffnewer\r\n"),
    );
    expect(write({ path: "wide.txt", edits: [{ oldText: "wide", newText: "größer" }] })).toEqual(
      Buffer.from("\ufeffgrößer\n", "utf16le"),
    );
    expect(write({ path: "latin.txt", content: "ö\n" })).toEqual(Buffer.from("ö\n", "latin1"));
    const plan = planWrite(workspace, { path: "latin.txt", content: "値\n" });
    expect(plan.warnings).toEqual([expect.stringContaining("becomes UTF-8")]);
    expect(plan.content).toEqual(Buffer.from("値\n"));
  });

  it("refuses when the file is not what the change was made for", () => {
    writeTree(root, { "a.ts": "old" });
    expect(() =>
      planWrite(workspace, { path: "a.ts", content: "new", expectedHash: sha256(Buffer.from("else")) }),
    ).toThrow("not what the change was made for");
    expect(() =>
      planWrite(workspace, { path: "b.ts", content: "new", expectedHash: sha256(Buffer.from("else")) }),
    ).toThrow("not what the change was made for");
    const plan = planWrite(workspace, { path: "a.ts", content: "new", expectedHash: sha256(Buffer.from("old")) });
    const created = planWrite(workspace, { path: "c.ts", content: "new" });
    writeTree(root, { "a.ts": "meanwhile", "c.ts": "meanwhile" });
    expect(() => applyWrite(workspace, plan)).toThrow("changed since it was read");
    expect(() => applyWrite(workspace, created)).toThrow("changed since it was read");
    rmSync(path.join(root, "a.ts"));
    expect(() => applyWrite(workspace, plan)).toThrow("changed since it was read");
    writeTree(root, { "real/a.ts": "old" });
    symlinkSync("real/a.ts", path.join(root, "a.ts"));
    expect(() => applyWrite(workspace, plan)).toThrow("not what the change was made for");
    expect(readFileSync(path.join(root, "real/a.ts"), "utf8")).toBe("old");
    expect(readdirSync(root).toSorted()).toEqual(["a.ts", "c.ts", "real"]);
  });

  it("refuses hard links, pipes, directories, places outside and too much", () => {
    writeTree(base, { "outside.ts": "outside" });
    linkSync(path.join(base, "outside.ts"), path.join(root, "hard.ts"));
    symlinkSync("../outside-new.ts", path.join(root, "dangling.ts"));
    execFileSync("mkfifo", [path.join(root, "pipe")]);
    mkdirSync(path.join(root, "directory"));
    const refused =
      (file: string, content = "x") =>
      (message: string) =>
        expect(() => planWrite(workspace, { path: file, content })).toThrow(message);
    refused("hard.ts")("hard link with 2 names");
    refused("dangling.ts")("does not lie inside");
    refused("pipe")("is a pipe");
    refused("directory")("is a directory");
    refused("")("no file");
    refused("../x")("climbs");
    refused(".git/hooks/pre-commit")("hidden");
    refused("big.ts", "x".repeat(1024 * 1024 + 1))("1048576 are allowed");
    writeTree(root, { "blob.dat": Buffer.from([0, 1]) });
    expect(() => planWrite(workspace, { path: "blob.dat", edits: [{ oldText: "a", newText: "b" }] })).toThrow("binary");
    expect(planWrite(workspace, { path: "blob.dat", content: "x" }).warnings).toEqual([
      expect.stringContaining("binary"),
    ]);
    expect(() => planWrite(workspace, { path: "none.ts", edits: [{ oldText: "a", newText: "b" }] })).toThrow(
      "nothing to edit",
    );
    for (const both of [{ path: "a" }, { path: "a", content: "", edits: [] }])
      expect(() => planWrite(workspace, both)).toThrow("either content or edits");
    expect(readFileSync(path.join(base, "outside.ts"), "utf8")).toBe("outside");
  });

  it("does not write through a directory that was exchanged for a link", () => {
    writeTree(root, { "src/a.ts": "old" });
    mkdirSync(path.join(base, "elsewhere"), { recursive: true });
    const plan = planWrite(workspace, { path: "src/b.ts", content: "new" });
    rmSync(path.join(root, "src"), { recursive: true });
    symlinkSync(path.join(base, "elsewhere"), path.join(root, "src"));
    expect(() => applyWrite(workspace, plan)).toThrow("does not lie inside");
    expect(readdirSync(path.join(base, "elsewhere"))).toEqual([]);
  });

  it("clears away what a killed process left, and only that", () => {
    const dead = Number(execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }));
    const names = {
      stale: `.codelab-${dead}-0123456789abcdef.tmp`,
      fresh: `.codelab-${dead}-1123456789abcdef.tmp`,
      living: `.codelab-${process.pid}-0123456789abcdef.tmp`,
    };
    for (const name of Object.values(names)) writeFileSync(path.join(root, name), "");
    for (const name of [names.stale, names.living]) utimesSync(path.join(root, name), 1, 1);
    write({ path: "a.ts", content: "" });
    expect(readdirSync(root).toSorted()).toEqual([names.fresh, names.living, "a.ts"].toSorted());
  });
});

describe("deleting", () => {
  it("removes the very file that was shown", () => {
    writeTree(root, { "a.ts": "old", "b.ts": "old" });
    const plan = planDelete(workspace, "a.ts");
    expect(plan).toMatchObject({ path: "a.ts", before: { text: "old", bytes: 3 }, warnings: [] });
    applyDelete(workspace, plan);
    expect(readdirSync(root)).toEqual(["b.ts"]);
    expect(() => applyDelete(workspace, plan)).toThrow("does not exist");
    const other = planDelete(workspace, "b.ts");
    writeTree(root, { "b.ts": "meanwhile" });
    expect(() => applyDelete(workspace, other)).toThrow("changed since");
  });

  it("refuses directories and what is not there, and tells of other names", () => {
    writeTree(root, { "d/a.ts": "x" });
    expect(() => planDelete(workspace, "d")).toThrow("is a directory");
    expect(() => planDelete(workspace, "nowhere")).toThrow("no file that could be deleted");
    expect(() => planDelete(workspace, "")).toThrow("no file");
    linkSync(path.join(root, "d/a.ts"), path.join(root, "twin.ts"));
    expect(planDelete(workspace, "twin.ts").warnings).toEqual([expect.stringContaining("1 other name")]);
  });
});

it("puts whole files back for an undo", async () => {
  const files = workspaceFiles(workspace);
  expect(await files.read("a.bin")).toBeNull();
  const file = { content: Buffer.from([0, 255, 1]), mode: 0o640 };
  await files.write("deep/a.bin", file);
  expect(await files.read("deep/a.bin")).toEqual(file);
  // What was saved since the undo looked is not lost.
  const changed = { code: "workspace.changed-since" };
  await expect(files.write("deep/a.bin", file, null)).rejects.toMatchObject(changed);
  await expect(files.write("deep/a.bin", file, "0".repeat(64))).rejects.toMatchObject(changed);
  await expect(files.remove("deep/a.bin", "0".repeat(64))).rejects.toMatchObject(changed);
  await files.remove("deep/a.bin");
  expect(await files.read("deep/a.bin")).toBeNull();
  await expect(files.write("../x", file)).rejects.toMatchObject({ code: "permission.outside-workspace" });
});
