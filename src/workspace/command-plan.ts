import { existsSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { UserError } from "../errors.ts";
import { type ArgumentLink, linksAmong } from "./argument-links.ts";
import { commandEnvironment } from "./command-env.ts";
import { findProgram } from "./find-program.ts";
import { isInside, resolveInside } from "./paths.ts";
import type { Workspace } from "./workspace.ts";

export interface CommandRequest {
  /** Program and arguments, without a shell; or else `line`. */
  readonly argv?: readonly string[];
  /** A line for the shell. */
  readonly line?: string;
  /** Directory, relative to the workspace; its root when absent. */
  readonly cwd?: string;
  /** Variables set on top of the usual environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** 120,000 when absent, no limit for a background command. */
  readonly timeoutMs?: number;
  /** Keeps running after the answer. */
  readonly background?: boolean;
  /** What confines it; `none` when absent. */
  readonly sandbox?: "none" | "no-network" | "network";
}

/** A command that is worked out and not yet started: what a human sees, and exactly what will be started. */
export interface CommandPlan {
  readonly run: { readonly argv: readonly string[] } | { readonly shell: string; readonly line: string };
  /**
   * The file that the command's first word stands for: absolute, or relative to the workspace if it lies there. Null where
   * that cannot be told: a builtin of the shell, or a line that is more than words.
   */
  readonly program: string | null;
  /** Words after the first that links lead elsewhere; of a shell's line those that stand between spaces. */
  readonly links: readonly ArgumentLink[];
  /** Relative to the workspace, `.` for its root. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  readonly background: boolean;
  /** `none`, or bubblewrap with or without network. */
  readonly confinement: "none" | "no-network" | "network";
}

const USUAL_TIMEOUT_MS = 120_000;
const MAX_TIMEOUT_MS = 3_600_000;
const MAX_LENGTH = 100_000;
/** Variables that make a program load or run something else than was shown. */
const FORBIDDEN_ENV =
  /^(?:LD_|DYLD_|NODE_OPTIONS$|BASH_ENV$|ENV$|PYTHONSTARTUP$|PERL5OPT$|RUBYOPT$|GIT_CONFIG|GIT_SSH|GIT_EXEC_PATH$|IFS$|CODELAB_)/i;

/** Works a command out without starting anything. Throws `request.invalid-command`, `workspace.no-sandbox`, and what its directory is refused with. */
export function planCommand(workspace: Workspace, request: CommandRequest): CommandPlan {
  const cwd = resolveInside(workspace, request.cwd ?? "");
  if (!statSync(cwd.absolute, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError("workspace.not-a-directory", `${cwd.relative} is no directory to run a command in`, {
      hint: "Name a directory of the workspace, or leave cwd out for the workspace itself.",
    });
  }
  const confinement = request.sandbox ?? "none";
  if (confinement !== "none" && !isInPath("bwrap")) {
    throw new UserError("workspace.no-sandbox", "There is no sandbox on this machine", {
      hint: "Install bubblewrap (Linux only), or run the command without `sandbox`.",
    });
  }
  const background = request.background === true;
  const run = readRun(request);
  const env = readEnv(request.env ?? {});
  return {
    run,
    program: programOf(workspace, run, cwd.absolute, env),
    links: linksAmong(workspace.root, cwd.absolute, ("argv" in run ? run.argv : run.line.split(/\s+/)).slice(1)),
    cwd: cwd.relative || ".",
    env,
    timeoutMs: background && request.timeoutMs === undefined ? null : readTimeout(request.timeoutMs),
    background,
    confinement,
  };
}

/** What a name stands for depends on a search path that others set: the human sees the file that will run. */
function programOf(
  workspace: Workspace,
  run: CommandPlan["run"],
  cwd: string,
  env: Readonly<Record<string, string>>,
): string | null {
  const word = "argv" in run ? (run.argv[0] ?? "") : (/^([\w./+-]+)(?: |$)/.exec(run.line)?.[1] ?? "");
  const { PATH: searchPath = "", PATHEXT: extensions } = commandEnvironment(process.env, env);
  const found = word === "" ? null : findProgram(word, { cwd, searchPath, ...(extensions && { extensions }) });
  if (found === null) return null;
  const real = realpathSync(found);
  const inside = [found, real].find((file) => isInside(workspace.root, file));
  return inside === undefined ? found : path.relative(workspace.root, inside).split(path.sep).join("/");
}

function isInPath(program: string): boolean {
  const directories = (process.env["PATH"] ?? "").split(path.delimiter).filter((directory) => directory !== "");
  return directories.some((directory) => existsSync(path.join(directory, program)));
}

const EITHER = "argv names a program and its arguments; a line is read by a shell.";

function readRun({ argv, line }: CommandRequest): CommandPlan["run"] {
  if ((argv === undefined) === (line === undefined)) throw invalid("Give either argv or a line for the shell", EITHER);
  const parts = argv ?? [line ?? ""];
  if ((parts[0] ?? "").trim() === "") throw invalid("The command is empty");
  if (parts.some((part) => part.includes("\0"))) throw invalid("The command contains a NUL character");
  if (parts.reduce((sum, part) => sum + part.length, 0) > MAX_LENGTH)
    throw invalid(`The command is longer than ${MAX_LENGTH} characters`);
  return argv === undefined ? { shell: usualShell(), line: line ?? "" } : { argv };
}

function readEnv(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_]\w*$/.test(name) || value.includes("\0"))
      throw invalid(`${JSON.stringify(name)} is no variable's name, or its value has a NUL`);
    if (FORBIDDEN_ENV.test(name)) throw invalid(`${name} may not be set: it changes what programs load`);
  }
  return { ...env };
}

function readTimeout(timeoutMs: number = USUAL_TIMEOUT_MS): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs;
  throw invalid(`timeoutMs must be from 1 to ${MAX_TIMEOUT_MS}`, "For longer ones use a background command.");
}

function usualShell(): string {
  if (process.platform === "win32") return "cmd.exe";
  return existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
}

function invalid(message: string, hint?: string): UserError {
  return new UserError("request.invalid-command", message, hint === undefined ? {} : { hint });
}
