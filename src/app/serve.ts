import { setTimeout as sleep } from "node:timers/promises";
import { createServing } from "./serving.ts";
import { createLogger } from "../log.ts";
import { claimStdout, serveStdio } from "../mcp/stdio.ts";
import type { Config } from "../settings.ts";

/** Milliseconds for an orderly end: clients wait briefly for a server whose input they closed, then kill it. */
const FAREWELL_MS = 50;

/** Serves the workspace over stdio until the client goes or the signal aborts, and keeps its index fresh meanwhile. */
export async function serveApp(config: Config, signal: AbortSignal): Promise<void> {
  const stdout = claimStdout();
  const log = createLogger(config.logLevel);
  const serving = createServing(config, { log, signal });
  await serveStdio({ factory: serving.factory, log, stdin: process.stdin, stdout, signal });
  const closed = serving[Symbol.asyncDispose]().then(() => true);
  // A batch or a model under way may take seconds; what is cut off here is undone by the store and done again later.
  if (!(await Promise.race([closed, sleep(FAREWELL_MS, false)]))) process.exit(0);
}
