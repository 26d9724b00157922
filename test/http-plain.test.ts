import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { jsonResponse, type PlainHandler, type PlainRequest } from "../src/http-plain.ts";
import { type HttpServer, listen } from "../src/http.ts";
import { createLogger } from "../src/log.ts";

const echo: PlainHandler = ({ method, target, headers, body }) =>
  Promise.resolve(jsonResponse({ method, target, type: headers["content-type"], body: body.toString() }));

async function serve(plain: PlainHandler): Promise<HttpServer> {
  const handlers = [async () => new Response("web")];
  const server = await listen({ host: "127.0.0.1", port: 0, plain, handlers, log: createLogger("silent") });
  onTestFinished(() => server.close(0));
  return server;
}

describe("a plain handler", () => {
  it("is given what was sent, and its answer is sent as it is", async () => {
    const { origin } = await serve(echo);
    const body = "käse ".repeat(50_000);
    const answer = await fetch(`${origin}/a?b=c`, { method: "POST", headers: { "content-type": "text/x" }, body });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual({ method: "POST", target: "/a?b=c", type: "text/x", body });
  });

  it("answers one request after another on one connection", async () => {
    const { origin } = await serve(echo);
    for (let index = 0; index < 20; index += 1) {
      const answer = await fetch(`${origin}/${index}`);
      expect(await answer.json()).toMatchObject({ target: `/${index}`, body: "" });
    }
  });

  it("sends no body where none was asked for, but tells its length", async () => {
    const { origin } = await serve(() => Promise.resolve(jsonResponse("ü", { status: 201, headers: { "x-a": "b" } })));
    const answer = await fetch(origin, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length"), answer.headers.get("x-a")]).toEqual([201, "4", "b"]);
    expect(await answer.text()).toBe("");
  });

  it("leaves to the others what is not its own", async () => {
    const { origin } = await serve(({ target }) => Promise.resolve(target === "/own" ? jsonResponse("own") : null));
    expect(await (await fetch(`${origin}/own`)).json()).toBe("own");
    expect(await (await fetch(`${origin}/else`)).text()).toBe("web");
  });

  it("is told when the client goes away, and may answer all the same", async () => {
    const seen: PlainRequest[] = [];
    const { origin } = await serve((request) => {
      seen.push(request);
      return new Promise((resolve) => request.signal.addEventListener("abort", () => resolve(jsonResponse("late"))));
    });
    const client = new AbortController();
    const answer = fetch(origin, { signal: client.signal }).catch((error: unknown) => error);
    await expect.poll(() => seen.length).toBe(1);
    client.abort();
    expect(await answer).toMatchObject({ name: "AbortError" });
    await expect.poll(() => seen[0]?.signal.aborted).toBe(true);
  });

  it("is told when a client goes away that was answered before on the same connection", async () => {
    const seen: PlainRequest[] = [];
    const { origin, port } = await serve((request) => {
      seen.push(request);
      return request.target === "/wait" ? new Promise(() => {}) : Promise.resolve(jsonResponse("now"));
    });
    const socket = connect(port, "127.0.0.1");
    const host = new URL(origin).host;
    for (const target of ["/now", "/wait"]) socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    await expect.poll(() => seen.length).toBe(2);
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    socket.destroy();
    await expect.poll(() => seen[1]?.signal.aborted).toBe(true);
    expect(await (await fetch(`${origin}/now`)).json()).toBe("now");
  });

  it("may answer with bytes", async () => {
    const { origin } = await serve(() => Promise.resolve({ status: 200, headers: {}, body: Buffer.from("ü") }));
    const answer = await fetch(origin);
    expect([answer.headers.get("content-length"), await answer.text()]).toEqual(["2", "ü"]);
  });

  it("that has a fault is answered for, without its secrets", async () => {
    const { origin } = await serve(() => Promise.reject(new RangeError("secret")));
    const answer = await fetch(origin);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  });
});
