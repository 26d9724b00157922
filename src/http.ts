import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Socket, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { hasErrno, messageOf, UserError } from "./errors.ts";
import { allowedHosts, isLoopback, type Refusal, refuseBearer, refuseHost } from "./http-guard.ts";
import { createDepartures, type PlainHandler, sendPlain } from "./http-plain.ts";
import { sendWeb, toRequest } from "./http-web.ts";
import type { Logger } from "./log.ts";

/** Answers a request; null for a path that is not its own. `request.signal` aborts when the client goes away. */
export type HttpHandler = (request: Request) => Promise<Response | null>;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Asked first, and spared the cost of web objects. */
  readonly plain?: PlainHandler;
  /** Asked in order; the first answer counts. */
  readonly handlers?: readonly HttpHandler[];
  readonly log: Logger;
  /** Needed to listen beyond this machine. `isOpen` names requests that go without it, such as health checks. */
  readonly bearer?: { readonly token: string; readonly isOpen: (pathname: string) => boolean } | null;
  readonly extraHosts?: readonly string[];
  /** Answers under any name of this machine, where the token guards every path that matters. */
  readonly anyHost?: boolean;
  readonly extraOrigins?: readonly string[];
  /** Default 32 MB. */
  readonly maxBodyBytes?: number;
  /** Default 512. */
  readonly maxConnections?: number;
  /** Longest wait for a whole request; default 30,000. */
  readonly requestTimeoutMs?: number;
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
const CHECK_MS = 5_000;
/** How long what is sent of a refused body is still taken, so that its sender comes to read the refusal. */
const LINGER_MS = 2_000;
/** Longer than clients keep idle connections, so that none is closed just as a request is sent on it. */
const KEEP_ALIVE_MS = 75_000;
const GRACE_MS = 5_000;
const SWEEP_MS = 50;

/**
 * Listens, guards, and hands each request to the handlers, as it is and then as a web `Request`. Throws `service.needs-token` for an
 * address beyond this machine without a token, `service.cannot-listen` when the port is taken or forbidden.
 */
