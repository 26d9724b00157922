import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, utimesSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { UserError } from "../errors.ts";
import type { Repository } from "./git-repository.ts";
import { resolveInside } from "./paths.ts";
import type { Workspace } from "./workspace.ts";

export interface TreeRequest {
  readonly workspace: Workspace;
  /** As the caller gave them; undefined stands for what is staged. */
  readonly paths: readonly string[] | undefined;
  /** The commit that the tree follows; null for the first one. */
  readonly parent: string | null;
}

export interface BuiltTree {
  readonly tree: string;
  /** Repositories inside that were not taken. */
  readonly left: readonly string[];
}

/**
 * The tree to commit, built in an index of its own, of which `use` may make more before it is gone: what `paths` are
 * now, or what is staged when absent.
 */
export async function withTree<Result>(
  { git, gitDirectory }: Repository,
  { workspace, paths, parent }: TreeRequest,
  use: (built: BuiltTree, index: string) => Promise<Result> | Result,
): Promise<Result> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "codelab-index-"));
  try {
    const index = path.join(directory, "index");
    const env = { GIT_INDEX_FILE: index };
    const present = path.join(gitDirectory, "index");
    if (existsSync(present)) copyIndex(present, index);
    const write = async () => (await git.run(["write-tree"], { env })).trim();
    if (paths === undefined) return await use({ tree: await write(), left: [] }, index);
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
    return await use({ tree: await write(), left }, index);
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
