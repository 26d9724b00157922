import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { UserError } from "../errors.ts";
import { type Git, openGit } from "./git-runner.ts";
import { isInside, resolveInside } from "./paths.ts";
import type { Workspace } from "./workspace.ts";

export interface CommitRequest {
  readonly message: string;
  /** Files and directories whose present state is committed; what is staged when absent. */
  readonly paths?: readonly string[];
}

/** A commit that is worked out and not yet made: what a human sees, and exactly the tree that will be committed. */
export interface CommitPlan {
  readonly message: string;
  /** `Name <address>` */
  readonly author: string;
  readonly branch: string;
  /** Changed files, relative to the repository. */
  readonly paths: readonly string[];
  readonly diff: string;
  readonly warnings: readonly string[];
  /** Null for the first commit. */
  readonly parent: string | null;
  readonly tree: string;
  /** Whether it commits what is staged. */
  readonly staged: boolean;
}

export interface CommitResult {
  readonly commit: string;
  readonly branch: string;
  readonly files: number;
}

/** More of a difference is not shown; the plan warns. */
const MAX_DIFF = 2_000_000;
const MAX_MESSAGE = 50_000;

/**
 * Works a commit out without touching the repository's index or branch. No hook, filter or driver of the repository
 * runs. Throws `workspace.not-a-repository`, `request.nothing-to-commit`, `workspace.git-failed` and the like.
 */
export async function planCommit(
  workspace: Workspace,
  request: CommitRequest,
  signal?: AbortSignal,
): Promise<CommitPlan> {
  const repository = await openRepository(workspace);
  const { git } = repository;
  const message = await cleanMessage(git, request.message);
  const parent = (await git.ask(["rev-parse", "-q", "--verify", "HEAD^{commit}"]))?.trim() ?? null;
  const warnings = await hookWarnings(repository);
  const { tree, left } = await buildTree(repository, workspace, request.paths, parent);
  signal?.throwIfAborted();
  const from = parent ?? (await git.run(["hash-object", "-t", "tree", "--stdin"])).trim();
  const names = await git.run(["diff-tree", "-r", "-z", "--name-only", "--no-renames", from, tree]);
  const paths = names.split("\0").filter((name) => name !== "");
  if (paths.length === 0) throw nothing(request.paths);
  const flags = [
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "-M",
    "--submodule=short",
    "--src-prefix=a/",
    "--dst-prefix=b/",
  ];
  const diff = await git.run(["diff-tree", "-r", "-p", ...flags, from, tree]);
  if (left.length > 0) warnings.push(`Repositories inside are left out: ${left.join(", ")}`);
  if (diff.length > MAX_DIFF)
    warnings.push(`The difference has ${diff.length} characters; only the first ${MAX_DIFF} are shown.`);
  return {
    message,
    author: await readAuthor(git),
    branch: (await git.ask(["symbolic-ref", "-q", "--short", "HEAD"]))?.trim() ?? "no branch (detached HEAD)",
    paths,
    diff: diff.slice(0, MAX_DIFF),
    warnings,
    parent,
    tree,
    staged: request.paths === undefined,
  };
}

/**
 * Makes exactly the planned commit; `paths` are those of its request. Throws `workspace.changed-since` when files, index
 * or branch are not what the plan was made for.
 */
export async function applyCommit(
  workspace: Workspace,
  plan: CommitPlan,
  paths: readonly string[] | undefined,
): Promise<CommitResult> {
  const repository = await openRepository(workspace);
  const { git } = repository;
  const { tree } = await buildTree(repository, workspace, paths, plan.parent);
  if (tree !== plan.tree) throw changed("The files to commit");
  const signed = (await git.ask(["config", "--type=bool", "commit.gpgSign"]))?.trim() === "true" ? ["-S"] : [];
  const parents = plan.parent === null ? [] : ["-p", plan.parent];
  const commit = (
    await git.run(["commit-tree", ...signed, ...parents, "-F", "-", tree], { input: plan.message })
  ).trim();
  const subject = plan.message.split("\n")[0] ?? "";
  const expected = plan.parent ?? "0".repeat(commit.length);
  try {
    await git.run(["update-ref", "-m", `commit: ${subject}`, "HEAD", commit, expected]);
  } catch (error) {
    if (error instanceof UserError && /cannot lock ref|expected|reference already exists/.test(error.message))
      throw changed("The branch");
    throw error;
  }
  // What was named is now committed, so the index says the same of it; what else is staged stays so.
  const input = plan.paths.map((name) => `${name}\0`).join("");
  if (!plan.staged) await git.run(["reset", "-q", "--pathspec-from-file=-", "--pathspec-file-nul", "HEAD"], { input });
  return { commit, branch: plan.branch, files: plan.paths.length };
}

interface Repository {
  readonly git: Git;
  /** Real absolute directory of the work tree. */
  readonly top: string;
  readonly gitDirectory: string;
}

