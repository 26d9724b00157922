import { aborted } from "../aborted.ts";
import { pagePorts } from "./approvals.ts";
import { createServing } from "./serving.ts";
import { listen } from "../http.ts";
import { isLoopback } from "../http-guard.ts";
import { httpToken, type HttpToken } from "./http-token.ts";
import { createLogger } from "../log.ts";
import { createMcpHttp } from "../mcp/http.ts";
import { measureWatchers } from "./watch-metrics.ts";
import { createMetrics, METRICS_TYPE } from "../metrics.ts";
import type { Config } from "../settings.ts";
import { productVersion } from "../version.ts";
import type { ToolContext } from "../tools/context.ts";
import type { MemoryPorts } from "../web/ports.ts";
import { createSite } from "../web/site.ts";

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  /** Lets in every program and user of this machine; refused for an address that others reach. */
  readonly open?: boolean;
}

/** Where the server listens, and what it wants to be sent. */
export interface HttpListening {
  readonly origin: string;
  /** Null where it is open. */
  readonly token: HttpToken | null;
}

/** Calls are fast or wait for people; these bounds tell the two apart. */
const SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];
/** Answered without a token: they say nothing about the project. */
const OPEN_PATHS = new Set(["/healthz", "/readyz"]);
const GRACE_MS = 5_000;

/**
 * Serves the workspace over streamable HTTP at `/mcp`, with the approval page at `/`, `/healthz`, `/readyz` and
 * `/metrics`, until the signal aborts.
 */
export async function serveHttp(
  config: Config,
  { host, port, open = false }: HttpAddress,
  signal: AbortSignal,
  onListening: (listening: HttpListening) => void,
): Promise<void> {
  const log = createLogger(config.logLevel);
  // What only this machine reaches has a token of its own; what others reach needs one that somebody chose for them.
  const token = open || (config.httpToken === undefined && !isLoopback(host)) ? null : httpToken(config);
  const metrics = createMetrics();
  const calls = metrics.counter("codelab_tool_calls_total", "Calls of tools, by tool and outcome.");
  const seconds = metrics.histogram("codelab_tool_call_seconds", "How long calls of tools took.", SECONDS);
  let origin: string | null = null;
  await using serving = createServing(config, {
    log,
    signal,
    pageOrigin: () => browsable(origin),
    observe: ({ tool, code, durationMs }) => {
      calls.add(1, { tool, outcome: code ?? "ok" });
      seconds.observe(durationMs / 1_000, { tool });
    },
  });
  measureWatchers(metrics, serving.watchers);
  const { app, context, guard } = await serving.open();
  await using mcp = createMcpHttp({ factory: serving.factory, log });
  const page = createSite({
    ports: { ...pagePorts(guard.approvals), memory: memoryOf(context) },
    origins: () => originsOf(origin),
    log,
  });
  const probes = async (request: Request): Promise<Response | null> => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") return null;
    if (pathname === "/healthz") return Response.json({ status: "ok", version: productVersion() });
    if (pathname === "/readyz") return Response.json({ status: "ready", freshness: app.freshness });
    if (pathname === "/metrics") return new Response(metrics.text(), { headers: { "content-type": METRICS_TYPE } });
    return null;
  };
  // A browser cannot send the token; the page has its own pairing instead.
  const isOpen = (pathname: string) => OPEN_PATHS.has(pathname) || /^\/(?:$|site\/|api\/)/.test(pathname);
  const bearer = token === null ? null : { token: token.token, isOpen };
  await using server = await listen({ host, port, handlers: [mcp.handle, probes, page], log, bearer });
  origin = server.origin;
  onListening({ origin, token });
  await aborted(signal);
  await server.close(GRACE_MS);
}

function memoryOf({ codeSearch, conversations, index }: ToolContext): MemoryPorts {
  return {
    searchCode: (query, signal) => codeSearch.search(query, signal),
    searchConversations: (query, signal) => conversations.search(query, signal),
    status: () => index.status(),
  };
}

/** The names under which a browser on this machine may know the page, also through a forwarded port. */
function originsOf(origin: string | null): string[] {
  if (origin === null) return [];
  const { port } = new URL(origin);
  return [origin, ...["127.0.0.1", "localhost", "[::1]"].map((name) => `http://${name}:${port}`)];
}

/** An address to open in a browser: one that listens everywhere is no place to go to. */
function browsable(origin: string | null): string | null {
  return origin?.replace(/\/\/(0\.0\.0\.0|\[::\]):/, "//127.0.0.1:") ?? null;
}
