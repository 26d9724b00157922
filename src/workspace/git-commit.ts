import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { UserError } from "../errors.ts";
import { type Hook, presentHooks, readHooks, runHook } from "./git-hooks.ts";
import { openRepository, type Repository } from "./git-repository.ts";
import type { Git } from "./git-runner.ts";
import { type TreeRequest, withTree } from "./git-tree.ts";
import { isInside } from "./paths.ts";
import type { Workspace } from "./workspace.ts";

export interface CommitRequest {
  readonly message: string;
  /** Files and directories whose present state is committed; what is staged when absent. */
  readonly paths?: readonly string[];
  /** Whether the repository's hooks run, as they do for whoever commits by hand. */
  readonly runHooks?: boolean;
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
  /** What will run around it, in this order; empty unless asked for. */
  readonly hooks: readonly Hook[];
}

export interface CommitResult {
  readonly commit: string;
  readonly branch: string;
  readonly files: number;
  /** What its hooks made of the message; null where it is as planned. */
  readonly message: string | null;
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
  const hooks = request.runHooks === true ? await readHooks(repository) : [];
  const warnings = request.runHooks === true ? [] : await hookWarnings(repository);
  if (!isInside(repository.top, repository.gitDirectory))
    warnings.push(`The repository itself lies elsewhere: ${repository.gitDirectory}`);
  const { tree, left } = await withTree(repository, { workspace, paths: request.paths, parent }, (built) => built);
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
    hooks,
  };
}

/**
 * Makes exactly the planned commit; `paths` are those of its request. Throws `workspace.changed-since` when files, index,
 * branch or hooks are not what the plan was made for, `workspace.hook-refused` and `workspace.hook-changed` for hooks.
 */
export async function applyCommit(
  workspace: Workspace,
  plan: CommitPlan,
  paths: readonly string[] | undefined,
): Promise<CommitResult> {
  const repository = await openRepository(workspace);
  const { git } = repository;
  const planned = plan.hooks.length > 0 ? await readHooks(repository) : [];
  if (!isSame(planned, plan.hooks)) throw changed("The hooks");
  const request = { workspace, paths, parent: plan.parent };
  const message = await withTree(repository, request, async ({ tree }, index) => {
    if (tree !== plan.tree) throw changed("The files to commit");
    return plan.hooks.length === 0 ? plan.message : await passHooks(repository, plan, request, index);
  });
  const signed = (await git.ask(["config", "--type=bool", "commit.gpgSign"]))?.trim() === "true" ? ["-S"] : [];
  const parents = plan.parent === null ? [] : ["-p", plan.parent];
  const commit = (
    await git.run(["commit-tree", ...signed, ...parents, "-F", "-", plan.tree], { input: message })
  ).trim();
  const subject = message.split("\n")[0] ?? "";
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
  await runNamed("post-commit", repository, plan, { index: indexOf(repository) }).catch((error: unknown) => {
    // The commit is made: like git we let it be.
    if (!(error instanceof UserError)) throw error;
  });
  const result = { commit, branch: plan.branch, files: plan.paths.length };
  return { ...result, message: message === plan.message ? null : message };
}

/** Runs what comes before a commit; the message that came of it. What a human approved is still what is committed. */
async function passHooks(
  repository: Repository,
  plan: CommitPlan,
  request: TreeRequest,
  index: string,
): Promise<string> {
  const { git, gitDirectory } = repository;
  await runNamed("pre-commit", repository, plan, { index });
  const inIndex = (await git.run(["write-tree"], { env: { GIT_INDEX_FILE: index } })).trim();
  const now = await withTree(repository, request, ({ tree }) => tree);
  if (inIndex !== plan.tree || now !== plan.tree) {
    throw new UserError("workspace.hook-changed", "The hook pre-commit changed what would be committed", {
      hint: "Nothing was committed. Look at the changes, then ask for the commit again.",
    });
  }
  const file = path.join(gitDirectory, "COMMIT_EDITMSG");
  writeFileSync(file, plan.message);
  await runNamed("prepare-commit-msg", repository, plan, { args: [file, "message"], index });
  await runNamed("commit-msg", repository, plan, { args: [file], index });
  return await cleanMessage(git, readFileSync(file, "utf8"));
}

async function runNamed(
  name: Hook["name"],
  repository: Repository,
  plan: CommitPlan,
  call: Parameters<typeof runHook>[2],
) {
  const hook = plan.hooks.find((candidate) => candidate.name === name);
  if (hook !== undefined) await runHook(repository, hook, call);
}

function indexOf({ gitDirectory }: Repository): string {
  return path.join(gitDirectory, "index");
}

function isSame(some: readonly Hook[], others: readonly Hook[]): boolean {
  const digest = (hooks: readonly Hook[]) => JSON.stringify(hooks.map(({ file, hash }) => [file, hash]));
  return digest(some) === digest(others);
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
async function hookWarnings(repository: Repository): Promise<string[]> {
  const names = (await presentHooks(repository)).map(({ name }) => name);
  return names.length === 0 ? [] : [`Hooks of the repository are not run: ${names.toSorted().join(", ")}`];
}

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
