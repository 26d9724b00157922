import { CommandOutput } from "./command-output.ts";
import type { CommandPlan } from "./command-plan.ts";
import { type LaunchOptions, launch } from "./launch.ts";
import type { Workspace } from "./workspace.ts";

export interface RunOptions extends Omit<LaunchOptions, "onOutput"> {
  /** Path of a new file for the whole output. */
  readonly outputFile: string;
  /** Called with output as it comes; what it throws is a bug. */
  readonly onOutput?: (chunk: Buffer) => void;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What ended it before its time. */
  readonly stopped: "time limit" | "cancelled" | null;
  /** Whether nothing of it is left running. */
  readonly clean: boolean;
  readonly durationMs: number;
  /** Output and errors in the order they came, beginning and end where it is long. */
  readonly output: string;
  readonly truncated: boolean;
  /** Bytes that came; `outputFile` has them all, up to 64 MB. */
  readonly bytes: number;
  readonly outputFile: string;
}

/**
 * Runs a planned command to its end, its time limit or the signal, and leaves nothing of it running. Resolves within
 * `ENDING_MS`, less than two seconds, after the limit, whatever the command does. Throws `workspace.command-not-found`, the signal's reason when
 * it was given before the start, and `workspace.not-found` for a directory that is gone.
 */
export async function runCommand(workspace: Workspace, plan: CommandPlan, options: RunOptions): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const output = new CommandOutput(options.outputFile);
  const began = performance.now();
  let stopped: CommandResult["stopped"] = null;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    const onOutput = (chunk: Buffer) => {
      output.add(chunk);
      options.onOutput?.(chunk);
    };
    const launched = await launch(workspace, plan, { ...options, onOutput });
    const stop = (reason: "time limit" | "cancelled") => {
      stopped ??= reason;
      launched.stop();
    };
    if (plan.timeoutMs !== null) timer = setTimeout(() => stop("time limit"), plan.timeoutMs);
    onAbort = () => stop("cancelled");
    options.signal?.addEventListener("abort", onAbort);
    // Between the start and the line above the signal may have been given.
    if (options.signal?.aborted === true) onAbort();
    const exit = await launched.ended;
    return {
      ...exit,
      stopped,
      durationMs: performance.now() - began,
      output: output.text(),
      truncated: output.truncated,
      bytes: output.bytes,
      outputFile: options.outputFile,
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    output.close();
  }
}
