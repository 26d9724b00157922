import { mkdtempSync, readFileSync, rmSync, type Stats, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { UserError } from "../errors.ts";
import type { CommandPlan } from "./command-plan.ts";
import { sha256 } from "../sha256.ts";
import type { Repository } from "./git-repository.ts";
import { runCommand } from "./run-command.ts";
import { openWorkspace } from "./workspace.ts";

/** What git runs around a commit, in this order. */
const HOOK_NAMES = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** A program of the repository that git runs around a commit, as it was when it was looked at. */
export interface Hook {
  readonly name: HookName;
  /** Absolute. */
  readonly file: string;
  /** All of it: what cannot be shown to a human is not run. */
  readonly text: string;
  /** sha256 in hex. */
  readonly hash: string;
}

/** Longer ones are not read by whoever is asked about them. */
const MAX_HOOK_BYTES = 20_000;
const HOOK_TIMEOUT_MS = 300_000;

/** The hooks that git would run, by their names. */
export async function presentHooks(repository: Repository): Promise<{ name: HookName; file: string }[]> {
  const directory = await hooksDirectory(repository);
  return HOOK_NAMES.map((name) => ({ name, file: path.join(directory, name) })).filter(({ file }) => isRunnable(file));
}

/** The hooks that git would run, read. Throws `workspace.hook-not-shown` for one that is too long, or no text. */
export async function readHooks(repository: Repository): Promise<Hook[]> {
  const present = await presentHooks(repository);
  return present.map(({ name, file }) => {
    // A link is git's to follow: `.husky` and its like are made of them. What is read is what is compared and run.
    const content = readFileSync(file);
    const text = content.toString("utf8");
    if (content.length > MAX_HOOK_BYTES || !content.equals(Buffer.from(text)) || text.includes("\0")) {
      throw new UserError(
        "workspace.hook-not-shown",
        `The hook ${name} is no text of at most ${MAX_HOOK_BYTES} bytes`,
        {
          hint: "Commit without runHooks, or let the user commit.",
        },
      );
    }
    return { name, file, text, hash: sha256(content) };
  });
}

/** What a hook is told beyond its name. */
export interface HookCall {
  readonly args?: readonly string[];
  /** Absolute path of the index that the commit is made from. */
  readonly index: string;
}

/**
 * Runs one hook as git would, in the work tree, with the environment and the end of any command. Throws
 * `workspace.hook-refused` with what it said when it does not end well.
 */
export async function runHook({ top }: Repository, hook: Hook, { args = [], index }: HookCall): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "codelab-hook-"));
  try {
    const plan: CommandPlan = {
      run: { argv: hookArgv(hook, args) },
      program: null,
      links: [],
      cwd: ".",
      env: { GIT_INDEX_FILE: index, GIT_EDITOR: ":" },
      timeoutMs: HOOK_TIMEOUT_MS,
      background: false,
      confinement: "none",
    };
    const { exitCode, output } = await runCommand(openWorkspace(top), plan, {
      outputFile: path.join(directory, "output"),
    });
    if (exitCode === 0) return;
    const said = output.trim().slice(-2_000);
    throw new UserError("workspace.hook-refused", `The hook ${hook.name} refused the commit${said && `:\n${said}`}`, {
      hint: "Mend what it complains about, then commit again.",
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Git passes over what is no executable file. */
function isRunnable(file: string): boolean {
  const stats = statsOf(file);
  return stats?.isFile() === true && (process.platform === "win32" || (stats.mode & 0o111) !== 0);
}

function statsOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    // `core.hooksPath` may name what is no directory; git finds no hooks there either.
    return undefined;
  }
}

/** On Windows git knows how to start a script, and nobody else. */
function hookArgv({ name, file }: Hook, args: readonly string[]): string[] {
  if (process.platform !== "win32") return [file, ...args];
  return ["git", "-c", `core.hooksPath=${path.dirname(file)}`, "hook", "run", name, "--", ...args];
}

/** Where the hooks are, by the first configuration that says so; ours names none, so that git itself runs none. */
async function hooksDirectory({ git, top, gitDirectory }: Repository): Promise<string> {
  for (const scope of ["--local", "--global", "--system"]) {
    const configured = (await git.ask(["config", scope, "--type=path", "--get", "core.hooksPath"]))?.trim();
    if (configured) return path.resolve(top, configured);
  }
  const common = (await git.ask(["rev-parse", "--git-common-dir"]))?.trim();
  return path.join(common === undefined ? gitDirectory : path.resolve(top, common), "hooks");
}