export async function listen(options: HttpOptions): Promise<HttpServer> {
  const { host, log, bearer = null } = options;
  if (!isLoopback(host) && bearer === null)
    throw new UserError("service.needs-token", `${host} can be reached from other machines, and no token is set`, {
      hint: "Set a token, or listen on 127.0.0.1.",
    });
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const server = createServer({
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    requestTimeout,
    connectionsCheckingInterval: Math.min(CHECK_MS, requestTimeout),
    // Refused here, with a reason.
    requireHostHeader: false,
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = options.maxConnections ?? 512;
  const port = await bind(server, host, options.port);
  const unused = new Set<Socket>();
  server.on("clientError", (error, socket) => {
    if (isUnused(error, socket)) return keepUnused(socket, unused);
    refuseUnread(error, socket);
  });
  server.on("error", (error) => log.error("The server failed", { cause: messageOf(error) }));
  const hosts = options.anyHost === true && bearer !== null ? null : allowedHosts({ ...options, port });
  const serving: Serving = { ...options, hosts, departureOf: createDepartures() };
  server.on("request", (incoming, outgoing) => {
    serve(incoming, outgoing, serving).catch((error: unknown) => {
      log.error("A request failed", { cause: error instanceof Error ? error.stack : messageOf(error) });
      if (outgoing.headersSent) outgoing.destroy();
      else refuseWith(outgoing, { status: 500, code: "bug", message: "codelab-mcp failed; its log has the details" });
    });
  });
  const close = (graceMs = GRACE_MS) => shutDown(server, unused, graceMs);
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

interface Serving extends HttpOptions {
  readonly hosts: ReadonlySet<string> | null;
  readonly departureOf: (socket: Socket) => AbortSignal;
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse, options: Serving): Promise<void> {
  const refusal = refuse(incoming, options);
  if (refusal !== null) return refuseWith(outgoing, refusal);
  const body = await readBody(incoming, options.maxBodyBytes ?? DEFAULT_BODY_BYTES);
  if (body === "too large") {
    refuseWith(outgoing, { status: 413, code: "request.too-large", message: "the body is too large" }, incoming);
    return;
  }
  if (body === "cut off") return void outgoing.destroy();
  const { method = "GET", url: target = "/", headers, socket } = incoming;
  const answer = await options.plain?.({ method, target, headers, body, signal: options.departureOf(socket) });
  if (answer) return sendPlain(answer, incoming, outgoing);
  const { handlers = [] } = options;
  const gone = new AbortController();
  if (outgoing.destroyed) gone.abort();
  outgoing.once("close", () => {
    // An abort that nobody waits for is dear: it makes an error with its stack for each request that was answered.
    if (!outgoing.writableFinished) gone.abort();
  });
  const request = handlers.length === 0 ? null : toRequest(incoming, body, gone.signal);
  for (const handler of handlers) {
    const response = request && (await handler(request));
    if (response !== null) return sendWeb(response, incoming, outgoing);
  }
  const [pathname] = target.split("?", 1);
  refuseWith(outgoing, { status: 404, code: "request.not-found", message: `there is nothing at ${pathname}` });
}

function refuse({ headers, url = "" }: IncomingMessage, options: Serving): Refusal | null {
  const foreign = refuseHost(headers.host, headers.origin, options.hosts, options.extraOrigins);
  if (foreign !== null) return foreign;
  const pathname = url.split("?", 1)[0] ?? "";
  if (pathname.startsWith("//") || !PLAIN_PATH.test(pathname))
    return { status: 400, code: "request.bad-target", message: "the request target must be a plain path" };
  const { bearer } = options;
  if (!bearer || bearer.isOpen(pathname)) return null;
  return refuseBearer(headers.authorization, bearer.token);
}

/**
 * A path that means itself. What a URL parser would rewrite (`.` and `..`, also encoded; backslashes, fragments) must not
 * be judged under one name and served under another.
 */
const PLAIN_PATH = /^(?:\/(?!(?:\.|%2e){1,2}(?:\/|$))[\w.~!$&'()*+,;=:@%-]*)+$/i;

function readBody(incoming: IncomingMessage, max: number): Promise<Buffer | "too large" | "cut off"> {
  return new Promise((resolve) => {
    if (Number(incoming.headers["content-length"] ?? 0) > max) return resolve("too large");
    const chunks: Buffer[] = [];
    let bytes = 0;
    const collect = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= max) return void chunks.push(chunk);
      chunks.length = 0;
      incoming.off("data", collect);
      resolve("too large");
    };
    incoming.on("data", collect);
    incoming.once("end", () => resolve((chunks.length === 1 && chunks[0]) || Buffer.concat(chunks)));
    incoming.once("error", () => resolve("cut off"));
    incoming.once("close", () => resolve("cut off"));
  });
}

/** Answers with a refusal. A body that is still being sent is taken for a while, and dropped. */
function refuseWith(outgoing: ServerResponse, refusal: Refusal, unread?: IncomingMessage): void {
  const body = bodyOf(refusal);
  outgoing.writeHead(refusal.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    // What was refused unread must not be taken for the next request.
    connection: "close",
    ...(refusal.status === 401 && { "www-authenticate": "Bearer" }),
  });
  if (unread === undefined) return void outgoing.end(body);
  // Closed with data on its way to us, the connection would be reset, and the answer lost with it.
  outgoing.write(body);
  const timer = setTimeout(() => outgoing.end(), LINGER_MS);
  const end = () => (clearTimeout(timer), outgoing.end());
  unread.once("end", end).once("close", end).resume();
}

/** The shape that OpenAI's clients read, and plain enough for all others. */
function bodyOf({ status, code, message }: Refusal): string {
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  return JSON.stringify({ error: { message, type, param: null, code } });
}

/** Refuses what never became a request: no HTTP, headers without measure, or a body that did not end in time. */
function refuseUnread(error: Error, socket: Duplex): void {
  if (!socket.writable || hasErrno(error, "ECONNRESET")) return void socket.destroy();
  const refusal: Refusal = hasErrno(error, "ERR_HTTP_REQUEST_TIMEOUT")
    ? { status: 408, code: "request.too-slow", message: "the request did not end in time" }
    : hasErrno(error, "HPE_HEADER_OVERFLOW")
      ? { status: 431, code: "request.too-large", message: "the headers are too large" }
      : { status: 400, code: "request.bad-http", message: "this is not HTTP/1.1" };
  const body = bodyOf(refusal);
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nconnection: close\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Whether a connection ran out of time before anything was sent on it. */
function isUnused(error: Error, socket: Duplex): socket is Socket {
  return hasErrno(error, "ERR_HTTP_REQUEST_TIMEOUT") && socket instanceof Socket && socket.bytesRead === 0;
}

/**
 * Clients open connections for requests that are then cancelled, and use them for later ones: an answer that nobody asked
 * for would be taken for the answer to the request that is just on its way. So they are kept as long as used ones are.
 */
function keepUnused(socket: Socket, unused: Set<Socket>): void {
  unused.add(socket);
  const timer = setTimeout(() => endUnused(socket), KEEP_ALIVE_MS);
  timer.unref();
  socket.once("close", () => {
    clearTimeout(timer);
    unused.delete(socket);
  });
}

function endUnused(socket: Socket): void {
  if (socket.bytesRead === 0) socket.destroy();
}

async function shutDown(server: Server, unused: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Connections that finish their request later would be kept alive, and keep us waiting for nothing.
  const closeIdle = () => {
    server.closeIdleConnections();
    for (const socket of unused) endUnused(socket);
  };
  closeIdle();
  const sweep = setInterval(closeIdle, SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed.finally(() => {
    clearInterval(sweep);
    clearTimeout(cut);
  });
}