async function openRepository(workspace: Workspace): Promise<Repository> {
  const here = await openGit(workspace.root);
  const answer = await here.run(["rev-parse", "--show-toplevel", "--absolute-git-dir"]).catch((error: unknown) => {
    if (!(error instanceof UserError) || !error.message.includes("not a git repository")) throw error;
    throw new UserError("workspace.not-a-repository", "The workspace is in no git repository", {
      hint: "Run `git init` first.",
    });
  });
  const [top = "", gitDirectory = ""] = answer.split("\n").map((line) => path.resolve(line));
  // A repository's configuration may claim any directory of the machine as its work tree.
  if (!isInside(top, workspace.root)) {
    throw new UserError("permission.outside-workspace", "The repository's work tree lies elsewhere (core.worktree)");
  }
  const unfinished = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"];
  const found = unfinished.find((name) => existsSync(path.join(gitDirectory, name)));
  if (found === undefined) return { git: top === workspace.root ? here : await openGit(top), top, gitDirectory };
  throw new UserError("workspace.git-unfinished", `A merge or rebase is under way (${found})`, {
    hint: "Finish or abort it with git first.",
  });
}

/** The tree to commit, built in an index of its own; `left` are repositories inside that were not taken. */
async function buildTree(
  { git, gitDirectory }: Repository,
  workspace: Workspace,
  paths: readonly string[] | undefined,
  parent: string | null,
): Promise<{ tree: string; left: string[] }> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "codelab-index-"));
  try {
    const index = path.join(directory, "index");
    const env = { GIT_INDEX_FILE: index };
    const present = path.join(gitDirectory, "index");
    if (existsSync(present)) copyIndex(present, index);
    if (paths === undefined) return { tree: (await git.run(["write-tree"], { env })).trim(), left: [] };
    await git.run(parent === null ? ["read-tree", "--empty"] : ["read-tree", "-m", parent], { env });
    if (paths.length === 0) throw new UserError("request.nothing-to-commit", "The list of paths is empty");
    const named = paths.map((given) => path.join(workspace.root, resolveInside(workspace, given).relative));
    const listing = await git.run(["ls-files", "-z", "-m", "-d", "-o", "--exclude-standard", "--", ...named], { env });
    const changes = [...new Set(listing.split("\0"))].filter((name) => name !== "");
    const left = changes.filter((name) => name.endsWith("/"));
    const input = changes
      .filter((name) => !name.endsWith("/"))
      .map((name) => `${name}\0`)
      .join("");
    await git.run(["update-index", "--add", "--remove", "-z", "--stdin"], { env, input });
    return { tree: (await git.run(["write-tree"], { env })).trim(), left };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A copy carries what git knows of unchanged files, which saves reading them. */
function copyIndex(from: string, to: string): void {
  const { mtimeMs } = statSync(from);
  copyFileSync(from, to);
  // A file changed just before the index was written looks unchanged to git in any index that is younger than it.
  utimesSync(to, mtimeMs / 1000, Math.floor(mtimeMs) / 1000);
}

async function cleanMessage(git: Git, message: string): Promise<string> {
  if (message.length > MAX_MESSAGE || message.includes("\0")) {
    throw new UserError("request.invalid-message", `A commit message has at most ${MAX_MESSAGE} characters and no NUL`);
  }
  const clean = await git.run(["stripspace"], { input: message });
  if (clean.trim() === "") throw new UserError("request.invalid-message", "The commit message is empty");
  return clean;
}

async function readAuthor(git: Git): Promise<string> {
  const identity = await git.run(["var", "GIT_AUTHOR_IDENT"]).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError("workspace.no-identity", "git does not know who commits", {
      hint: "Set `git config user.name` and `git config user.email`.",
      cause: error,
    });
  });
  return identity.replace(/ \d+ [+-]\d{4}\s*$/, "").trim();
}

/** Names the hooks that git would have run, because not running them may matter to the user. */
async function hookWarnings({ git, top, gitDirectory }: Repository): Promise<string[]> {
  const configured = (await git.ask(["config", "--local", "--type=path", "--get", "core.hooksPath"]))?.trim();
  const directory = configured === undefined ? path.join(gitDirectory, "hooks") : path.resolve(top, configured);
  const present = existsSync(directory) ? readdirSync(directory) : [];
  const skipped = present.filter((name) => COMMIT_HOOKS.has(name));
  return skipped.length === 0 ? [] : [`Hooks of the repository are not run: ${skipped.toSorted().join(", ")}`];
}

const COMMIT_HOOKS = new Set(["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]);

function nothing(paths: readonly string[] | undefined): UserError {
  return paths === undefined
    ? new UserError("request.nothing-to-commit", "Nothing is staged", { hint: "Name the paths to commit." })
    : new UserError("request.nothing-to-commit", `Nothing changed in ${paths.join(", ")}`, {
        hint: "Ignored files are never committed.",
      });
}

function changed(what: string): UserError {
  return new UserError("workspace.changed-since", `${what} changed since the commit was shown`, {
    hint: "Ask for the commit again.",
  });
}
