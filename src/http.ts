import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hasErrno, messageOf, UserError } from "./errors.ts";
import { allowedHosts, isLoopback, type Refusal, refuseBearer, refuseHost } from "./http-guard.ts";
import type { Logger } from "./log.ts";

/** Answers a request; null for a path that is not its own. `request.signal` aborts when the client goes away. */
export type HttpHandler = (request: Request) => Promise<Response | null>;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Asked in order; the first answer counts. */
  readonly handlers: readonly HttpHandler[];
  readonly log: Logger;
  /** Needed to listen beyond this machine. `isOpen` names requests that go without it, such as health checks. */
  readonly bearer?: { readonly token: string; readonly isOpen: (pathname: string) => boolean } | null;
  readonly extraHosts?: readonly string[];
  readonly extraOrigins?: readonly string[];
  /** Default 32 MB. */
  readonly maxBodyBytes?: number;
  /** Default 512. */
  readonly maxConnections?: number;
}

export interface HttpServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:4001`. */
  readonly origin: string;
  readonly port: number;
  /** Takes no new requests, lets running ones finish for `graceMs`, then cuts them off. */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_BODY_BYTES = 32_000_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than clients keep idle connections, so that none is closed just as a request is sent on it. */
const KEEP_ALIVE_MS = 75_000;
const GRACE_MS = 5_000;
const SWEEP_MS = 50;

/**
 * Listens, guards, and hands each request to the handlers as a web `Request`. Throws `service.needs-token` for an
 * address beyond this machine without a token, `service.cannot-listen` when the port is taken or forbidden.
 */
export async function listen(options: HttpOptions): Promise<HttpServer> {
  const { host, log, bearer = null } = options;
  if (!isLoopback(host) && bearer === null)
    throw new UserError("service.needs-token", `${host} can be reached from other machines, and no token is set`, {
      hint: "Set a token, or listen on 127.0.0.1.",
    });
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = options.maxConnections ?? 512;
  const port = await bind(server, host, options.port);
  server.on("error", (error) => log.error("The server failed", { cause: messageOf(error) }));
  const hosts = allowedHosts({ ...options, port });
  server.on("request", (incoming, outgoing) => {
    serve(incoming, outgoing, options, hosts).catch((error: unknown) => {
      log.error("A request failed", { cause: error instanceof Error ? error.stack : messageOf(error) });
      if (outgoing.headersSent) outgoing.destroy();
      else refuseWith(outgoing, { status: 500, code: "bug", message: "codelab-mcp failed; its log has the details" });
    });
  });
  const close = (graceMs = GRACE_MS) => shutDown(server, graceMs);
  const name = host.includes(":") ? `[${host}]` : host;
  return { origin: `http://${name}:${port}`, port, close, [Symbol.asyncDispose]: () => close() };
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        hasErrno(error, "EADDRINUSE", "EACCES", "EADDRNOTAVAIL")
          ? new UserError("service.cannot-listen", `cannot listen on ${host}:${port}: ${messageOf(error)}`, {
              hint: "Choose another port, or stop the program that uses this one.",
              cause: error,
            })
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: HttpOptions,
  hosts: ReadonlySet<string>,
): Promise<void> {
  const refusal = refuse(incoming, options, hosts);
  if (refusal !== null) return refuseWith(outgoing, refusal);
  const body = await readBody(incoming, options.maxBodyBytes ?? DEFAULT_BODY_BYTES);
  if (body === "too large")
    return refuseWith(outgoing, { status: 413, code: "request.too-large", message: "the body is too large" });
  if (body === "cut off") return void outgoing.destroy();
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const request = toRequest(incoming, body, gone.signal);
  for (const handler of options.handlers) {
    const response = await handler(request);
    if (response !== null) return send(response, incoming, outgoing);
  }
  refuseWith(outgoing, { status: 404, code: "request.not-found", message: "there is nothing here" });
}

function refuse(incoming: IncomingMessage, options: HttpOptions, hosts: ReadonlySet<string>): Refusal | null {
  const { headers, url = "" } = incoming;
  const foreign = refuseHost(headers.host, headers.origin, hosts, options.extraOrigins);
  if (foreign !== null) return foreign;
  if (!url.startsWith("/") || url.startsWith("//"))
    return { status: 400, code: "request.bad-target", message: "the request target must be a path" };
  const { bearer } = options;
  if (!bearer || bearer.isOpen(url.split("?")[0] ?? "")) return null;
  return refuseBearer(headers.authorization, bearer.token);
}

async function readBody(incoming: IncomingMessage, max: number): Promise<Buffer | "too large" | "cut off"> {
  if (Number(incoming.headers["content-length"] ?? 0) > max) return "too large";
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > max) return "too large";
      chunks.push(chunk);
    }
  } catch {
    return "cut off";
  }
  return Buffer.concat(chunks);
}

function toRequest(incoming: IncomingMessage, body: Buffer, signal: AbortSignal): Request {
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(`http://${incoming.headers.host ?? ""}${url}`, {
    method,
    headers,
    signal,
    ...(hasBody && { body: new Uint8Array(body) }),
  });
}

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  if (response.body === null || incoming.method === "HEAD") {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  const reader = response.body.getReader();
  outgoing.once("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done || outgoing.destroyed) break;
    if (!outgoing.write(value)) await writable(outgoing);
  }
  outgoing.end();
}

/** Resolves when more may be written, or never will be. */
function writable(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      outgoing.off("drain", finish).off("close", finish);
      resolve();
    };
    outgoing.on("drain", finish).on("close", finish);
  });
}

function refuseWith(outgoing: ServerResponse, { status, code, message }: Refusal): void {
  outgoing.writeHead(status, {
    "content-type": "application/json",
    // What was refused unread must not be taken for the next request.
    connection: "close",
    ...(status === 401 && { "www-authenticate": "Bearer" }),
  });
  // The shape that OpenAI's clients read, and plain enough for all others.
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  outgoing.end(JSON.stringify({ error: { message, type, param: null, code } }));
}

async function shutDown(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Connections that finish their request later would be kept alive, and keep us waiting for nothing.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed.finally(() => {
    clearInterval(sweep);
    clearTimeout(cut);
  });
}
