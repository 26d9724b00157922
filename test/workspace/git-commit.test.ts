import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  writeTree(root, {
    "../gitconfig": "[user]\n\tname = Ann Onym\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n",
  });
  vi.stubEnv("GIT_CONFIG_GLOBAL", path.join(base, "gitconfig"));
  git("init", "-q");
});
afterEach(() => vi.unstubAllEnvs());

const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" });

function start(files: Record<string, string>): void {
  writeTree(root, files);
  git("add", "-A");
  git("commit", "-qm", "start");
}

async function commit(request: CommitRequest) {
  const plan = await planCommit(workspace, request);
  return { plan, result: await applyCommit(workspace, plan, request.paths) };
}

describe("committing", () => {
  it("makes the first commit, of exactly what was shown", async () => {
    writeTree(root, { "a.ts": "one\n", "b.ts": "" });
    const { plan, result } = await commit({ message: "First\n\n\nMore  \n", paths: ["a.ts"] });
    expect(plan).toMatchObject({
      message: "First\n\nMore\n",
      author: "Ann Onym <ann@example.org>",
      branch: "main",
      paths: ["a.ts"],
      parent: null,
      warnings: [],
    });
    expect(plan.diff).toContain("+one");
    expect(result).toEqual({ commit: git("rev-parse", "HEAD").trim(), branch: "main", files: 1, message: null });
    expect(git("show", "--stat", "--format=%an <%ae>%n%B", "HEAD")).toContain(
      "Ann Onym <ann@example.org>\nFirst\n\nMore\n",
    );
    expect(git("status", "--porcelain")).toBe("?? b.ts\n");
  });

  it("commits the named paths only, deletions and modes too, and leaves what else is staged staged", async () => {
    start({ "a.ts": "1\n", "dir/b.ts": "1\n", "gone.ts": "1\n", "other.ts": "1\n" });
    writeTree(root, {
      "a.ts": "2\n",
      "dir/new.ts": "2\n",
      "other.ts": "2\n",
      "dir/ignored.log": "",
      ".gitignore": "*.log\n",
    });
    rmSync(path.join(root, "gone.ts"));
    chmodSync(path.join(root, "dir/b.ts"), 0o755);
    git("add", "other.ts");
    const { plan } = await commit({ message: "Some", paths: ["a.ts", "dir", "gone.ts"] });
    expect(plan.paths).toEqual(["a.ts", "dir/b.ts", "dir/new.ts", "gone.ts"]);
    expect(plan.diff).toMatch(/new mode 100755[^]*deleted file mode/);
    expect(git("status", "--porcelain")).toBe("M  other.ts\n?? .gitignore\n");
  });

  it("commits what is staged when nothing is named", async () => {
    start({ "a.ts": "1\n" });
    writeTree(root, { "a.ts": "staged\n" });
    git("add", "a.ts");
    writeTree(root, { "a.ts": "not staged\n" });
    const { plan } = await commit({ message: "Staged" });
    expect(plan.diff).toContain("+staged");
    expect(git("show", "HEAD:a.ts")).toBe("staged\n");
    expect(git("status", "--porcelain")).toBe(" M a.ts\n");
  });

  it("touches neither index nor branch before it is applied", async () => {
    start({ "a.ts": "1\n" });
    writeTree(root, { "a.ts": "2\n" });
    const index = readFileSync(path.join(root, ".git/index"));
    await planCommit(workspace, { message: "x", paths: ["a.ts"] });
    expect(readFileSync(path.join(root, ".git/index"))).toEqual(index);
    expect(git("log", "--format=%s")).toBe("start\n");
  });

  it("refuses when files, index or branch changed meanwhile", async () => {
    start({ "a.ts": "1\n", "b.ts": "1\n" });
    writeTree(root, { "a.ts": "2\n" });
    const paths = ["a.ts"];
    const plan = await planCommit(workspace, { message: "x", paths });
    writeTree(root, { "a.ts": "3\n" });
    await expect(applyCommit(workspace, plan, paths)).rejects.toMatchObject({ code: "workspace.changed-since" });
    writeTree(root, { "a.ts": "2\n" });
    git("commit", "-q", "--allow-empty", "-m", "between");
    await expect(applyCommit(workspace, plan, paths)).rejects.toMatchObject({ code: "workspace.changed-since" });
    expect(git("log", "--format=%s")).toBe("between\nstart\n");
  });

  it("takes odd names literally", async () => {
    const names = ["-rf", "*", ":(top)x", "a\nb", "ä b", "[x]"];
    start({ "plain.ts": "1\n" });
    writeTree(root, { ...Object.fromEntries(names.map((name) => [name, ""])), "plain.ts": "2\n", x: "" });
    const { plan } = await commit({ message: "-m\n--amend", paths: names });
    expect(plan.paths.toSorted()).toEqual(names.toSorted());
    expect(git("status", "--porcelain")).toBe(" M plain.ts\n?? x\n");
  });

  it("works from a directory inside the repository", async () => {
    start({ "sub/a.ts": "1\n", "b.ts": "1\n" });
    writeTree(root, { "sub/a.ts": "2\n", "b.ts": "2\n" });
    const inner = openWorkspace(path.join(root, "sub"));
    const plan = await planCommit(inner, { message: "x", paths: [""] });
    expect(plan.paths).toEqual(["sub/a.ts"]);
    await applyCommit(inner, plan, [""]);
    expect(git("status", "--porcelain")).toBe(" M b.ts\n");
  });
});

