import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import { withSharedService } from "../../src/embed/shared-embedder.ts";

const DIMENSIONS = 3;
const OWN = Float32Array.of(1, 0, 0);
const THEIRS = [0, 1, 0];
const floats = (...values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer).toString("base64");

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An embedder beside a service that answers the requests of its two routes so; a text drops the connection. */
async function beside(
  info: unknown,
  answer: unknown,
  status = 200,
): Promise<{ embedder: Embedder; own: string[]; sent: string[] }> {
  const [own, sent]: [string[], string[]] = [[], []];
  server = createServer((request, response) => {
    request.resume().on("end", () => {
      sent.push(request.url ?? "");
      const body = request.url === "/info" ? info : answer;
      if (body === "drop") return void request.socket.destroy();
      response.writeHead(request.url === "/info" ? 200 : status, {
        "content-type": "application/json",
        location: "/v1/elsewhere",
      });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  const local: Embedder = {
    label: "own",
    dimensions: DIMENSIONS,
    maxTokens: 10,
    fingerprint: "m@1",
    embed: async (texts) => {
      own.push(...texts);
      return texts.map(() => OWN);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const services = () => [{ pid: process.ppid, origin: `http://127.0.0.1:${port}` }];
  return { embedder: withSharedService(local, { model: "m", services }), own, sent };
}

const READY = { models: [{ fingerprint: "m@1", ready: true }] };
const list = (...items: readonly unknown[]) => ({ data: items });
const good = (index: number) => ({ index, embedding: floats(...THEIRS) });
const TEXTS = ["first", "second"];
const ask = (embedder: Embedder) => embedder.embed(TEXTS, { role: "document" });

describe("a service that answers well", () => {
  it.each([
    ["in order", list(good(0), good(1))],
    ["in another order", list(good(1), good(0))],
    ["without numbers", list({ embedding: THEIRS }, { embedding: THEIRS })],
  ])("is believed: %s", async (_, answer) => {
    const { embedder, own } = await beside(READY, answer);
    expect(await ask(embedder)).toEqual([Float32Array.from(THEIRS), Float32Array.from(THEIRS)]);
    expect(own).toEqual([]);
  });
});

describe("a service that answers badly is passed over, and asked no more for a while", () => {
  it.each([
    ["a hole", list(good(1))],
    ["a hole behind", list(good(0), good(2))],
    ["the same twice", list(good(0), good(0))],
    ["one too many", list(good(0), good(1), good(2))],
    ["a far index", list(good(0), good(4_000_000_000))],
    ["an index below 0", list(good(-1), good(0))],
    ["shorter vectors", list({ index: 0, embedding: [1] }, good(1))],
    ["what is no number", list({ index: 0, embedding: floats(Number.NaN, 1, 0) }, good(1))],
    ["nothing", null],
    ["a text", '"vectors"'],
    ["half an answer", '{"data":['],
    ["no connection", "drop"],
  ])("%s", async (_, answer) => {
    const { embedder, own, sent } = await beside(READY, answer);
    const vectors = await ask(embedder);
    expect(vectors).toEqual([OWN, OWN]);
    expect(Array.from(vectors)).not.toContain(undefined);
    expect(await ask(embedder)).toEqual([OWN, OWN]);
    expect(own).toEqual([...TEXTS, ...TEXTS]);
    expect(sent).toEqual(["/info", "/v1/embeddings"]);
  });

  it.each([307, 400, 401, 404, 429, 500, 503])("status %i", async (status) => {
    const { embedder, own, sent } = await beside(READY, list(good(0), good(1)), status);
    expect(await ask(embedder)).toEqual([OWN, OWN]);
    expect(own).toEqual(TEXTS);
    expect(sent).not.toContain("/v1/elsewhere");
  });
});

describe("a service that has not this very model loaded is asked for nothing", () => {
  it.each([
    ["another model", { models: [{ fingerprint: "m@2", ready: true }] }],
    ["one that is not loaded", { models: [{ fingerprint: "m@1", ready: false }] }],
    ["one that is loaded in another sense", { models: [{ fingerprint: "m@1", ready: "yes" }] }],
    ["no list", { models: "m@1" }],
    ["nothing", null],
    ["what is no JSON", "<html>"],
    ["no connection", "drop"],
  ])("%s", async (_, info) => {
    const { embedder, own, sent } = await beside(info, list(good(0), good(1)));
    expect(await ask(embedder)).toEqual([OWN, OWN]);
    expect(own).toEqual(TEXTS);
    expect(sent).toEqual(["/info"]);
  });

  it("nor is any, for what services refuse", async () => {
    const { embedder, sent } = await beside(READY, list(good(0)));
    for (const text of ["", "  \n", "\uD83D"]) expect(await embedder.embed([text], { role: "query" })).toEqual([OWN]);
    expect(await embedder.embed([], { role: "query" })).toEqual([]);
    expect(sent).toEqual([]);
  });
});
