import { statSync } from "node:fs";
import path from "node:path";
import { homeDirectory } from "../home-directory.ts";
import { readCoreSettings } from "./git-settings.ts";
import { readSmallText } from "./read-small.ts";

/** What git itself consults besides the `.gitignore` files. */
export interface GitExcludes {
  /** The user's own patterns for every repository; empty where there are none. */
  readonly global: string;
  readonly ignoreCase: boolean;
}

/** The nearest directory at or above `directory` that holds a `.git`, and null where there is none. */
export function findRepository(directory: string): string | null {
  for (let at = directory; ; at = path.dirname(at)) {
    if (gitDirectoryOf(at) !== null) return at;
    if (path.dirname(at) === at) return null;
  }
}

/** Text of the repository's `info/exclude`, also where `.git` is a file (worktrees, submodules); empty without one. */
export function readRepositoryExclude(repository: string): string {
  const common = commonDirectoryOf(repository);
  return common === null ? "" : readSmallText(path.join(common, "info", "exclude"));
}

/** Reads the user's global patterns (`core.excludesFile`, else git's default place) as git would for `directory`. */
export async function readGitExcludes(directory: string): Promise<GitExcludes> {
  const repository = findRepository(directory);
  const common = repository === null ? null : commonDirectoryOf(repository);
  const settings = await readCoreSettings(directory, common === null ? null : path.join(common, "config"));
  const home = homeDirectory();
  const configHome = process.env["XDG_CONFIG_HOME"] || (home === null ? null : path.join(home, ".config"));
  const usual = configHome === null ? "" : path.join(configHome, "git", "ignore");
  const file = settings.get("core.excludesfile") ?? usual;
  const ignoreCase = settings.get("core.ignorecase");
  return {
    global: file === "" ? "" : readSmallText(path.resolve(directory, expandHome(file))),
    ignoreCase: ignoreCase === undefined ? process.platform === "win32" : ignoreCase === "true",
  };
}

/** The directory that all worktrees of a repository share; each worktree's own one names it. */
function commonDirectoryOf(repository: string): string | null {
  const gitDirectory = gitDirectoryOf(repository);
  if (gitDirectory === null) return null;
  return path.resolve(gitDirectory, readSmallText(path.join(gitDirectory, "commondir")).trim());
}

function gitDirectoryOf(directory: string): string | null {
  const dotGit = path.join(directory, ".git");
  const stats = statSync(dotGit, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return dotGit;
  if (!stats?.isFile()) return null;
  const target = /^gitdir: (.+?)\s*$/.exec(readSmallText(dotGit))?.[1];
  return target === undefined ? null : path.resolve(directory, target);
}

function expandHome(file: string): string {
  const home = homeDirectory();
  return file.startsWith("~/") && home !== null ? path.join(home, file.slice(2)) : file;
}
