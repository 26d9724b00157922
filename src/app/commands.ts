import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { makeDirectory } from "../make-directory.ts";
import type { CommandRunner, Owner } from "../tools/gated-ports.ts";
import { BackgroundCommands } from "../workspace/background-commands.ts";
import { readable, readOutputPage } from "../workspace/command-output.ts";
import { planCommand } from "../workspace/command-plan.ts";
import { runCommand } from "../workspace/run-command.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Milliseconds for which the whole output of a command can be read. */
const KEPT_MS = 24 * 3_600_000;

/** Newest bytes of a background command's output that one look shows. */
const TAIL_BYTES = 20_000;

/**
 * Runs commands in a workspace and keeps their output under our home, out of the sight of confined ones. Its end is the
 * end of the background commands too.
 */
export function createCommandRunner(workspace: Workspace, home: string): CommandRunner & AsyncDisposable {
  const directory = path.join(home, "outputs");
  const jobs = new BackgroundCommands(workspace, directory, { hidden: [home] });
  const prepare = () => {
    makeDirectory(directory, 0o700);
    dropOld(directory, new Set(jobs.running()));
  };
  const fileOf = (id: string) => path.join(directory, `${id}.log`);
  return {
    plan: (request) => planCommand(workspace, request),
    run: async (plan, { signal, onOutput }) => {
      prepare();
      const outputId = randomBytes(12).toString("hex");
      const result = await runCommand(workspace, plan, {
        outputFile: fileOf(outputId),
        onOutput: (chunk) => onOutput(readable(chunk)),
        signal,
        hidden: [home],
      });
      return { ...result, outputId };
    },
    start: async (plan, owner) => {
      prepare();
      return (await jobs.start(plan, ownerName(owner))).id;
    },
    job: async (id, stop, by) => {
      const owner = ownerName(by);
      if (stop) await jobs.stop(id, owner);
      const { bytes } = jobs.read(id, owner);
      const { exit, startedAt, page } = jobs.read(id, owner, Math.max(0, bytes - TAIL_BYTES));
      const { exitCode = null, signal = null } = exit ?? {};
      return { isRunning: exit === null, exitCode, signal, startedAt, tail: page.text, bytes };
    },
    outputPage: async (id, offset) => {
      const file = fileOf(id);
      return /^[0-9a-f]{24}$/.test(id) && existsSync(file) ? readOutputPage(file, offset) : null;
    },
    [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose](),
  };
}

/** Commands that run go with the connection that began them, as approvals do. */
function ownerName({ principal, session }: Owner): string {
  return JSON.stringify([principal, session]);
}

function dropOld(directory: string, running: ReadonlySet<string>): void {
  const limit = Date.now() - KEPT_MS;
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    const modified = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? limit;
    if (modified < limit && !running.has(path.basename(name, ".log"))) rmSync(file, { force: true });
  }
}
