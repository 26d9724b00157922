import { randomUUID } from "node:crypto";
import {
  createMcpHandler,
  isInitializeRequest,
  isJsonContentType,
  isLegacyRequest,
} from "@modelcontextprotocol/server";
import type { HttpHandler } from "../http.ts";
import type { Logger } from "../log.ts";
import { Sessions } from "./sessions.ts";
import type { ServerFactory } from "./server.ts";

export interface McpHttpOptions {
  readonly factory: ServerFactory;
  readonly log: Logger;
  /** Whose request it is, after the listener has let it pass; default: the local user. */
  readonly principalOf?: (request: Request) => string;
  /** Default `/mcp`. */
  readonly path?: string;
  /** Sessions of clients from before 2026-07-28; default 64. */
  readonly maxSessions?: number;
  /** Milliseconds without a request after which such a session ends; default 30 minutes. */
  readonly idleMs?: number;
  /** Default 4 MiB, several times the largest file that may be written. */
  readonly maxBodyBytes?: number;
}

export interface McpHttp extends AsyncDisposable {
  readonly handle: HttpHandler;
  /** Sessions open now. */
  readonly sessions: () => number;
}

const IDLE_MS = 30 * 60_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Serves MCP over streamable HTTP in both protocol eras: by sessions before 2026-07-28, request by request since. */
export function createMcpHttp(options: McpHttpOptions): McpHttp {
  const { factory, log, path = "/mcp", maxSessions = 64, idleMs = IDLE_MS, maxBodyBytes = MAX_BODY_BYTES } = options;
  const principalOf = options.principalOf ?? (() => "local");
  const sessions = new Sessions({
    max: maxSessions,
    idleMs,
    connect: (principal, session) => factory({ era: "legacy" }, () => ({ principal, session })),
  });
  // There are no sessions any more: a request that waits for its approval may be asked about again while we run.
  const runId = randomUUID();
  const modern = createMcpHandler(
    (connection) => {
      const principal = connection.authInfo?.clientId ?? "nobody";
      return factory(connection, () => ({ principal, session: `http ${principal} ${runId}`, isShared: true }));
    },
    { legacy: "reject", onerror: (error) => log.debug("protocol error", { error: error.message }) },
  );

  return {
    sessions: () => sessions.count,
    handle: async (request) => {
      if (new URL(request.url).pathname !== path) return null;
      const principal = principalOf(request);
      if (request.method !== "POST") return bySession(request, undefined, principal);
      if (!isJsonContentType(request.headers.get("content-type")))
        return refusal(415, -32_000, "The content type must be application/json");
      const text = await request.text();
      if (Buffer.byteLength(text) > maxBodyBytes)
        return refusal(413, -32_000, `The message is larger than ${maxBodyBytes} bytes`);
      const body = parse(text);
      if (body === undefined) return refusal(400, -32_700, "The message is no JSON");
      if (await isLegacyRequest(request, body)) return bySession(request, body, principal);
      const authInfo = { token: "", clientId: principal, scopes: [] };
      return modern.fetch(request, { parsedBody: body, authInfo });
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([modern.close(), sessions[Symbol.asyncDispose]()]);
    },
  };

  async function bySession(request: Request, body: unknown, principal: string): Promise<Response> {
    const sessionId = request.headers.get("mcp-session-id");
    if (sessionId !== null) {
      const answered = await sessions.resume(request, body, sessionId, principal);
      return answered ?? refusal(404, -32_001, "There is no such session; begin anew with initialize");
    }
    if (request.method !== "POST")
      return refusal(405, -32_000, "Without a session only POST is served", { allow: "POST" });
    if (!isInitializeRequest(body)) return refusal(400, -32_000, "A session id is needed: begin with initialize");
    const begun = await sessions.begin(request, body, principal);
    return (
      begun ?? refusal(503, -32_000, "Too many sessions are in use; close one or try later", { "retry-after": "60" })
    );
  }
}

/** The JSON value, or undefined for what is none. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function refusal(
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ jsonrpc: "2.0", id: null, error: { code, message } }, { status, headers });
}
