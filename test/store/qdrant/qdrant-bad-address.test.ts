import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "../../../src/log.ts";
import { type QdrantStore, openQdrantStore } from "../../../src/store/qdrant/qdrant-store.ts";
import { makeChunk, put, source } from "../../contract/make-chunks.ts";

let directory: string;
let store: QdrantStore | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "codelab-address-"));
});
afterEach(async () => {
  await store?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function filled(url: string): Promise<QdrantStore> {
  const options = { server: { url, retryMs: 1, timeoutMs: 2000 }, log: createLogger("silent") };
  store = await openQdrantStore(join(directory, "index.db"), options);
  await put(store, source("a.ts", makeChunk("something")));
  return store;
}

it.each([
  ["a web site", (response) => response.end("<!doctype html><title>Welcome</title>")],
  ["an API of something else", (response) => response.end('{"data":[],"object":"list"}')],
  ["what answers with nothing", (response) => response.end()],
  ["what answers null", (response) => response.end("null")],
  ["what sends elsewhere", (response) => response.writeHead(302, { location: "/login" }).end()],
  ["what knows no such path", (response) => response.writeHead(404).end("not here")],
  ["what does not take JSON", (response) => response.writeHead(415).end()],
] satisfies [string, (response: ServerResponse) => unknown][])(
  "names QDRANT_URL when the address is that of %s, and keeps what waits",
  async (_, answer) => {
    const server = createServer((request, response) => {
      request.resume();
      request.on("end", () => void answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const mine = await filled(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
    const named = {
      name: "UserError",
      code: expect.stringMatching(/^store\./) as string,
      hint: expect.stringContaining("QDRANT_URL") as string,
    };
    await expect(mine.synchronize()).rejects.toMatchObject(named);
    expect(mine.queued).toBe(1);
    expect(await mine.searchLexical({ terms: [{ text: "someth", prefix: true }], limit: 5 })).toHaveLength(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
);

it.each([
  ["store.foreign-server", "is no Qdrant server", (response) => response.end("<!doctype html>")],
  ["store.foreign-server", "is no Qdrant server", (response) => response.writeHead(404).end("{}")],
  ["store.foreign-server", "is no Qdrant server", (response) => response.writeHead(302, { location: "/x" }).end()],
  [
    "store.unsupported-version",
    "is Qdrant 1.6.1; at least 1.16 is needed",
    (response, request) =>
      request.url === "/"
        ? response.end('{"title":"qdrant - vector search engine","version":"1.6.1"}')
        : response.writeHead(404).end(),
  ],
  ["store.unreachable", "in trouble (503)", (response) => response.writeHead(503).end("Service Unavailable")],
] satisfies [string, string, (response: ServerResponse, request: IncomingMessage) => unknown][])(
  "tells by %s that what answers %s, and searches locally meanwhile",
  async (code, said, answer) => {
    const server = createServer((request, response) => void answer(response, request));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const mine = await filled(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
    await expect(mine.synchronize()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(said) as string,
    });
    await mine.settle();
    expect(mine.notice).toContain(said);
    expect(mine.queued).toBe(1);
    expect(await mine.searchLexical({ terms: [{ text: "someth", prefix: true }], limit: 5 })).toHaveLength(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
);

it("says in words that a server speaks no TLS", async () => {
  const server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  await expect((await filled(url)).synchronize()).rejects.toMatchObject({
    code: "store.unreachable",
    message: `${url} speaks no TLS.`,
    hint: expect.stringContaining("QDRANT_URL") as string,
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it.each(["http://127.0.0.1:1", "http://nowhere.invalid:6333", "https://127.0.0.1:1/under/a/path"])(
  "names QDRANT_URL when nobody answers at %s",
  async (url) => {
    const mine = await filled(url);
    const named = { code: "store.unreachable", hint: expect.stringContaining("QDRANT_URL") as string };
    await expect(mine.synchronize()).rejects.toMatchObject(named);
    expect(mine.queued).toBe(1);
    expect(await mine.searchLexical({ terms: [{ text: "someth", prefix: true }], limit: 5 })).toHaveLength(1);
  },
);
