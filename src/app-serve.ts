import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "./app.ts";
import type { OpenGuard } from "./app-guard.ts";
import { messageOf } from "./errors.ts";
import { createLogger, type Logger } from "./log.ts";
import { createToolRunner } from "./mcp/run-tool.ts";
import { createServerFactory } from "./mcp/server.ts";
import { claimStdout, serveStdio } from "./mcp/stdio.ts";
import { RESOURCES } from "./resources/catalogue.ts";
import type { Config } from "./settings.ts";
import { productVersion } from "./version.ts";
import { TOOLS } from "./tools/catalogue.ts";
import type { ToolContext } from "./tools/context.ts";

/** The handshake comes first: opening the index competes with it for the processor. */
const SETTLE_MS = 300;

/**
 * Serves the workspace over stdio until the client goes or the signal aborts, and keeps its index fresh meanwhile. The
 * index is opened by the first call, or shortly after the handshake.
 */
export async function serveApp(config: Config, signal: AbortSignal): Promise<void> {
  const stdout = claimStdout();
  const log = createLogger(config.logLevel);
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  let opening: Promise<Opened> | undefined;
  const open = () => (opening ??= openLate(config, log));
  const keeping = sleep(SETTLE_MS, undefined, { signal: ended })
    .then(async () => {
      const { keepFresh } = await import("./app-watch.ts");
      const background = await keepFresh((await open()).app, { conversations: true, signal: ended });
      await background.done;
    })
    .catch((error: unknown) => {
      if (!ended.aborted) log.error("the index is not kept fresh", { error: messageOf(error) });
    });
  const runner = createToolRunner({
    tools: TOOLS,
    openContext: async () => (await open()).context,
    openGuard: async () => (await open()).guard,
    observe: ({ tool, code, durationMs }) => log.debug("call", { tool, code, ms: Math.round(durationMs) }),
    log,
  });
  const facts = { version: productVersion(), workspace: config.workspace, index: null, gated: true };
  const factory = createServerFactory({
    tools: TOOLS,
    resources: RESOURCES,
    runner,
    facts: () => facts,
    askingMs: config.approvalTimeout * 1_000,
    decided: async (id, asking) => await (await open()).guard.decided(id, asking),
  });
  await serveStdio({ factory, log, stdin: process.stdin, stdout, signal });
  stop.abort();
  await keeping;
  const opened = await opening?.catch(() => undefined);
  opened?.guard[Symbol.dispose]();
  await opened?.app[Symbol.asyncDispose]();
}

interface Opened {
  readonly app: App;
  readonly context: ToolContext;
  readonly guard: OpenGuard;
}

async function openLate(config: Config, log: Logger): Promise<Opened> {
  const { openApp } = await import("./app.ts");
  const { createToolContext } = await import("./app-tools.ts");
  const { openGuard } = await import("./app-guard.ts");
  const app = await openApp(config);
  const guard = await openGuard(config, app.workspace.root, log);
  return { app, context: createToolContext(app, guard.approvals), guard };
}
