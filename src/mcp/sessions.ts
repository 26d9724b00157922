import { randomUUID } from "node:crypto";
import { type Server, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import { aborted } from "../aborted.ts";

/** A connection of the sessionful protocol, before 2026-07-28. */
interface Session {
  readonly principal: string;
  readonly server: Server;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  lastUsed: number;
  /** Responses not yet over, standing streams included: such a session is in use, however old its last request. */
  running: number;
}

export interface SessionOptions {
  /** Beyond it the one longest unused makes room. */
  readonly max: number;
  /** Milliseconds without a request after which a session ends. */
  readonly idleMs: number;
  readonly connect: (principal: string, sessionId: string) => Server;
  readonly now?: () => number;
}

/** Sessions by their unguessable ids, each the property of the principal that opened it. */
export class Sessions implements AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #now: () => number;
  readonly #open = new Map<string, Session>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  get count(): number {
    return this.#open.size;
  }

  /** Opens a session and answers its first request; null when there are too many and all are in use. */
  async begin(request: Request, parsedBody: unknown, principal: string): Promise<Response | null> {
    await this.expire();
    if (this.#open.size >= this.#options.max && !(await this.#makeRoom())) return null;
    const sessionId = randomUUID();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => sessionId,
      onsessionclosed: () => void this.#open.delete(sessionId),
    });
    const server = this.#options.connect(principal, sessionId);
    await server.connect(transport);
    const session = { principal, server, transport, lastUsed: this.#now(), running: 0 };
    this.#open.set(sessionId, session);
    const response = await this.#use(session, request, parsedBody);
    // A handshake that was refused leaves no session behind.
    if (!response.ok) await this.#end(sessionId, session);
    return response;
  }

  /** Hands a request to its session; null when this principal has none of that id. */
  async resume(request: Request, parsedBody: unknown, sessionId: string, principal: string): Promise<Response | null> {
    await this.expire();
    const session = this.#open.get(sessionId);
    if (session === undefined || session.principal !== principal) return null;
    return this.#use(session, request, parsedBody);
  }

  /** Ends sessions that nobody has used for long; called with each request, so that no timer is needed. */
  async expire(): Promise<void> {
    const limit = this.#now() - this.#options.idleMs;
    const idle = [...this.#open].filter(([, { running, lastUsed }]) => running === 0 && lastUsed < limit);
    await Promise.all(idle.map(([id, session]) => this.#end(id, session)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map(([id, session]) => this.#end(id, session)));
  }

  async #use(session: Session, request: Request, parsedBody: unknown): Promise<Response> {
    session.running++;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      session.running--;
      session.lastUsed = this.#now();
    };
    // The client may go in the middle of a stream, which then has no end.
    void aborted(request.signal).then(over);
    try {
      const response = await session.transport.handleRequest(request, parsedBody === undefined ? {} : { parsedBody });
      return told(response, over);
    } catch (error) {
      over();
      throw error;
    }
  }

  async #makeRoom(): Promise<boolean> {
    const unused = [...this.#open].filter(([, { running }]) => running === 0);
    const [oldest] = unused.toSorted(([, a], [, b]) => a.lastUsed - b.lastUsed);
    if (oldest === undefined) return false;
    await this.#end(...oldest);
    return true;
  }

  async #end(sessionId: string, { server }: Session): Promise<void> {
    this.#open.delete(sessionId);
    await server.close();
  }
}

/** The same response, whose end is told: a standing stream may end hours after it began. */
function told(response: Response, over: () => void): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) {
    over();
    return response;
  }
  const watched = body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({ flush: over }));
  return new Response(watched, { status, statusText, headers });
}
