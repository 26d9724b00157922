import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { identifyTranscript } from "../../src/transcripts/identify-transcript.ts";
import { describeTranscripts } from "../../src/transcripts/list-transcripts.ts";
import { listAll } from "./list-all.ts";
import { LogFolder } from "./make-log.ts";

const posixTest = test.skipIf(process.platform === "win32");

function tree(folder: LogFolder, files: readonly string[]): void {
  for (const name of files) {
    mkdirSync(path.join(folder.path, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder.path, name), "{}\n");
  }
}

test("finds logs at any depth and tells sessions from subagents", async () => {
  using folder = new LogFolder();
  tree(folder, [
    "-home-dev-shop/one.jsonl",
    "-home-dev-shop/one/subagents/agent-a1.jsonl",
    "-home-dev-shop/one/subagents/workflows/wf_9/agent-b2.jsonl",
    "-home-dev-shop/one/subagents/workflows/wf_9/journal.jsonl",
    "-home-dev-shop/one/subagents/agent-a1.meta.json",
    "-home-dev-shop/one/tool-results/big.jsonl",
    "-home-dev-shop/agent-old.jsonl",
    "-home-dev-shop/memory/notes.jsonl",
    "-home-dev-my-app/two.jsonl",
  ]);
  const { files, problems } = await listAll([folder.path]);
  const found = files.map((file) => ({
    name: path.relative(folder.path, file.path).replaceAll("\\", "/"),
    ...identifyTranscript(file),
  }));
  expect(problems).toEqual([]);
  expect(found.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: "-home-dev-my-app/two.jsonl", sessionId: "two", agentId: null, project: "app" },
    { name: "-home-dev-shop/agent-old.jsonl", sessionId: "", agentId: "old", project: "shop" },
    { name: "-home-dev-shop/one.jsonl", sessionId: "one", agentId: null, project: "shop" },
    { name: "-home-dev-shop/one/subagents/agent-a1.jsonl", sessionId: "one", agentId: "a1", project: "shop" },
    {
      name: "-home-dev-shop/one/subagents/workflows/wf_9/agent-b2.jsonl",
      sessionId: "one",
      agentId: "b2",
      project: "shop",
    },
  ]);
});

test("a root that does not exist has no logs; nested and repeated roots count once", async () => {
  using folder = new LogFolder();
  tree(folder, ["p/one.jsonl", "p/two.jsonl"]);
  const roots = [folder.path, path.join(folder.path, "p"), folder.path, path.join(folder.path, "absent")];
  // Nor has one that cannot exist, below a file.
  roots.push(path.join(folder.path, "p/one.jsonl/deeper"));
  const { files, problems } = await listAll(roots);
  expect(files).toHaveLength(2);
  expect(problems).toEqual([]);
});

posixTest("follows symbolic links, without going round in circles", async () => {
  using folder = new LogFolder();
  using elsewhere = new LogFolder();
  tree(folder, ["p/one.jsonl"]);
  tree(elsewhere, ["q/linked.jsonl", "single.jsonl"]);
  symlinkSync(folder.path, path.join(folder.path, "p", "circle"));
  symlinkSync(path.join(elsewhere.path, "q"), path.join(folder.path, "q"));
  symlinkSync(path.join(elsewhere.path, "single.jsonl"), path.join(folder.path, "p", "single.jsonl"));
  symlinkSync(path.join(folder.path, "p", "one.jsonl"), path.join(folder.path, "p", "again.jsonl"));
  symlinkSync(path.join(folder.path, "nowhere"), path.join(folder.path, "p", "dangling.jsonl"));
  symlinkSync(path.join(folder.path, "p", "self.jsonl"), path.join(folder.path, "p", "self.jsonl"));
  const { files, problems } = await listAll([folder.path]);
  expect(files.map((file) => path.basename(file.path)).sort()).toEqual(["linked.jsonl", "one.jsonl", "single.jsonl"]);
  expect(problems.map((problem) => path.basename(problem.path))).toEqual(["self.jsonl"]);
});

posixTest("passes over folders and pipes that look like logs, and names what it may not read", async () => {
  using folder = new LogFolder();
  tree(folder, ["p/one.jsonl", "p/folder.jsonl/inner.jsonl", "locked/two.jsonl"]);
  execFileSync("mkfifo", [path.join(folder.path, "p", "pipe.jsonl")]);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) chmodSync(path.join(folder.path, "locked"), 0);
  try {
    const { files, problems } = await listAll([folder.path]);
    const names = files.map((file) => path.basename(file.path)).sort();
    expect(names).toEqual(isRoot ? ["inner.jsonl", "one.jsonl", "two.jsonl"] : ["inner.jsonl", "one.jsonl"]);
    expect(problems).toHaveLength(isRoot ? 0 : 1);
  } finally {
    chmodSync(path.join(folder.path, "locked"), 0o700);
  }
});

test("stops when asked to", async () => {
  using folder = new LogFolder();
  tree(folder, ["p/one.jsonl"]);
  await expect(listAll([folder.path], AbortSignal.abort())).rejects.toThrow();
});

test("describes single logs, and says when only a listing can tell", async () => {
  using folder = new LogFolder();
  tree(folder, ["p/one.jsonl"]);
  const place = (name: string) => path.join(folder.path, name);
  const { files } = await listAll([folder.path]);
  expect(describeTranscripts([place("p/one.jsonl"), place("p/gone.jsonl")], [folder.path])?.files).toEqual(files);
  expect(describeTranscripts([place("p/one.jsonl"), place("p/new-folder")], [folder.path])).toBeNull();
  expect(describeTranscripts([path.join(path.dirname(folder.path), "elsewhere.jsonl")], [folder.path])).toBeNull();
});
