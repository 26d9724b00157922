import { type IncomingMessage, type ServerResponse, createServer } from "node:http";

/** What happens to a request on its way; nothing: it goes through. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Passes requests on to a server, unless the fault of the moment takes them. */
export class FaultProxy implements AsyncDisposable {
  fault: Fault = () => false;
  url = "";
  readonly #server;

  constructor(target: string) {
    this.#server = createServer((request, response) => {
      if (this.fault(request, response)) return;
      void this.#pass(target, request, response).catch(() => response.destroy());
    });
  }

  static async before(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    const address = proxy.#server.address();
    proxy.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    return proxy;
  }

  async #pass(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = "GET", url = "/" } = request;
    const body = parts.length === 0 ? {} : { body: Buffer.concat(parts) };
    const answer = await fetch(target + url, { method, headers: { "content-type": "application/json" }, ...body });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
