import { setMaxListeners } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * A request as Node received it. A web `Request`, its answer and their streams take more processor time than embedding a
 * short text does, so what is asked thousands of times a minute goes without.
 */
export interface PlainRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborts when the client goes away; that of its connection, so listeners are removed when the request is done. */
  readonly signal: AbortSignal;
}

export interface PlainResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Answers a request; null for a path that is not its own. */
export type PlainHandler = (request: PlainRequest) => Promise<PlainResponse | null>;

/** An answer that holds this value as JSON. */
export function jsonResponse(
  value: unknown,
  { status = 200, headers = {} }: Partial<Omit<PlainResponse, "body">> = {},
): PlainResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/**
 * Tells for each connection when its client goes away. Made once for a connection and not for each request on it: a signal
 * takes a twentieth of what a short request does.
 */
export function createDepartures(): (socket: Socket) => AbortSignal {
  const signals = new WeakMap<Socket, AbortSignal>();
  return (socket) => {
    const known = signals.get(socket);
    if (known !== undefined) return known;
    const gone = new AbortController();
    // One listener for each request that is sent before the answer to the last.
    setMaxListeners(0, gone.signal);
    if (socket.destroyed) gone.abort();
    else socket.once("close", () => gone.abort());
    signals.set(socket, gone.signal);
    return gone.signal;
  };
}

/** Sends a whole answer, head and body in one write: each write may wake the client, and give it the processor. */
export function sendPlain(answer: PlainResponse, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (outgoing.destroyed) return;
  const { body } = answer;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  outgoing.writeHead(answer.status, { ...answer.headers, "content-length": length });
  outgoing.end(incoming.method === "HEAD" ? undefined : body);
}
