import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Embedder } from "../../../src/embed/embedder.ts";
import { createLogger } from "../../../src/log.ts";
import { createCodeSearch } from "../../../src/search/search-code.ts";
import { type QdrantStore, openQdrantStore } from "../../../src/store/qdrant/qdrant-store.ts";
import { makeChunk, makeVector, put, source } from "../../contract/make-chunks.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { QdrantServerProcess, findQdrant } from "./qdrant-server.ts";

const found = findQdrant();
const why = "missing" in found ? found.missing : null;
const WORDS = ["open", "close", "read", "write", "seek", "lock"];

const embedder: Embedder = {
  label: "toy",
  dimensions: 32,
  maxTokens: 100,
  fingerprint: "m",
  embed: async (texts) => texts.map((text) => makeVector(text, 32)),
  [Symbol.asyncDispose]: async () => {},
};

describe.skipIf(why !== null)(`ways to a Qdrant server and back${why === null ? "" : ` (skipped: ${why})`}`, () => {
  let server: QdrantServerProcess;
  let proxy: FaultProxy;
  let directory: string;
  let store: QdrantStore;
  const requests: string[] = [];
  beforeAll(async () => {
    if (!("program" in found)) return;
    server = await QdrantServerProcess.start(found.program);
    proxy = await FaultProxy.before(server.url);
    directory = await mkdtemp(join(tmpdir(), "codelab-round-trips-"));
    store = await openQdrantStore(join(directory, "index.db"), {
      server: { url: proxy.url, retryMs: 1 },
      log: createLogger("silent"),
      name: "trips",
    });
    await store.useVectors("m", 32);
    const chunks = WORDS.map((word) =>
      makeChunk(`${word} the file`, { symbol: `${word}File`, defines: [`${word}File`] }),
    );
    await put(store, ...chunks.map((chunk, n) => source(`src/f${n}.ts`, chunk)));
    await store.putVectors(chunks.map(({ text, vectorKey }) => ({ vectorKey, vector: makeVector(text, 32) })));
    await store.settle();
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    requests.length = 0;
    proxy.fault = ({ url = "" }) => requests.push(url.replace(/^\/collections\/\w+/, "")) < 0;
  });
  const searchWith = (embedder: Embedder | null) =>
    createCodeSearch({
      store,
      embedder: () => embedder,
      facts: () => ({ freshness: "fresh", embedder: "toy" }),
      verify: async () => new Map(),
    });
  const pathsOf = async (query: string) => (await searchWith(embedder).search({ query })).hits.map(({ path }) => path);
  const ONE = ["/points/query/batch"];

  it.each([
    ["a question", { query: "how to open a file" }],
    ["a name", { query: "lockFile" }],
    ["the beginning of a name", { query: "closeFi" }],
    ["a phrase", { query: '"read the" file' }],
    ["a filter", { query: "write the file", path: "src/**" }],
  ])("are one for %s, words and meaning together", async (_, question) => {
    const { hits, notice } = await searchWith(embedder).search(question);
    expect(notice).toBeUndefined();
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.some(({ matched }) => matched.includes("vector"))).toBe(true);
    expect(hits.some(({ matched }) => matched.includes("lexical"))).toBe(true);
    expect(requests).toEqual(ONE);
  });

  it("are one where only words are asked for", async () => {
    expect((await searchWith(null).search({ query: "seek" })).hits[0]?.path).toBe("src/f4.ts");
    expect(requests).toEqual(ONE);
  });

  it("are one for what is similar", async () => {
    await searchWith(embedder).similar("src/f0.ts", 1);
    expect(requests).toEqual(ONE);
  });

  it("give each of many who ask at once their own answer", async () => {
    const questions = Array.from({ length: 40 }, (_, n) => `${WORDS[n % WORDS.length]} the file ${n % 7}`);
    const alone = [];
    for (const question of questions) alone.push(await pathsOf(question));
    requests.length = 0;
    expect(await Promise.all(questions.map(pathsOf))).toEqual(alone);
    expect(requests.length).toBeLessThanOrEqual(questions.length);
  });

  it("are local for words and meaning alike where the server fails", async () => {
    proxy.fault = (_, response) => {
      response.writeHead(503, { "content-type": "application/json" }).end('{"status":{"error":"starting"}}');
      return true;
    };
    const { hits, notice } = await searchWith(embedder).search({ query: "open the file" });
    expect(hits[0]).toMatchObject({ path: "src/f0.ts", matched: ["lexical", "vector"] });
    expect(notice).toContain("starting");
  });
});
