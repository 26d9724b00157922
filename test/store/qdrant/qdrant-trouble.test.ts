import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../../../src/log.ts";
import { isEqual } from "../../../src/store/qdrant/qdrant-compare.ts";
import type { QdrantStoreOptions } from "../../../src/store/qdrant/qdrant-options.ts";
import { type QdrantStore, openQdrantStore } from "../../../src/store/qdrant/qdrant-store.ts";
import { makeChunk, makeVector, put, source } from "../../contract/make-chunks.ts";
import { type Fault, FaultProxy } from "./fault-proxy.ts";
import { QdrantServerProcess, findQdrant } from "./qdrant-server.ts";

const found = findQdrant();
const why = "missing" in found ? found.missing : null;

describe.skipIf(why !== null)(`a Qdrant server in trouble${why === null ? "" : ` (skipped: ${why})`}`, () => {
  let server: QdrantServerProcess;
  let proxy: FaultProxy;
  let directory: string;
  let time = 0;
  const stores: QdrantStore[] = [];
  beforeAll(async () => {
    if ("program" in found) server = await QdrantServerProcess.start(found.program);
    proxy = await FaultProxy.before(server.url);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "codelab-trouble-"));
    proxy.fault = () => false;
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  const open = async (options: Partial<QdrantStoreOptions> = {}): Promise<QdrantStore> => {
    const defaults = { server: { url: proxy.url, retryMs: 1 }, log: createLogger("silent"), now: () => time };
    const store = await openQdrantStore(join(directory, "index.db"), { ...defaults, name: "trouble", ...options });
    stores.push(store);
    return store;
  };
  const filled = async (options: Partial<QdrantStoreOptions> = {}): Promise<QdrantStore> => {
    const store = await open(options);
    await store.useVectors("m", 32);
    await put(store, source("a.ts", makeChunk("before")));
    await store.settle();
    expect(store.notice).toBeNull();
    return store;
  };
  const finds = async (store: QdrantStore, text: string) =>
    (await store.searchLexical({ terms: [{ text, prefix: true }], limit: 5 })).length;

  it.each([
    ["answers 500", answering(500, "Service internal error: something broke"), "something broke"],
    ["is overloaded", answering(429, "Too many requests"), "429"],
    ["is full", answering(500, "No space left on device: WAL buffer size exceeds available disk space"), "No space"],
    ["hangs up", (request) => !!request.socket.destroy(), "No Qdrant server answers"],
  ] satisfies [string, Fault, string][])(
    "waits with what it has to write while the server %s",
    async (_, fault, said) => {
      const store = await filled();
      proxy.fault = fault;
      await put(store, source("b.ts", makeChunk("during")));
      expect(store.queued).toBe(1);
      expect(await finds(store, "dur")).toBe(1);
      expect(await finds(store, "befor")).toBe(1);
      expect(await store.searchVector(makeVector("before", 32), 1)).toHaveLength(0);
      expect(store.notice).toContain(said);

      proxy.fault = () => false;
      time += 60_000;
      await store.settle();
      expect(store.queued).toBe(0);
      expect(store.notice).toBeNull();
      expect(await store.compare()).toSatisfy(isEqual);
    },
  );

  it("tries three times, and no more, what may pass", async () => {
    const store = await filled();
    let tries = 0;
    const failing =
      (most: number): Fault =>
      (request, response) =>
        request.method === "POST" && ++tries <= most && answering(503, "starting")(request, response);
    proxy.fault = failing(2);
    await put(store, source("b.ts", makeChunk("during")));
    expect(store.queued).toBe(0);
    tries = 0;
    proxy.fault = failing(100);
    await put(store, source("c.ts", makeChunk("after")));
    expect(tries).toBe(3);
    expect(store.queued).toBe(1);
  });

  it("does not wait for a slow server when it can answer itself", { timeout: 30_000 }, async () => {
    const store = await filled();
    proxy.fault = () => true;
    expect(await finds(store, "befor")).toBe(1);
    expect(store.notice).toContain("no answer within");
  });

  it("goes to another node when one is gone", async () => {
    const store = await filled({ server: { url: `http://127.0.0.1:1, ${proxy.url}/`, retryMs: 1 } });
    expect(await finds(store, "befor")).toBe(1);
    expect(store.notice).toBeNull();
  });

  it("says that the key may not write, and keeps what waits", async () => {
    if (!("program" in found)) return;
    const keys = { QDRANT__SERVICE__API_KEY: "all", QDRANT__SERVICE__READ_ONLY_API_KEY: "reading" };
    await using own = await QdrantServerProcess.start(found.program, keys);
    const writer = await filled({ server: { url: own.url, apiKey: "all" } });
    await writer[Symbol.asyncDispose]();
    const reader = await open({ server: { url: own.url, apiKey: "reading" } });
    expect(await finds(reader, "befor")).toBe(1);
    const hint = expect.stringContaining("QDRANT_API_KEY") as string;
    await expect(put(reader, source("b.ts", makeChunk("x")))).rejects.toMatchObject({
      code: "store.unauthorized",
      hint,
    });
    expect(reader.queued).toBe(1);
  });

  it("leaves alone what others wrote into the same collection, and a collection that is another's", async () => {
    const store = await filled({ name: "guests" });
    const [collection = ""] = (await collectionsOn(server.url)).filter((name) => name.startsWith("guests_"));
    const stranger = { id: 7, payload: { project_id: "somebody", text: "theirs" }, vector: {} };
    await call(server.url, "PUT", `/collections/${collection}/points?wait=true`, { points: [stranger] });
    await store.apply({ put: [], remove: ["a.ts"], touch: [] });
    const others = await openQdrantStore(join(directory, "other.db"), {
      server: { url: server.url },
      log: createLogger("silent"),
      name: "guests",
    });
    stores.push(others);
    await others.useVectors("m", 32);
    await others.settle();
    const answer = await call(server.url, "POST", `/collections/${collection}/points`, {
      ids: [7],
      with_payload: true,
    });
    expect(answer).toMatchObject({ result: [{ id: 7, payload: { text: "theirs" } }] });

    await call(server.url, "PUT", "/collections/theirs_words3", { vectors: { size: 4, distance: "Dot" } });
    const foreign = { code: "store.foreign-collection", hint: expect.stringContaining("QDRANT_COLLECTION") as string };
    const lexical = await openQdrantStore(join(directory, "lexical.db"), {
      server: { url: server.url },
      log: createLogger("silent"),
      name: "theirs",
    });
    stores.push(lexical);
    await expect(lexical.settle()).rejects.toMatchObject(foreign);
    expect(await collectionsOn(server.url)).toContain("theirs_words3");
  });

  it("changes the alias over when the embedder changes, and takes its points along", async () => {
    const store = await filled({ name: "models", isOwn: true });
    const before = (await collectionsOn(server.url)).filter((name) => name.startsWith("models_"));
    await store.useVectors("another", 16);
    expect(store.notice).toContain("does not have the whole index yet");
    await store.settle();
    expect(store.notice).toBeNull();
    const after = (await collectionsOn(server.url)).filter((name) => name.startsWith("models_"));
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    const { result } = (await call(server.url, "GET", "/aliases")) as { result: { aliases: unknown[] } };
    expect(result.aliases).toContainEqual({ alias_name: "models", collection_name: after[0] });
  });

  it("takes its points out of the collection of a former version, and nobody else's", async () => {
    const former = "/collections/versions_lexical";
    await call(server.url, "PUT", former, { vectors: {}, sparse_vectors: { bm25: {} } });
    const points = [1, 2].map((id) => ({ id, payload: { project_id: id === 1 ? "me" : "somebody" }, vector: {} }));
    await call(server.url, "PUT", `${former}/points?wait=true`, { points });
    const store = await filled({ name: "versions", tenant: "me" });
    expect(await finds(store, "befor")).toBe(1);
    const left = (await call(server.url, "POST", `${former}/points/scroll`, {})) as { result: { points: unknown[] } };
    expect(left.result.points).toMatchObject([{ id: 2 }]);
  });

  it("takes nothing that somebody else wrote under its name for a chunk", async () => {
    const store = await filled({ name: "forged", tenant: "me" });
    const [collection = ""] = (await collectionsOn(server.url)).filter((name) => name.startsWith("forged_"));
    const vector = { dense: Array.from(makeVector("before", 32)) };
    const forged = [7, "11111111-1111-5111-a111-000000000001"].map((id) => ({
      id,
      payload: { project_id: "me", chunk: 1, text: "theirs" },
      vector,
    }));
    await call(server.url, "PUT", `/collections/${collection}/points?wait=true`, { points: forged });
    expect(await store.searchVector(makeVector("before", 32), 5)).toEqual([]);
    expect(store.notice).toBeNull();
  });

  it("gives another machine the vectors that one has computed", async () => {
    const one = await filled({ name: "team" });
    const pending = await one.pendingVectors(10);
    await one.putVectors(pending.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, 32) })));
    await one.settle();
    const other = await openQdrantStore(join(directory, "other.db"), {
      server: { url: server.url },
      log: createLogger("silent"),
      name: "team",
    });
    stores.push(other);
    await other.useVectors("m", 32);
    await put(other, source("elsewhere.ts", makeChunk("before"), makeChunk("new")));
    const keys = (await other.pendingVectors(10)).map(({ vectorKey }) => vectorKey);
    const known = await other.knownVectors(keys);
    expect(known.map(({ vectorKey }) => vectorKey)).toEqual(pending.map(({ vectorKey }) => vectorKey));
    await other.putVectors(known);
    expect(await other.searchVector(makeVector("before", 32), 1)).toHaveLength(1);
  });
});

function answering(status: number, error: string): Fault {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ status: { error } }));
    return true;
  };
}

async function call(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url + path, { method, headers: { "content-type": "application/json" }, ...content });
  return answer.json();
}

async function collectionsOn(url: string): Promise<string[]> {
  const { result } = (await call(url, "GET", "/collections")) as { result: { collections: { name: string }[] } };
  return result.collections.map(({ name }) => name);
}
