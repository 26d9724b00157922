import { z } from "zod";
import { UserError } from "../errors.ts";
import type { CommandOutcome, JobReport } from "./gated-ports.ts";
import { pathField } from "./fields.ts";
import { COMMAND_TIMEOUT_MS } from "./limits.ts";
import { fence } from "./render-answer.ts";
import { defineTool } from "./tool.ts";

/** Runs a program. */
export const executeCommand = defineTool({
  name: "execute_command",
  title: "Run a command",
  access: "execute",
  description:
    "Runs a program in the workspace and returns its exit code and output. A human sees the literal command and approves " +
    "first. Prefer `argv`: it needs no quoting; `command` goes through a shell. Nothing is typed into it, and all of its " +
    "processes end with the call, unless it runs in the `background`: then ask for its `job` later.",
  input: z.object({
    argv: z
      .array(z.string().max(100_000))
      .min(1)
      .max(1_000)
      .describe("Program and arguments, without a shell; instead of `command`.")
      .exactOptional(),
    command: z.string().min(1).max(100_000).describe("A shell line; instead of `argv`.").exactOptional(),
    cwd: pathField.describe("Directory to run in, relative to the workspace; its root when left out.").exactOptional(),
    env: z
      .record(z.string(), z.string().max(10_000))
      .describe("Variables to set on top of the few that every command gets.")
      .exactOptional(),
    sandbox: z
      .enum(["none", "no-network", "network"])
      .describe("Confines it, with or without network, to writing in the workspace (Linux with bubblewrap).")
      .exactOptional(),
    background: z
      .boolean()
      .describe(
        "True to answer at once with a job and let it run on until it ends, is stopped, or timeoutMs are over if given.",
      )
      .exactOptional(),
    job: z
      .string()
      .min(1)
      .max(64)
      .describe("Id of a background command: tells how it is and its newest output; instead of `argv` and `command`.")
      .exactOptional(),
    stop: z.boolean().describe("With `job`: ends it first.").exactOptional(),
    timeoutMs: z
      .int()
      .min(100)
      .max(COMMAND_TIMEOUT_MS.max)
      .describe(
        `Milliseconds until it is ended; ${COMMAND_TIMEOUT_MS.default} when left out, without end in the background.`,
      )
      .exactOptional(),
  }),
  examples: [
    { says: "The tests", arguments: { argv: ["npm", "test"] } },
    { says: "A shell line with a limit", arguments: { command: "make 2>&1 | tail -50", timeoutMs: 600_000 } },
    { says: "A server that runs on", arguments: { argv: ["npm", "start"], background: true } },
  ],
  searchHint: "run shell command, terminal, bash, exec, tests, build",
  withoutAsking: ({ job, stop = false, argv, command }) =>
    job === undefined || argv !== undefined || command !== undefined
      ? null
      : async ({ commands }, { caller }) => ({ text: renderJob(job, await commands.job(job, stop, caller)) }),
  preview: async ({ command, job, stop, ...request }, { commands }) => {
    if (job !== undefined || stop !== undefined)
      throw new UserError("request.bad-arguments", "Give either a job, or a command to run.");
    const plan = commands.plan({ ...request, ...(command === undefined ? {} : { line: command }) });
    const { run, program, links, cwd, env, timeoutMs, background, confinement } = plan;
    const confined = confinement === "none" ? {} : { sandbox: SANDBOX[confinement] };
    const led = links.length === 0 ? {} : { links };
    return { proposal: { kind: "command", run, program, cwd, env, timeoutMs, background, ...led, ...confined }, plan };
  },
  run: async (plan, { commands }, { signal, approval, progress, caller }) => {
    if (plan.background) {
      const job = await commands.start(plan, caller);
      return { text: `Started job ${job}. {"job": "${job}"} tells how it is; with "stop": true it is ended.` };
    }
    const onOutput = reportLines((line) => progress({ message: line }));
    return { text: renderOutcome(await commands.run(plan, { signal, approval, onOutput })) };
  },
});

const SANDBOX = {
  network: "bubblewrap: writes only in the workspace",
  "no-network": "bubblewrap: writes only in the workspace, no network",
} as const;

/** Milliseconds between two reports: enough to follow, few enough to cost nothing. */
const REPORT_MS = 500;

/** Reports the last line of output now and then. */
function reportLines(report: (line: string) => void): (text: string) => void {
  let reported = -Infinity;
  return (text) => {
    const line = text.trimEnd().split("\n").at(-1)?.slice(0, 200) ?? "";
    const now = performance.now();
    if (line === "" || now - reported < REPORT_MS) return;
    reported = now;
    report(line);
  };
}

function renderJob(id: string, { isRunning, exitCode, signal, startedAt, tail, bytes }: JobReport): string[] {
  const state = isRunning
    ? "is running"
    : exitCode === null
      ? `ended by ${signal ?? "a signal"}`
      : `ended, exit code ${exitCode}`;
  const whole = bytes === 0 ? "" : `: codelab://output/${id}`;
  const header = `Job ${id} ${state}; started ${new Date(startedAt).toISOString()}, ${bytes} bytes of output${whole}.`;
  return bytes === 0 ? [header] : [header, fence(tail.trimEnd())];
}

function renderOutcome(outcome: CommandOutcome): string[] {
  const { exitCode, signal, stopped, durationMs, output, truncated, bytes, outputId } = outcome;
  const end =
    stopped === "time limit"
      ? "Ended by its time limit"
      : exitCode === null
        ? `Ended by ${signal ?? "a signal"}`
        : `Exit code ${exitCode}`;
  const whole = truncated ? ` All ${bytes} bytes of output: codelab://output/${outputId}.` : "";
  const header = `${end} after ${Math.round(durationMs)} ms.${whole}`;
  return bytes === 0 ? [`${header} No output.`] : [header, fence(output.trimEnd())];
}
