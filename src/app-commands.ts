import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { CommandRunner } from "./tools/gated-ports.ts";
import { BackgroundCommands } from "./workspace/background-commands.ts";
import { readable, readOutputPage } from "./workspace/command-output.ts";
import { planCommand } from "./workspace/command-plan.ts";
import { runCommand } from "./workspace/run-command.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** Milliseconds for which the whole output of a command can be read. */
const KEPT_MS = 24 * 3_600_000;

/** Newest bytes of a background command's output that one look shows. */
const TAIL_BYTES = 20_000;

/** Runs commands in a workspace and keeps their output under our home, out of the sight of confined ones. */
export function createCommandRunner(workspace: Workspace, home: string): CommandRunner {
  const directory = path.join(home, "outputs");
  const jobs = new BackgroundCommands(workspace, directory, { hidden: [home] });
  const prepare = () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    dropOld(directory);
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
    start: async (plan) => {
      prepare();
      return (await jobs.start(plan)).id;
    },
    job: async (id, stop) => {
      if (stop) await jobs.stop(id);
      const { bytes } = jobs.read(id);
      const { exit, startedAt, page } = jobs.read(id, Math.max(0, bytes - TAIL_BYTES));
      const { exitCode = null, signal = null } = exit ?? {};
      return { isRunning: exit === null, exitCode, signal, startedAt, tail: page.text, bytes };
    },
    outputPage: async (id, offset) => {
      const file = fileOf(id);
      return /^[0-9a-f]{24}$/.test(id) && existsSync(file) ? readOutputPage(file, offset) : null;
    },
  };
}

function dropOld(directory: string): void {
  const limit = Date.now() - KEPT_MS;
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    if ((statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? limit) < limit) rmSync(file, { force: true });
  }
}
