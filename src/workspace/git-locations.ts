import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

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
  const gitDirectory = gitDirectoryOf(repository);
  if (gitDirectory === null) return "";
  // A worktree's own directory names the one that all worktrees share, and the patterns are kept there.
  const common = readText(path.join(gitDirectory, "commondir")).trim();
  return readText(path.join(path.resolve(gitDirectory, common), "info", "exclude"));
}

/** Reads the user's global patterns (`core.excludesFile`, else git's default place) as git would for `directory`. */
export async function readGitExcludes(directory: string): Promise<GitExcludes> {
  const settings = await readCoreSettings(directory);
  const configHome = process.env["XDG_CONFIG_HOME"] || path.join(os.homedir(), ".config");
  const file = settings.get("core.excludesfile") ?? path.join(configHome, "git", "ignore");
  const ignoreCase = settings.get("core.ignorecase");
  return {
    global: file === "" ? "" : readText(path.resolve(directory, expandHome(file))),
    ignoreCase: ignoreCase === undefined ? process.platform === "win32" : ignoreCase === "true",
  };
}

async function readCoreSettings(directory: string): Promise<Map<string, string>> {
  const settings = new Map<string, string>();
  try {
    const { stdout } = await promisify(execFile)(
      "git",
      ["config", "-z", "--get-regexp", "^core\\.(excludesfile|ignorecase)$"],
      // Variables of a git that started us (as from a hook) name its repository, not the one asked about.
      { cwd: directory, timeout: 2000, windowsHide: true, env: withoutRepository(process.env) },
    );
    for (const entry of stdout.split("\0")) {
      const [name = "", value = "true"] = entry.split("\n");
      if (name !== "") settings.set(name, value);
    }
  } catch {
    // Without git, or without either setting (exit code 1), git's defaults hold.
  }
  return settings;
}

function withoutRepository(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined, GIT_COMMON_DIR: undefined };
}

function gitDirectoryOf(directory: string): string | null {
  const dotGit = path.join(directory, ".git");
  const stats = statSync(dotGit, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return dotGit;
  if (!stats?.isFile()) return null;
  const target = /^gitdir: (.+?)\s*$/.exec(readText(dotGit))?.[1];
  return target === undefined ? null : path.resolve(directory, target);
}

function expandHome(file: string): string {
  return file.startsWith("~/") ? path.join(os.homedir(), file.slice(2)) : file;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
