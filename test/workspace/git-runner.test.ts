import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findRepository, readGitExcludes, readRepositoryExclude } from "../../src/workspace/git-locations.ts";
import { openGit } from "../../src/workspace/git-runner.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(base, "p-"));
  vi.stubEnv("GIT_CONFIG_GLOBAL", path.join(base, "gitconfig"));
  writeTree(base, { gitconfig: "[user]\n\tname = A\n\temail = a@b\n" });
  execFileSync("git", ["init", "-q", root]);
});
afterEach(() => vi.unstubAllEnvs());

describe("running git", () => {
  it("gives what it prints, null for a no, and an error with its complaint", async () => {
    const git = await openGit(root);
    expect(await git.run(["hash-object", "--stdin"], { input: "x" })).toMatch(/^[0-9a-f]{40}\n$/);
    expect(await git.ask(["config", "--get", "no.such"])).toBeNull();
    expect(await git.ask(["config", "--get", "user.name"])).toBe("A\n");
    await expect(git.run(["no-such-command"])).rejects.toMatchObject({
      code: "workspace.git-failed",
      message: expect.stringContaining("no-such-command"),
    });
    await expect(git.ask(["rev-parse", "--verify", "nothing^{commit}"])).rejects.toMatchObject({
      code: "workspace.git-failed",
    });
  });

  it("says when there is no git", async () => {
    vi.stubEnv("PATH", base);
    await expect(openGit(root)).rejects.toMatchObject({ code: "workspace.no-git" });
  });

  it("hears nothing of the environment that would change what it does", async () => {
    const evil = `touch ${base}/RAN`;
    for (const name of ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EDITOR", "GIT_SSH_COMMAND", "PAGER", "GIT_ASKPASS"])
      vi.stubEnv(name, evil);
    vi.stubEnv("GIT_DIR", "/nowhere");
    vi.stubEnv("GIT_INDEX_FILE", "/nowhere/index");
    writeTree(root, { "a.txt": "1\n" });
    const git = await openGit(root);
    expect(await git.run(["rev-parse", "--show-toplevel"])).toBe(`${root}\n`);
    await git.run(["add", "a.txt"]);
    await git.run(["commit", "-q", "-m", "x"]);
    writeTree(root, { "a.txt": "2\n" });
    expect(await git.run(["diff", "--no-ext-diff"])).toContain("+2");
    expect(existsSync(path.join(base, "RAN"))).toBe(false);
  });

  it("trusts programs that the user chose, not those that the repository names", async () => {
    writeTree(base, { gitconfig: '[user]\n\tname = A\n\temail = a@b\n[filter "own"]\n\tclean = tr a-z A-Z\n' });
    execFileSync("git", ["-C", root, "config", "filter.theirs.clean", "tr a-z z"]);
    execFileSync("git", ["-C", root, "config", "alias.run", "!touch RAN"]);
    writeTree(root, {
      ".gitattributes": "*.own filter=own\n*.theirs filter=theirs\n",
      "a.own": "abc\n",
      "a.theirs": "abc\n",
    });
    const git = await openGit(root);
    await git.run(["add", "."]);
    expect(await git.run(["show", ":a.own"])).toBe("ABC\n");
    expect(await git.run(["show", ":a.theirs"])).toBe("abc\n");
    await expect(git.run(["run"])).rejects.toThrow();
    expect(existsSync(path.join(root, "RAN"))).toBe(false);
  });

  it("ends with the signal", async () => {
    const git = await openGit(root);
    const signal = AbortSignal.timeout(100);
    await expect(
      git
        .run(["cat-file", "--batch"], { signal, input: "HEAD\n".repeat(100) })
        .then(() => git.run(["status"], { signal: AbortSignal.abort() })),
    ).rejects.toThrow("abort");
  });
});

describe("finding repositories", () => {
  it("looks upwards, and knows worktrees and submodules by their files", () => {
    writeTree(root, {
      "a/b/c.ts": "",
      ".git/info/exclude": "main\n",
      ".git/worktrees/w/commondir": "../..\n",
      ".git/modules/s/info/exclude": "module\n",
      "tree/.git": `gitdir: ${root}/.git/worktrees/w\n`,
      "sub/.git": "gitdir: ../.git/modules/s\n",
      "odd/.git": "nonsense",
    });
    expect(findRepository(path.join(root, "a/b"))).toBe(root);
    expect(findRepository(path.join(root, "tree"))).toBe(path.join(root, "tree"));
    expect(findRepository(path.join(root, "odd"))).toBe(root);
    expect(findRepository("/")).toBeNull();
    expect(readRepositoryExclude(path.join(root, "tree"))).toBe("main\n");
    expect(readRepositoryExclude(path.join(root, "sub"))).toBe("module\n");
    expect(readRepositoryExclude(path.join(root, "a"))).toBe("");
  });

  it("reads the user's excludes from where git does", async () => {
    vi.stubEnv("HOME", base);
    vi.stubEnv("XDG_CONFIG_HOME", path.join(base, "xdg"));
    writeTree(base, { "xdg/git/ignore": "*.usual\n", mine: "*.mine\n" });
    expect(await readGitExcludes(root)).toEqual({ global: "*.usual\n", ignoreCase: false });
    writeTree(base, { gitconfig: "[core]\n\texcludesFile = ~/mine\n" });
    execFileSync("git", ["-C", root, "config", "core.ignoreCase", "true"]);
    expect(await readGitExcludes(root)).toEqual({ global: "*.mine\n", ignoreCase: true });
    writeTree(base, { gitconfig: '[core]\n\texcludesFile = ""\n' });
    expect((await readGitExcludes(root)).global).toBe("");
  });
});
