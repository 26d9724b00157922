import { Agent, type ClientRequest, type IncomingMessage, request as requestOverHttp } from "node:http";
import { Agent as TlsAgent, request as requestOverTls } from "node:https";

/** An answer other than success, with the fields by which the client's own errors are told apart. */
export class QdrantStatusError extends Error {
  readonly status: number;
  readonly data: unknown;

  constructor(status: number, data: unknown) {
    super(`answered ${status}`);
    this.name = "QdrantStatusError";
    this.status = status;
    this.data = data;
  }
}

/** Connections to one server at once; more would only wait there. */
const CONNECTIONS = 16;

/** Qdrant closes a connection that was idle for five seconds: one that may be about to is not used again. */
const IDLE_MS = 4000;

/**
 * Posts JSON to one server over connections that stay open. For what is asked often: searches, pages and batches. The client
 * sends them through `fetch`, which takes four times the processor time of the rest of a search.
 */
export class QdrantPoster {
  readonly #base: URL;
  readonly #port: number;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #agent: Agent;

  constructor(url: string, headers: Readonly<Record<string, string>>, timeoutMs: number) {
    this.#base = new URL(url);
    this.#port = unnamedPort(url) ?? Number(this.#base.port);
    this.#headers = headers;
    this.#timeoutMs = timeoutMs;
    const options = { keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS };
    this.#agent = this.#base.protocol === "https:" ? new TlsAgent(options) : new Agent(options);
  }

  /**
   * The `result` of the answer to a body in JSON.
   * @throws QdrantStatusError for any answer that is no success or no JSON; errors of the connection as they come.
   */
  async post<Result>(path: string, body: string): Promise<Result> {
    const bytes = Buffer.from(body);
    const { request, answered } = this.#send(path, bytes);
    const answer = await answered.catch((thrown: unknown) => {
      // The server closed an idle connection while this was on its way to it.
      if (request.reusedSocket && isReset(thrown)) return this.#send(path, bytes).answered;
      throw thrown;
    });
    const data = parse(answer.text);
    if (answer.status >= 300 || !hasResult(data)) throw new QdrantStatusError(answer.status, data ?? answer.text);
    return data.result as Result;
  }

  #send(path: string, bytes: Buffer): { readonly request: ClientRequest; readonly answered: Promise<Answer> } {
    const request = (this.#base.protocol === "https:" ? requestOverTls : requestOverHttp)({
      agent: this.#agent,
      hostname: this.#base.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: this.#port,
      path: `${this.#base.pathname.replace(/\/$/, "")}${path}`,
      method: "POST",
      headers: { ...this.#headers, "content-type": "application/json", "content-length": bytes.length },
    });
    const answered = new Promise<Answer>((resolve, reject) => {
      const late = setTimeout(() => {
        request.destroy(new Error(`no answer within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      request.once("close", () => clearTimeout(late));
      request.once("error", reject);
      request.once("response", (response) => {
        read(response).then(resolve, reject);
      });
    });
    request.end(bytes);
    return { request, answered };
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function read(response: IncomingMessage): Promise<Answer> {
  response.setEncoding("utf8");
  let text = "";
  for await (const part of response) text += String(part);
  return { status: response.statusCode ?? 0, text };
}

/** The port that an address means where it names none: that of https, else Qdrant's own. Null where it names one. */
export function unnamedPort(url: string): number | null {
  const { port, protocol } = new URL(url);
  if (port !== "") return null;
  return protocol === "https:" ? 443 : 6333;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function hasResult(data: unknown): data is { readonly result: unknown } {
  return typeof data === "object" && data !== null && "result" in data;
}

function isReset(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && (thrown.code === "ECONNRESET" || thrown.code === "EPIPE");
}
