import { existsSync } from "node:fs";
import path from "node:path";
import { UserError } from "../errors.ts";
import { type Git, openGit } from "./git-runner.ts";
import { isInside } from "./paths.ts";
import type { Workspace } from "./workspace.ts";

/** The repository that a workspace is, or lies in. */
export interface Repository {
  readonly git: Git;
  /** Real absolute directory of the work tree. */
  readonly top: string;
  readonly gitDirectory: string;
}

/**
 * Finds the workspace's repository. Throws `workspace.not-a-repository`, `permission.outside-workspace` for one whose
 * work tree lies elsewhere, `workspace.git-unfinished` in the middle of a merge.
 */
export async function openRepository(workspace: Workspace): Promise<Repository> {
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
