import { once } from "node:events";
import { request as httpRequest, type RequestOptions } from "node:http";
import { connect } from "node:net";
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
