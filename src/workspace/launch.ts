import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { UserError, hasErrno, messageOf } from "../errors.ts";
import { commandEnvironment } from "./command-env.ts";
import type { CommandPlan } from "./command-plan.ts";
import { dismissGuardian, postGuardian } from "./guardian.ts";
import { resolveInside } from "./paths.ts";
import { ProcessTree } from "./process-tree.ts";
import { bubblewrapArgv } from "./sandbox.ts";
import type { Workspace } from "./workspace.ts";

export interface CommandExit {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether nothing of it is left running. */
  readonly clean: boolean;
}

/** A command that was started. */
export interface Launched {
  readonly pid: number;
  /** Resolves when the command and all that came of it are gone; never rejects. */
  readonly ended: Promise<CommandExit>;
  /** Ends the command and all that came of it. */
  stop(): void;
}

export interface LaunchOptions {
  readonly onOutput: (chunk: Buffer) => void;
  /** Names of our own variables that commands may have besides the usual ones. */
  readonly passEnv?: readonly string[];
  /** Directories that a confined command must not see. */
  readonly hidden?: readonly string[];
}

/** How long output may still come after the command itself ended: a survivor holding the pipe must not hold the answer. */
const LAST_WORDS_MS = 500;
const CENSUS_MS = 500;

/** Starts a planned command in its own session, with closed input. Throws `workspace.command-not-found`. */
export async function launch(workspace: Workspace, plan: CommandPlan, options: LaunchOptions): Promise<Launched> {
  const mark = `CODELAB_COMMAND=${randomUUID()}`;
  const child = start(workspace, plan, mark, options);
  const exit = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await spawned(child, plan);
  const pid = child.pid ?? 0;
  const tree = new ProcessTree(pid, mark);
  const guardian = postGuardian(pid, mark);
  const census = setInterval(() => tree.observe(), CENSUS_MS);
  let stopping: Promise<boolean> | undefined;
  const ended = (async () => {
    const { exitCode, signal } = await exit;
    await stopping;
    await settled(closed, LAST_WORDS_MS);
    clearInterval(census);
    const clean = await tree.endNow();
    child.stdout?.destroy();
    child.stderr?.destroy();
    dismissGuardian(guardian);
    return { exitCode, signal, clean };
  })();
  return { pid, ended, stop: () => void (stopping ??= tree.end()) };
}

function start(workspace: Workspace, plan: CommandPlan, mark: string, options: LaunchOptions): ChildProcess {
  const cwd = resolveInside(workspace, plan.cwd).absolute;
  const plain = "argv" in plan.run ? plan.run.argv : shellArgv(plan.run);
  const confined = { root: workspace.root, cwd, network: plan.confinement === "network", hidden: options.hidden ?? [] };
  const [program = "", ...args] = plan.confinement === "none" ? plain : bubblewrapArgv(plain, confined);
  const [markName = "", markValue = ""] = mark.split("=");
  const child = spawn(program, args, {
    cwd,
    env: { ...commandEnvironment(process.env, plan.env, options.passEnv), [markName]: markValue },
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
    windowsVerbatimArguments: "shell" in plan.run && process.platform === "win32",
  });
  child.stdout.on("data", options.onOutput);
  child.stderr.on("data", options.onOutput);
  return child;
}

function shellArgv({ shell, line }: { readonly shell: string; readonly line: string }): string[] {
  return process.platform === "win32" ? [shell, "/d", "/s", "/c", `"${line}"`] : [shell, "-c", line];
}

function spawned(child: ChildProcess, plan: CommandPlan): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => {
      const program = "argv" in plan.run ? (plan.run.argv[0] ?? "") : plan.run.shell;
      const missing = hasErrno(error, "ENOENT");
      const said = missing
        ? `${JSON.stringify(program)} was not found`
        : `${JSON.stringify(program)} could not be started: ${messageOf(error)}`;
      const hint =
        plan.confinement === "none" ? "Check the program's name and PATH." : "The sandbox needs bubblewrap (bwrap).";
      reject(new UserError("workspace.command-not-found", said, { hint, cause: error }));
    });
  });
}

async function settled(promise: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}
