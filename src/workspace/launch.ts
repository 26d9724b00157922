import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { UserError, hasErrno, messageOf } from "../errors.ts";
import { commandEnvironment } from "./command-env.ts";
import type { CommandPlan } from "./command-plan.ts";
import { dismissGuardian, postGuardian, showGroup } from "./guardian.ts";
import { resolveInside } from "./paths.ts";
import { POLITE_MS, ProcessTree, STUBBORN_MS } from "./process-tree.ts";
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
  /** Directories that a confined command must not see. */
  readonly hidden?: readonly string[];
}

/** How long output may still come after the command itself ended: a survivor holding the pipe must not hold the answer. */
const LAST_WORDS_MS = 300;
/** How long the news may take that a killed command is dead; one that no signal ends never brings it. */
const NEWS_MS = 200;
/** How long is tried to kill what came up after a stop. */
const LAST_LOOK_MS = 200;
const CENSUS_MS = 500;

/** Milliseconds from a stop to the answer at the longest, however the command resists. */
export const ENDING_MS = POLITE_MS + STUBBORN_MS + NEWS_MS + LAST_WORDS_MS + LAST_LOOK_MS;

/**
 * Starts a planned command in its own session, with closed input. Once it is stopped its end is told within `ENDING_MS`,
 * though it may be of those that cannot be killed (another user's, or stuck in the kernel): `clean` is false then.
 * Throws `workspace.command-not-found`.
 */
export async function launch(workspace: Workspace, plan: CommandPlan, options: LaunchOptions): Promise<Launched> {
  const mark = `CODELAB_COMMAND=${randomUUID()}`;
  const guardian = postGuardian(mark);
  const child = start(workspace, plan, mark, options);
  const exit = new Promise<End>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await spawned(child, plan).catch((error: unknown) => {
    dismissGuardian(guardian);
    throw error;
  });
  const pid = child.pid ?? 0;
  showGroup(guardian, pid);
  const tree = new ProcessTree(pid, mark);
  const census = setInterval(() => void attempt(async () => tree.observe()), CENSUS_MS);
  const stop = new AbortController();
  const ended = (async () => {
    const stopping = once(stop.signal, "abort").then(() => attempt(() => tree.end()));
    const end = await Promise.race([exit, stopping.then(() => within(exit, NEWS_MS))]);
    if (stop.signal.aborted) await stopping;
    await within(closed, LAST_WORDS_MS);
    clearInterval(census);
    const clean = await attempt(() => tree.endNow(stop.signal.aborted ? LAST_LOOK_MS : STUBBORN_MS));
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.unref();
    dismissGuardian(guardian);
    return { exitCode: end?.exitCode ?? null, signal: end?.signal ?? null, clean: clean === true };
  })();
  return { pid, ended, stop: () => stop.abort() };
}

type End = Pick<CommandExit, "exitCode" | "signal">;

function start(workspace: Workspace, plan: CommandPlan, mark: string, options: LaunchOptions): ChildProcess {
  const cwd = resolveInside(workspace, plan.cwd).absolute;
  const plain = "argv" in plan.run ? plan.run.argv : shellArgv(plan.run);
  const confined = { root: workspace.root, cwd, network: plan.confinement === "network", hidden: options.hidden ?? [] };
  const [program = "", ...args] = plan.confinement === "none" ? plain : bubblewrapArgv(plain, confined);
  const [markName = "", markValue = ""] = mark.split("=");
  const shown = fileToRun(workspace, plan);
  const child = spawn(shown ?? program, args, {
    cwd,
    ...(shown !== null && { argv0: program }),
    env: { ...commandEnvironment(process.env, plan.env), [markName]: markValue },
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
    windowsVerbatimArguments: "shell" in plan.run && process.platform === "win32",
  });
  child.stdout.on("data", options.onOutput);
  child.stderr.on("data", options.onOutput);
  return child;
}

/** The file that was shown, under the name that was given; null where the system must find it. */
function fileToRun(workspace: Workspace, { run, program, confinement }: CommandPlan): string | null {
  if (program === null || !("argv" in run) || confinement !== "none" || process.platform === "win32") return null;
  return path.resolve(workspace.root, program);
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
      const hint = plan.confinement === "none" ? notStartedHint(plan) : "The sandbox needs bubblewrap (bwrap).";
      reject(new UserError("workspace.command-not-found", said, { hint, cause: error }));
    });
  });
}

/** What to do where a program did not start. Windows' `npm`, `npx` and their like are files that only its shell runs. */
export function notStartedHint(
  { run }: Pick<CommandPlan, "run">,
  platform: NodeJS.Platform = process.platform,
): string {
  const usual = "Check the program's name and PATH.";
  if (platform !== "win32" || !("argv" in run)) return usual;
  return `${usual} Where it is a .cmd or .bat file, give \`command\` in place of \`argv\`: its shell runs those.`;
}

/** What the work gives; undefined when it fails, as a machine short of descriptors cannot list its processes. */
function attempt<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  return work().catch(() => undefined);
}

/** What the promise gives, or undefined when it takes longer. */
async function within<Value>(promise: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), limitMs)));
  return await Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
