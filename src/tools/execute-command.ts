import { z } from "zod";
import type { CommandOutcome } from "./gated-ports.ts";
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
    "processes end with the call.",
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
    timeoutMs: z
      .int()
      .min(100)
      .max(COMMAND_TIMEOUT_MS.max)
      .describe(`Milliseconds until it is ended; ${COMMAND_TIMEOUT_MS.default} when left out.`)
      .exactOptional(),
  }),
  examples: [
    { says: "The tests", arguments: { argv: ["npm", "test"] } },
    { says: "A shell line with a limit", arguments: { command: "make 2>&1 | tail -50", timeoutMs: 600_000 } },
  ],
  searchHint: "run shell command, terminal, bash, exec, tests, build",
  preview: async ({ command, ...request }, { commands }) => {
    const plan = commands.plan({ ...request, ...(command === undefined ? {} : { line: command }) });
    const { run, cwd, env, timeoutMs, confinement } = plan;
    const confined = confinement === "none" ? {} : { sandbox: SANDBOX[confinement] };
    return { proposal: { kind: "command", run, cwd, env, timeoutMs, ...confined }, plan };
  },
  run: async (plan, { commands }, { signal, approval, progress }) => {
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
