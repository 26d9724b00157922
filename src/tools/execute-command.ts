import { z } from "zod";
import { UserError } from "../errors.ts";
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
  preview: async ({ argv, command, cwd, timeoutMs = COMMAND_TIMEOUT_MS.default }, { commands }) => {
    if ((argv === undefined) === (command === undefined))
      throw new UserError("request.bad-arguments", "Give either argv or command.");
    const run = argv === undefined ? { line: command ?? "" } : { argv };
    const plan = commands.plan({ run, timeoutMs, ...(cwd === undefined ? {} : { cwd }) });
    return { proposal: { kind: "command", ...plan }, plan };
  },
  run: async (plan, { commands }, { signal, approval, progress }) => {
    const onOutput = (lastLine: string, bytes: number) => progress({ message: lastLine, done: bytes });
    return { text: renderOutcome(await commands.run(plan, { signal, approval, onOutput }), plan.timeoutMs) };
  },
});

function renderOutcome(outcome: CommandOutcome, timeoutMs: number): string[] {
  const { exitCode, signal, timedOut, durationMs, output, bytes, outputId } = outcome;
  const end = timedOut
    ? `Ended after its time limit of ${timeoutMs} ms`
    : exitCode === null
      ? `Ended by ${signal ?? "a signal"}`
      : `Exit code ${exitCode}`;
  const whole = outputId === null ? "" : ` All ${bytes} bytes of output: codelab://output/${outputId}/0 (by pages).`;
  const header = `${end} after ${durationMs} ms.${whole}`;
  return bytes === 0 ? [`${header} No output.`] : [header, fence(output.trimEnd())];
}
