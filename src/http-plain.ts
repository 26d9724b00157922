import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

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
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface PlainResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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

/** Sends a whole answer, head and body in one write: each write may wake the client, and give it the processor. */
export function sendPlain(answer: PlainResponse, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) });
  outgoing.end(incoming.method === "HEAD" ? undefined : answer.body);
}