describe("what a repository would like to run is not run", () => {
  it("hooks, filters, drivers, monitors, pagers, signing programs", async () => {
    const evil = path.join(base, "evil.sh");
    writeFileSync(evil, `#!/bin/sh\ntouch "${base}/PWNED"; cat 2>/dev/null; exit 0\n`, { mode: 0o755 });
    start({ "a.txt": "1\n", ".gitattributes": "*.txt filter=evil diff=evil merge=evil\n" });
    for (const hook of [
      "pre-commit",
      "commit-msg",
      "post-commit",
      "reference-transaction",
      "post-index-change",
      "prepare-commit-msg",
    ]) {
      writeTree(root, { [`.git/hooks/${hook}`]: readFileSync(evil, "utf8") });
      chmodSync(path.join(root, ".git/hooks", hook), 0o755);
    }
    const settings = [
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "diff.evil.textconv",
      "diff.evil.command",
      "diff.external",
      "core.fsmonitor",
      "core.pager",
      "core.editor",
      "core.sshCommand",
      "gpg.program",
      "merge.evil.driver",
      "filter.a=b.clean",
    ];
    for (const key of settings) git("config", key, evil);
    for (const key of ["filter.evil.required", "commit.gpgsign"])
      git("config", key, key.endsWith("required") ? "true" : "false");
    writeTree(root, { ".git/included": `[filter "second"]\n\tclean = ${evil}\n` });
    git("config", "include.path", "included");
    writeFileSync(path.join(root, "b.txt"), "x\n");
    writeFileSync(
      path.join(root, ".gitattributes"),
      "a.txt filter=evil diff=evil\nb.txt filter=second\n*.c filter=a=b\n",
    );
    writeTree(root, { "a.txt": "2\n", "c.c": "x\n" });
    rmSync(path.join(base, "PWNED"), { force: true });
    const { plan } = await commit({ message: "Quiet", paths: ["a.txt", "b.txt", "c.c", ".gitattributes"] });
    expect(plan.warnings).toEqual([
      "Hooks of the repository are not run: commit-msg, post-commit, pre-commit, prepare-commit-msg",
    ]);
    expect(plan.diff).toContain("+2");
    expect(existsSync(path.join(base, "PWNED"))).toBe(false);
  });

  it("nor what a repository inside would", async () => {
    start({ "a.ts": "1\n" });
    execFileSync("git", ["init", "-q", path.join(root, "inner")]);
    writeTree(root, { "inner/x.ts": "", "a.ts": "2\n" });
    execFileSync("git", [
      "-C",
      path.join(root, "inner"),
      "config",
      "core.fsmonitor",
      `touch ${base}/PWNED-INNER; true`,
    ]);
    const { plan } = await commit({ message: "x", paths: [""] });
    expect(plan.paths).toEqual(["a.ts"]);
    expect(plan.warnings).toEqual(["Repositories inside are left out: inner/"]);
    expect(existsSync(path.join(base, "PWNED-INNER"))).toBe(false);
  });

  it("nor what it names as the place of objects that are missing", async () => {
    start({ "a.txt": "1\n" });
    const blob = git("rev-parse", "HEAD:a.txt").trim();
    execFileSync("git", ["init", "-q", "--bare", path.join(base, "origin.git")]);
    for (const [key, value] of [
      ["core.repositoryFormatVersion", "1"],
      ["extensions.partialClone", "origin"],
      ["remote.origin.promisor", "true"],
      ["remote.origin.url", path.join(base, "origin.git")],
      ["remote.origin.uploadpack", `touch ${base}/PWNED-FETCH; git-upload-pack`],
      ["protocol.allow", "always"],
    ] as const)
      git("config", key, value);
    rmSync(path.join(root, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    writeTree(root, { "a.txt": "2\n" });
    await expect(commit({ message: "x", paths: ["a.txt"] })).rejects.toMatchObject({ code: "workspace.git-failed" });
    expect(existsSync(path.join(base, "PWNED-FETCH"))).toBe(false);
  });

  it("nor its way of finding a signing key; how it signs is no program", async () => {
    writeTree(root, { "a.txt": "1\n" });
    git("config", "gpg.format", "ssh");
    git("config", "gpg.ssh.defaultKeyCommand", `touch ${base}/PWNED-KEY; true`);
    git("config", "commit.gpgSign", "true");
    await expect(commit({ message: "x", paths: ["a.txt"] })).rejects.toMatchObject({ code: "workspace.git-failed" });
    expect(existsSync(path.join(base, "PWNED-KEY"))).toBe(false);
    git("config", "commit.gpgSign", "false");
    expect((await commit({ message: "x", paths: ["a.txt"] })).result.files).toBe(1);
  });

  it("and whose repository lies elsewhere, the human is told", async () => {
    const victim = path.join(base, "victim");
    execFileSync("git", ["init", "-q", victim]);
    rmSync(path.join(root, ".git"), { recursive: true });
    writeTree(root, { ".git": `gitdir: ${victim}/.git\n`, "a.txt": "1\n" });
    const plan = await planCommit(workspace, { message: "x", paths: ["a.txt"] });
    expect(plan.warnings).toEqual([`The repository itself lies elsewhere: ${victim}/.git`]);
  });

  it("and a work tree elsewhere is refused", async () => {
    writeTree(base, { "elsewhere/secret.txt": "x" });
    git("config", "core.worktree", path.join(base, "elsewhere"));
    await expect(planCommit(workspace, { message: "x", paths: [""] })).rejects.toMatchObject({
      code: "permission.outside-workspace",
    });
  });
});

describe("what cannot be committed", () => {
  it.each<[string, CommitRequest, string]>([
    ["an empty message", { message: " \n", paths: ["a.ts"] }, "request.invalid-message"],
    ["an endless message", { message: "x".repeat(50_001), paths: ["a.ts"] }, "request.invalid-message"],
    ["what did not change", { message: "x", paths: ["a.ts"] }, "request.nothing-to-commit"],
    ["nothing staged", { message: "x" }, "request.nothing-to-commit"],
    ["no paths", { message: "x", paths: [] }, "request.nothing-to-commit"],
    ["a path outside", { message: "x", paths: ["../gitconfig"] }, "permission.outside-workspace"],
    ["git's own files", { message: "x", paths: [".git/config"] }, "permission.hidden-path"],
  ])("%s is refused", async (_, request, code) => {
    start({ "a.ts": "1\n" });
    await expect(planCommit(workspace, request)).rejects.toMatchObject({ code });
  });

  it("a merge under way, no identity and no repository are said", async () => {
    start({ "a.ts": "1\n" });
    writeTree(root, { "a.ts": "2\n", ".git/MERGE_HEAD": git("rev-parse", "HEAD") });
    await expect(planCommit(workspace, { message: "x", paths: ["a.ts"] })).rejects.toMatchObject({
      code: "workspace.git-unfinished",
    });
    rmSync(path.join(root, ".git/MERGE_HEAD"));
    vi.stubEnv("GIT_CONFIG_GLOBAL", "/dev/null");
    git("config", "user.useConfigOnly", "true");
    await expect(planCommit(workspace, { message: "x", paths: ["a.ts"] })).rejects.toMatchObject({
      code: "workspace.no-identity",
    });
    rmSync(path.join(root, ".git"), { recursive: true });
    await expect(planCommit(workspace, { message: "x" })).rejects.toMatchObject({ code: "workspace.not-a-repository" });
  });
});
