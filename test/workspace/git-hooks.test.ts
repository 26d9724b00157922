import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CommitRequest, applyCommit, planCommit } from "../../src/workspace/git-commit.ts";
import { type Workspace, openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
let root: string;
let workspace: Workspace;

beforeEach(() => {
  root = mkdtempSync(path.join(base, "p-"));
  workspace = openWorkspace(root);
  writeTree(base, { gitconfig: "[user]\n\tname = A\n\temail = a@b\n[init]\n\tdefaultBranch = main\n" });
  vi.stubEnv("GIT_CONFIG_GLOBAL", path.join(base, "gitconfig"));
  vi.stubEnv("SECRET_TOKEN", "hunter2");
  git("init", "-q");
  writeTree(root, { "a.txt": "one\n" });
});
afterEach(() => vi.unstubAllEnvs());

const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" });
const ran = () => (existsSync(path.join(root, ".git/ran")) ? readFileSync(path.join(root, ".git/ran"), "utf8") : "");

function hook(name: string, lines: string, directory = ".git/hooks"): void {
  writeTree(root, {
    [`${directory}/${name}`]: `#!/bin/sh\necho ${name} >> "$(git rev-parse --git-dir)/ran"\n${lines}\n`,
  });
  chmodSync(path.join(root, directory, name), 0o755);
}

const REQUEST: CommitRequest = { message: "Say it\n", paths: ["a.txt"], runHooks: true };

async function commit(request = REQUEST) {
  const plan = await planCommit(workspace, request);
  return { plan, result: await applyCommit(workspace, plan, request.paths) };
}

describe.skipIf(process.platform === "win32")("hooks, when they are asked for", () => {
  it("are planned whole and unrun, run in git's order, and may only read what is committed", async () => {
    hook("pre-commit", 'git diff --cached --name-only > .git/staged; env > .git/env; test "$(pwd)" = "$PWD"');
    hook("prepare-commit-msg", 'test "$2" = message');
    hook("commit-msg", 'echo "Change-Id: I1" >> "$1"');
    hook("post-commit", "git log --format=%s > .git/after; exit 1");
    const plan = await planCommit(workspace, REQUEST);
    expect(plan.hooks.map(({ name }) => name)).toEqual([
      "pre-commit",
      "prepare-commit-msg",
      "commit-msg",
      "post-commit",
    ]);
    expect(plan.hooks[2]?.text).toContain("Change-Id: I1");
    expect(plan.warnings).toEqual([]);
    expect(ran()).toBe("");
    const { message } = await applyCommit(workspace, plan, REQUEST.paths);
    expect(ran()).toBe("pre-commit\nprepare-commit-msg\ncommit-msg\npost-commit\n");
    expect(message).toBe("Say it\nChange-Id: I1\n");
    expect(git("show", "-s", "--format=%B").trim()).toBe("Say it\nChange-Id: I1");
    expect(readFileSync(path.join(root, ".git/staged"), "utf8")).toBe("a.txt\n");
    expect(readFileSync(path.join(root, ".git/after"), "utf8")).toBe("Say it Change-Id: I1\n");
    expect(readFileSync(path.join(root, ".git/env"), "utf8")).not.toContain("hunter2");
    expect(git("status", "--porcelain")).toBe("");
  });

  it("do not run when nobody asked, and the human is told", async () => {
    hook("pre-commit", "exit 1");
    const { plan, result } = await commit({ message: "x", paths: ["a.txt"] });
    expect(plan.warnings).toEqual(["Hooks of the repository are not run: pre-commit"]);
    expect(result.message).toBeNull();
    expect(ran()).toBe("");
  });

  it("are found where the repository or its user says, and passed over where git would", async () => {
    git("config", "core.hooksPath", ".husky");
    hook("pre-commit", "", ".husky");
    hook("commit-msg", "", ".git/hooks");
    writeTree(root, { ".husky/post-commit": "#!/bin/sh\n" });
    expect((await planCommit(workspace, REQUEST)).hooks.map(({ name }) => name)).toEqual(["pre-commit"]);
    git("config", "--unset", "core.hooksPath");
    expect((await planCommit(workspace, REQUEST)).hooks.map(({ name }) => name)).toEqual(["commit-msg"]);
  });

  it.each([
    ["pre-commit", "echo no tests >&2; exit 3"],
    ["prepare-commit-msg", "exit 1"],
    ["commit-msg", "exit 1"],
  ])("that refuse (%s) leave no commit", async (name, lines) => {
    hook(name, lines);
    await expect(commit()).rejects.toMatchObject({
      code: "workspace.hook-refused",
      message: expect.stringContaining(name === "pre-commit" ? "no tests" : name) as string,
    });
    expect(() => git("rev-parse", "HEAD")).toThrow("HEAD");
    expect(git("status", "--porcelain")).toBe("?? a.txt\n");
  });

  it.each([
    ["the file", "echo two >> a.txt"],
    ["the index", "echo x > b.txt; git add b.txt"],
  ])("that change %s commit nothing that nobody saw", async (_what, lines) => {
    hook("pre-commit", lines);
    await expect(commit()).rejects.toMatchObject({ code: "workspace.hook-changed" });
    expect(() => git("rev-parse", "HEAD")).toThrow("HEAD");
  });

  it("that were exchanged since they were shown do not run", async () => {
    hook("pre-commit", "");
    const plan = await planCommit(workspace, REQUEST);
    hook("pre-commit", "touch .git/PWNED");
    await expect(applyCommit(workspace, plan, REQUEST.paths)).rejects.toMatchObject({
      code: "workspace.changed-since",
    });
    expect(ran()).toBe("");
  });

  it.each([
    ["too long", `# ${"x".repeat(20_000)}`],
    ["binary", "\0"],
  ])("that are %s to be shown are not run", async (_why, lines) => {
    hook("pre-commit", lines);
    await expect(planCommit(workspace, REQUEST)).rejects.toMatchObject({ code: "workspace.hook-not-shown" });
  });
});
