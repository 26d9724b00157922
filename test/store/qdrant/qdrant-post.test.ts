import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { QdrantPoster, unnamedPort } from "../../../src/store/qdrant/qdrant-post.ts";

interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly socket: Socket;
}

describe("posting to a server", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  /** A server that answers as told, and what it has seen. */
  async function serve(answer: (response: ServerResponse, seen: readonly Seen[]) => void) {
    const seen: Seen[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { url = "", headers, socket } = request;
        seen.push({ url, headers, socket, body: Buffer.concat(parts).toString() });
        answer(response, seen);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, seen };
  }
  const fine = (response: ServerResponse) => response.end(JSON.stringify({ result: { points: [] }, status: "ok" }));

  it("sends the body, the key and the length, below the address's own path, over one connection", async () => {
    const { url, seen } = await serve(fine);
    const poster = new QdrantPoster(`${url}/under/here`, { "api-key": "secret" }, 1000);
    const body = JSON.stringify({ text: "ünï 🦀" });
    for (let n = 0; n < 3; n++) expect(await poster.post("/collections/a/points/query", body)).toEqual({ points: [] });
    expect(seen[0]).toMatchObject({ url: "/under/here/collections/a/points/query", body });
    expect(seen[0]?.headers).toMatchObject({
      "api-key": "secret",
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
    });
    expect(new Set(seen.map(({ socket }) => socket)).size).toBe(1);
  });

  it("asks again when an idle connection was closed under it, and only then", async () => {
    const { url, seen } = await serve((response, { length }) => {
      if (length === 2) response.socket?.destroy();
      else fine(response);
    });
    const poster = new QdrantPoster(url, {}, 1000);
    await poster.post("/x", "{}");
    expect(await poster.post("/x", "{}")).toEqual({ points: [] });
    expect(seen).toHaveLength(3);

    const closing = await serve((response) => void response.socket?.destroy());
    await expect(new QdrantPoster(closing.url, {}, 1000).post("/x", "{}")).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(closing.seen).toHaveLength(1);
  });

  it("does not wait for ever, nor for the rest of an answer that stops", async () => {
    const silent = await serve(() => {});
    await expect(new QdrantPoster(silent.url, {}, 50).post("/x", "{}")).rejects.toThrow("no answer within 50 ms");
    const stopping = await serve((response) => void response.write('{"result":'));
    await expect(new QdrantPoster(stopping.url, {}, 50).post("/x", "{}")).rejects.toThrow();
    const cut = await serve((response) => {
      response.writeHead(200, { "content-length": 1000 }).write('{"result":', () => response.socket?.destroy());
    });
    await expect(new QdrantPoster(cut.url, {}, 1000).post("/x", "{}")).rejects.toThrow();
  });

  it.each([
    [500, '{"status":{"error":"broken"}}', { status: { error: "broken" } }],
    [403, "Invalid API key", "Invalid API key"],
    [200, "<!doctype html>", "<!doctype html>"],
    [200, '"a string"', "a string"],
    [200, "null", "null"],
    [301, '{"result":1}', { result: 1 }],
  ])("throws the status and the body of what is no success: %i %s", async (status, text, data) => {
    const { url } = await serve((response) => response.writeHead(status).end(text));
    await expect(new QdrantPoster(url, {}, 1000).post("/x", "{}")).rejects.toMatchObject({ status, data });
  });

  it("fails as the connection does where nobody listens", async () => {
    await expect(new QdrantPoster("http://127.0.0.1:1", {}, 1000).post("/x", "{}")).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  it("takes the port that an address without one means", () => {
    expect(unnamedPort("http://host/path")).toBe(6333);
    expect(unnamedPort("https://host")).toBe(443);
    expect(unnamedPort("http://host:7000")).toBeNull();
    expect(unnamedPort("http://[::1]:7000/x")).toBeNull();
  });
});
