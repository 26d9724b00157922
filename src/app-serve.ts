import { createServing } from "./app-serving.ts";
import { createLogger } from "./log.ts";
import { claimStdout, serveStdio } from "./mcp/stdio.ts";
import type { Config } from "./settings.ts";

/** Serves the workspace over stdio until the client goes or the signal aborts, and keeps its index fresh meanwhile. */
export async function serveApp(config: Config, signal: AbortSignal): Promise<void> {
  const stdout = claimStdout();
  const log = createLogger(config.logLevel);
  await using serving = createServing(config, { log, signal });
  await serveStdio({ factory: serving.factory, log, stdin: process.stdin, stdout, signal });
}
