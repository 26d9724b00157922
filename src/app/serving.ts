import { setTimeout as sleep } from "node:timers/promises";
import type { OpenGuard } from "./guard.ts";
import type { App } from "../app.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type CallRecord, createToolRunner, type ToolRunner } from "../mcp/run-tool.ts";
import { createServerFactory, type ServerFactory } from "../mcp/server.ts";
import { RESOURCES } from "../resources/catalogue.ts";
import type { Config } from "../settings.ts";
import { TOOLS } from "../tools/catalogue.ts";
import type { ToolContext } from "../tools/context.ts";
import { productVersion } from "../version.ts";
import type { WatchStatus } from "../watch/watcher.ts";
import { countCalls, warmUp } from "./warm-up.ts";

/** The handshake comes first: opening the index competes with it for the processor. */
const SETTLE_MS = 300;
/** Until the background work is tried again that could not begin. */
const RETRY_MS = 30_000;

export interface Serving extends AsyncDisposable {
  readonly factory: ServerFactory;
  /** Opens the workspace, once; the handshake never waits for it. */
  readonly open: () => Promise<OpenServing>;
  /** What the watchers behind it have done so far; none before the workspace is open. */
  readonly watchers: () => readonly WatchStatus[];
}

export interface OpenServing {
  readonly app: App;
  readonly context: ToolContext & AsyncDisposable;
  readonly guard: OpenGuard;
}

export interface ServingOptions {
  readonly log: Logger;
  /** Ends the background work. */
  readonly signal: AbortSignal;
  /** Where the approval page is served; absent, it gets a port of its own when first needed. */
  readonly pageOrigin?: () => string | null;
  readonly observe?: (record: CallRecord) => void;
}

/** What serves one workspace over any transport: its tools, the gate before them, and the watcher behind them. */
export function createServing(config: Config, { log, signal, pageOrigin, observe }: ServingOptions): Serving {
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  let opening: Promise<OpenServing> | undefined;
  // What stood in the way may be mended while the server lives: the next call tries again.
  const open = () =>
    (opening ??= openLate(config, log, () => runner, pageOrigin).catch((error: unknown) => {
      opening = undefined;
      throw error;
    }));
  let watchers: Serving["watchers"] = () => [];
  const begun = (statuses: Serving["watchers"]) => {
    watchers = statuses;
  };
  const background = workLater({ open, signal: ended, log, onStart: begun, isQuiet: () => calls.isQuiet() });
  const calls = countCalls(
    createToolRunner({
      tools: TOOLS,
      openContext: async () => (await open()).context,
      openGuard: async () => (await open()).guard,
      observe: (record) => {
        observe?.(record);
        void opening?.then(({ guard }) => guard.record(record)).catch(() => {});
        log.debug("call", { tool: record.tool, code: record.code, ms: Math.round(record.durationMs) });
      },
      log,
    }),
  );
  const { runner } = calls;
  const facts = { version: productVersion(), workspace: config.workspace, index: null, gated: true };
  return {
    open,
    watchers: () => watchers(),
    factory: createServerFactory({
      tools: TOOLS,
      resources: RESOURCES,
      runner,
      facts: () => facts,
      askingMs: config.approvalTimeout * 1_000,
      decided: async (id, asking) => await (await open()).guard.decided(id, asking),
    }),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      const opened = await opening?.catch(() => undefined);
      // First what must not be lost, should the process be ended before the rest is over: the records of the last calls.
      await opened?.guard[Symbol.asyncDispose]();
      await opened?.context[Symbol.asyncDispose]();
      await background;
      await opened?.app[Symbol.asyncDispose]();
    },
  };
}

async function openLate(
  config: Config,
  log: Logger,
  runner: () => ToolRunner,
  pageOrigin?: () => string | null,
): Promise<OpenServing> {
  const [{ openApp }, { createToolContext }, { openGuard }, { createAgents }] = await Promise.all([
    import("../app.ts"),
    import("./tools.ts"),
    import("./guard.ts"),
    import("./agents.ts"),
  ]);
  const app = await openApp(config);
  const workspace = app.workspace.root;
  const asked = { config, workspace, log, ...(pageOrigin === undefined ? {} : { pageOrigin }) };
  const guard = await openGuard(asked).catch(async (error: unknown) => {
    await app[Symbol.asyncDispose]();
    throw error;
  });
  const agents = createAgents({ config, workspace, tools: TOOLS, runner });
  return { app, context: createToolContext(app, guard.approvals, agents), guard };
}

interface BackgroundWork {
  readonly open: () => Promise<OpenServing>;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly onStart: (statuses: Serving["watchers"]) => void;
  readonly isQuiet: () => boolean;
}

/** Keeps the index fresh and readies its search, again after whatever stands in the way; never rejects. */
async function workLater({ open, signal, log, onStart, isQuiet }: BackgroundWork): Promise<void> {
  let wait = SETTLE_MS;
  let told = "";
  while (!signal.aborted) {
    try {
      await sleep(wait, undefined, { signal });
      const { keepFresh } = await import("./watch.ts");
      const { app } = await open();
      const background = await keepFresh(app, { conversations: true, signal });
      onStart(background.statuses);
      // Roo Code's vectors are on a server, which is not asked for nothing.
      const isOwn = app.config.rooIndex !== "read";
      const warm = background.fresh.then(() => (isOwn ? warmUp(app.search, { isQuiet, signal, log }) : undefined));
      await Promise.all([background.done, Promise.race([warm, background.done])]);
      return;
    } catch (error) {
      if (signal.aborted) return;
      wait = RETRY_MS;
      if (messageOf(error) !== told) log.error("the index is not kept fresh", { error: messageOf(error) });
      told = messageOf(error);
    }
  }
}
