import { once } from "node:events";
import { request as httpRequest, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { type HttpHandler, type HttpOptions, type HttpServer, listen } from "../src/http.ts";
import { createLogger } from "../src/log.ts";

const echo: HttpHandler = async (request) =>
  Response.json({ method: request.method, url: request.url, body: await request.text() });

async function serve(options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const server = await listen({
    host: "127.0.0.1",
    port: 0,
    handlers: [echo],
    log: createLogger("silent"),
    ...options,
  });
  onTestFinished(() => server.close(0));
  return server;
}

/** A request with headers that `fetch` would not let through. */
async function raw(port: number, options: RequestOptions, body = ""): Promise<{ status: number; text: string }> {
  const request = httpRequest({ host: "127.0.0.1", port, agent: false, ...options });
  request.end(body);
  const [response] = (await once(request, "response")) as [AsyncIterable<Buffer> & { statusCode: number }];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, text: Buffer.concat(chunks).toString() };
}

describe("listen", () => {
  it("hands requests to the first handler that answers", async () => {
    const { origin } = await serve({ handlers: [() => Promise.resolve(null), echo] });
    const answer = await fetch(`${origin}/a?b=c`, { method: "POST", body: "hello" });
    expect(await answer.json()).toEqual({ method: "POST", url: `${origin}/a?b=c`, body: "hello" });
  });

  it("answers in JSON where there is nothing, and where a handler has a fault", async () => {
    const empty = await serve({ handlers: [] });
    expect((await fetch(empty.origin)).status).toBe(404);
    const faulty = await serve({ handlers: [() => Promise.reject(new RangeError("secret"))] });
    const answer = await fetch(faulty.origin);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  });

  it.each([
    ["evil.example", undefined, 403],
    ["127.0.0.1.evil.example", undefined, 403],
    ["127.0.0.1", undefined, 403],
    ["[::ffff:127.0.0.1]", undefined, 403],
    ["OWN", "https://evil.example", 403],
    ["OWN", "http://127.0.0.1:1", 403],
    ["OWN", "null", 403],
    ["OWN", "http://OWN", 200],
    ["LocalHost:PORT", "http://localhost:PORT", 200],
    ["[::1]:PORT", undefined, 200],
    ["box:4001", "https://tools.example", 200],
  ])("Host %s with Origin %s: %i", async (host, origin, status) => {
    const { port } = await serve({ extraHosts: ["box:4001"], extraOrigins: ["https://tools.example"] });
    const fill = (text: string) => text.replace("OWN", `127.0.0.1:${port}`).replace("PORT", String(port));
    const headers = { host: fill(host), ...(origin !== undefined && { origin: fill(origin) }) };
    expect((await raw(port, { headers })).status).toBe(status);
  });

  it("refuses targets that are no paths", async () => {
    const { port } = await serve();
    const own = { host: `127.0.0.1:${port}` };
    expect((await raw(port, { path: "http://evil.example/", headers: own })).status).toBe(400);
    expect((await raw(port, { path: "//evil.example/", headers: own })).status).toBe(400);
    for (const path of ["/v1/models/a%2Fb", "/a-b/c.d;e=f,g:h@i~j?k=/../l#", "/...", "/.well-known/x", "/%2e%2ex"])
      expect((await raw(port, { path, headers: own })).status, path).toBe(200);
  });

  it.each(["/./a", "/a/.", "/b/../a", "/..", "/%2e/a", "/b/%2E%2e/a", "/.%2e/a", "/b\\..\\a", "/a#b", "/a|b", '/a"b'])(
    "wants the token for %s, or refuses it: no spelling of a path is another one",
    async (path) => {
      const bearer = { token: "s3cret", isOpen: (pathname: string) => pathname !== "/a" };
      const { port } = await serve({ bearer });
      const headers = { host: `127.0.0.1:${port}` };
      expect((await raw(port, { path, headers })).status).toBe(400);
    },
  );

  it("judges a path under the name that it is served under, whatever is sent", async () => {
    const { port } = await serve({ bearer: { token: "s3cret", isOpen: (pathname) => !pathname.includes("/secret") } });
    const piece = fc.constantFrom("/", "\\", ".", "..", "%2e", "%2f", "%5c", "secret", "x", ";", "%", "#", "//", "%00");
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const path = `/${pieces.join("")}`;
        const { status, text } = await raw(port, { path, headers: { host: `127.0.0.1:${port}` } });
        if (status === 200)
          expect(new URL((JSON.parse(text) as { url: string }).url).pathname).not.toContain("/secret");
      }),
      { numRuns: 500 },
    );
  });

  it("wants the token where one is set, and listens beyond this machine only with one", async () => {
    const bearer = { token: "s3cret", isOpen: (pathname: string) => pathname === "/healthz" };
    const { origin } = await serve({ bearer });
    const status = async (path: string, authorization?: string) =>
      (await fetch(origin + path, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status("/")).toBe(401);
    expect(await status("/", "Bearer s3cre")).toBe(401);
    expect(await status("/?token=s3cret")).toBe(401);
    expect(await status("/", "bearer s3cret")).toBe(200);
    expect(await status("/healthz")).toBe(200);
    const open = listen({ host: "0.0.0.0", port: 0, handlers: [], log: createLogger("silent") });
    await expect(open).rejects.toThrow(expect.objectContaining({ code: "service.needs-token" }));
  });

  it("takes no body beyond the limit, announced or not", async () => {
    const { origin, port } = await serve({ maxBodyBytes: 1_000 });
    expect((await fetch(origin, { method: "POST", body: "x".repeat(1_000) })).status).toBe(200);
    expect((await raw(port, { method: "POST", headers: { "content-length": "9999999999" } })).status).toBe(413);
    const chunked = { method: "POST", headers: { host: `127.0.0.1:${port}`, "transfer-encoding": "chunked" } };
    expect((await raw(port, chunked, "x".repeat(5_000))).status).toBe(413);
  });

  it("lets the sender of a large body read why it is refused", async () => {
    const { origin } = await serve({ maxBodyBytes: 1_000 });
    for (let round = 0; round < 3; round += 1) {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let piece = 0; piece < 100; piece += 1) controller.enqueue(new Uint8Array(100_000));
          controller.close();
        },
      });
      const chunked = { method: "POST", body: stream, duplex: "half" } as RequestInit;
      for (const init of [{ method: "POST", body: "x".repeat(10_000_000) }, chunked]) {
        const answer = await fetch(origin, init);
        expect(answer.status).toBe(413);
        expect(await answer.json()).toMatchObject({ error: { code: "request.too-large" } });
      }
    }
  });

  it("says why to requests that never end, are no HTTP, or have headers without measure", async () => {
    const { origin, port } = await serve({ requestTimeoutMs: 200 });
    const ask = async (sent: string, dripping = "") => {
      const socket = connect(port, "127.0.0.1");
      socket.write(sent);
      const drip = setInterval(() => socket.write(dripping), 20);
      const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
      clearInterval(drip);
      return [Number(head.split(" ")[1]), JSON.parse(body) as unknown];
    };
    const start = `POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`;
    const error = (code: string) => ({
      error: { type: "invalid_request_error", param: null, code, message: expect.any(String) },
    });
    expect(await ask(`${start}content-length: 100\r\n\r\n{"input":`)).toEqual([408, error("request.too-slow")]);
    expect(await ask(`${start}transfer-encoding: chunked\r\n\r\n5\r\n{"inp`)).toEqual([408, error("request.too-slow")]);
    const endless = `${start}transfer-encoding: chunked\r\n\r\n`;
    expect(await ask(endless, "1\r\n \r\n")).toEqual([408, error("request.too-slow")]);
    expect(await ask(`${start}x-long: ${"x".repeat(40_000)}\r\n\r\n`)).toEqual([431, error("request.too-large")]);
    expect(await ask("no HTTP\r\n\r\n")).toEqual([400, error("request.bad-http")]);
    expect((await fetch(origin)).status).toBe(200);
  });

  it("waits for the first request of a connection as long as for the next one of another", async () => {
    const server = await serve({ requestTimeoutMs: 50 });
    // What a client opens for a request that is then cancelled, and uses for its next one much later.
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = once(socket, "data");
    socket.write(`GET /late HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n\r\n`);
    expect(String((await answer)[0])).toMatch(/^HTTP\/1.1 200/);
    // A request that begins on it and does not end is held to its time.
    const refused = once(socket, "data");
    socket.write("POST /slow HTTP/1.1\r\ncontent-length: 100\r\n");
    expect(String((await refused)[0])).toMatch(/^HTTP\/1.1 408/);
  });

  it("does not wait for connections that were never used when it closes", async () => {
    const server = await serve({ requestTimeoutMs: 50 });
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ended = once(socket, "close");
    await server.close(60_000);
    await ended;
  });

  it("answers under any name where the token guards it, and only to pages of that name", async () => {
    const bearer = { token: "s3cret", isOpen: () => false };
    const { port } = await serve({ host: "0.0.0.0", bearer, anyHost: true });
    const ask = async (headers: Record<string, string>) => (await raw(port, { headers })).status;
    const authorization = "Bearer s3cret";
    expect(await ask({ host: "box.lan:4000", authorization })).toBe(200);
    expect(await ask({ host: "box.lan:4000" })).toBe(401);
    expect(await ask({ host: "box.lan:4000", authorization, origin: "https://evil.example" })).toBe(403);
    expect(await ask({ host: "box.lan:4000", authorization, origin: "http://box.lan:4000" })).toBe(200);
  });

  it("streams, and tells the handler when the client goes away", async () => {
    let signal: AbortSignal | undefined;
    const handler: HttpHandler = (request) => {
      signal = request.signal;
      const body = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(Buffer.from("first")) });
      return Promise.resolve(new Response(body));
    };
    const { origin } = await serve({ handlers: [handler] });
    const client = new AbortController();
    const answer = await fetch(origin, { signal: client.signal });
    const chunk = await answer.body?.getReader().read();
    expect(Buffer.from(chunk?.value ?? []).toString()).toBe("first");
    client.abort();
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  it("survives what is no HTTP at all", async () => {
    const { origin, port } = await serve();
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    socket.write("\0\0\0 garbage\r\n\r\n");
    await once(socket, "close");
    expect((await fetch(origin)).status).toBe(200);
  });

  it("holds no more connections than it was told to, and goes on when some are gone", async () => {
    const { port } = await serve({ maxConnections: 2 });
    const sockets = Array.from({ length: 5 }, () =>
      connect(port, "127.0.0.1")
        .on("error", () => {})
        .resume(),
    );
    const dropped = () => sockets.filter(({ closed }) => closed).length;
    await expect.poll(dropped).toBe(3);
    for (const socket of sockets) socket.destroy();
    const headers = { host: `127.0.0.1:${port}` };
    const status = () =>
      raw(port, { headers }).then(
        (answer) => answer.status,
        () => null,
      );
    await expect.poll(status).toBe(200);
  });

  it("says so when the port is taken", async () => {
    const { port } = await serve();
    await expect(serve({ port })).rejects.toThrow(expect.objectContaining({ code: "service.cannot-listen" }));
  });

  it("lets running requests finish when it closes, and cuts off those that do not", async () => {
    const releases: (() => void)[] = [];
    const handler: HttpHandler = () => new Promise((resolve) => releases.push(() => resolve(new Response("done"))));
    const server = await serve({ handlers: [handler] });
    const finishing = fetch(server.origin);
    const stuck = fetch(server.origin).catch((error: unknown) => error);
    await expect.poll(() => releases.length).toBe(2);
    const closing = server.close(200);
    releases[0]?.();
    expect([await (await finishing).text()]).toEqual(["done"]);
    expect(await stuck).toBeInstanceOf(TypeError);
    await closing;
    await server.close();
  });
});
