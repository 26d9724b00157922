import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../../../src/log.ts";
import { openStore } from "../../../src/store/open-store.ts";
import type { IndexBatch, LexicalQuery } from "../../../src/store/index-store.ts";
import { MIGRATIONS } from "../../../src/store/schema.ts";
import { openDatabase } from "../../../src/sqlite.ts";
import { isEqual } from "../../../src/store/qdrant/qdrant-compare.ts";
import type { QdrantStoreOptions } from "../../../src/store/qdrant/qdrant-options.ts";
import { QdrantStore, openQdrantStore } from "../../../src/store/qdrant/qdrant-store.ts";
import { describeIndexStore } from "../../contract/index-store.ts";
import { keyOf, makeChunk, makeState, makeVector, put, source } from "../../contract/make-chunks.ts";
import { QdrantServerProcess, findQdrant } from "./qdrant-server.ts";

const found = findQdrant();
const why = "missing" in found ? found.missing : null;
let server: QdrantServerProcess;
let count = 0;

describe.skipIf(why !== null)(`the Qdrant store${why === null ? "" : ` (skipped: ${why})`}`, () => {
  beforeAll(async () => {
    if ("program" in found) server = await QdrantServerProcess.start(found.program);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  // One collection for all of them, as tenants: what one does must not show in another.
  describeIndexStore("the Qdrant store", async () => {
    const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-store-"));
    const tenant = `tenant-${count++}`;
    return {
      open: async () => {
        const options = { server: { url: server.url, retryMs: 1 }, log: createLogger("silent"), tenant };
        const db = await openDatabase(join(directory, "index.db"), { migrations: MIGRATIONS });
        const store = new PromptStore(db, options);
        await store.synchronize();
        return store;
      },
      remove: () => rm(directory, { recursive: true }),
    };
  });

  describe("with a server in trouble", () => {
    it(
      "answers locally while the server is gone, and brings it up to date afterwards",
      { timeout: 60_000 },
      async () => {
        if (!("program" in found)) return;
        await using own = await QdrantServerProcess.start(found.program);
        const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-store-"));
        const lines: string[] = [];
        let time = 0;
        const store = await open(directory, {
          server: { url: own.url, retryMs: 1 },
          log: createLogger("warn", (line) => lines.push(line)),
          now: () => time,
        });
        await store.useVectors("m", 32);
        await put(store, source("a.ts", makeChunk("before")));
        expect(store.notice).toContain("does not have the whole index yet");
        await store.settle();
        expect(store.notice).toBeNull();
        await own.kill();
        await put(store, source("b.ts", makeChunk("during")), source("c.ts", makeChunk("gone again")));
        await store.apply({ put: [], remove: ["c.ts"], touch: [] });
        await embed(store);
        expect(store.queued).toBeGreaterThan(0);
        expect(store.notice).toContain(own.url);
        expect(lines).toHaveLength(1);
        expect(await search(store, "dur")).toHaveLength(1);
        expect(await store.searchVector(makeVector("during", 32), 1)).toHaveLength(1);

        await own.restart();
        time += 60_000;
        expect(await store.acquireLease()).toBe(true);
        expect(store.queued).toBe(0);
        expect(store.notice).toBeNull();
        expect(await search(store, "dur")).toHaveLength(1);
        expect(await store.compare()).toSatisfy(isEqual);
        await store[Symbol.asyncDispose]();
        await rm(directory, { recursive: true });
      },
    );

    it("fills a collection again that somebody deleted", async () => {
      const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-store-"));
      let time = 0;
      const store = await open(directory, { name: "deleted", now: () => time });
      await put(store, source("a.ts", makeChunk("something")));
      await store.settle();
      await fetch(`${server.url}/collections/deleted_words3`, { method: "DELETE" });
      expect(await search(store, "someth")).toHaveLength(1);
      expect(store.queued).toBe(1);
      time += 60_000;
      await put(store, source("b.ts", makeChunk("else")));
      await store.settle();
      expect(await store.compare()).toMatchObject({ chunks: 2, points: 2, missing: [] });
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    });

    it("names the setting to look at when the key is wrong", async () => {
      if (!("program" in found)) return;
      await using own = await QdrantServerProcess.start(found.program, { QDRANT__SERVICE__API_KEY: "right" });
      const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-store-"));
      const store = await open(directory, { server: { url: own.url, apiKey: "wrong" } });
      const refused = { code: "store.unauthorized", hint: expect.stringContaining("QDRANT_API_KEY") as string };
      await put(store, source("a.ts", makeChunk("x")));
      await expect(store.settle()).rejects.toMatchObject(refused);
      const keyed = await open(directory, { server: { url: own.url, apiKey: "right" } });
      await keyed.synchronize();
      expect(keyed.queued).toBe(0);
      for (const each of [store, keyed]) await each[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    });

    it("refuses a collection of other dimensions by name, and leaves it alone", async () => {
      const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-store-"));
      const store = await open(directory, { name: "taken" });
      await store.useVectors("m", 32);
      await store.settle();
      const other = await open(join(directory, "other"), { name: "taken" });
      const mismatch = { code: "store.dimension-mismatch", message: expect.stringContaining("taken_") as string };
      await other.useVectors("m", 16);
      await expect(other.settle()).rejects.toMatchObject(mismatch);
      for (const each of [store, other]) await each[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    });
  });

  it("keeps indexes apart that share a collection", async () => {
    const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-store-"));
    const log = createLogger("silent");
    const settings = { qdrantUrl: server.url, qdrantCollection: "shared" };
    const shared = { log, kind: "code", root: directory, settings } as const;
    const [one, two] = [
      await openStore(join(directory, "1.db"), shared),
      await openStore(join(directory, "2.db"), shared),
    ];
    await put(one, source("a.ts", makeChunk("common one")));
    await put(two, source("a.ts", makeChunk("common two")));
    for (const store of [one, two]) await store.settle?.({});
    expect(two.kind).toBe("qdrant");
    const hits = await two.searchLexical({ terms: [{ text: "common" }], limit: 5 });
    expect((await two.chunks(hits.map(({ id }) => id))).map(({ text }) => text)).toEqual(["common two"]);
    const local = await openStore(join(directory, "3.db"), { ...shared, settings: {} });
    expect(local.kind).toBe("sqlite");
    for (const store of [one, two, local]) await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it("moves an index there, stopped twice on the way, and proves that it is complete", async () => {
    const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-store-"));
    const away = { server: { url: "http://127.0.0.1:1", retryMs: 1 } };
    const before = await open(directory, away);
    await before.useVectors("m", 32);
    const chunks = Array.from({ length: 2000 }, (_, n) => makeChunk(`chunk number ${n}`));
    await put(before, { state: makeState("a.ts"), chunks });
    await embed(before);
    await before[Symbol.asyncDispose]();

    const store = await open(directory, { name: "moved" });
    for (let stop = 0; stop < 2; stop++) {
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      await expect(store.synchronize({ signal: controller.signal, onProgress })).rejects.toThrow(/abort/i);
    }
    expect(store.queued).toBeLessThan(2000);
    expect((await store.compare()).missing.length).toBeLessThanOrEqual(store.queued);
    await store.synchronize();
    expect(await store.compare()).toSatisfy(isEqual);
    const answer = await fetch(`${server.url}/collections/moved/points/count`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(await answer.json()).toMatchObject({ result: { count: 2002 } });
    await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
});

/** Sends each change at once, so that every answer is the server's. */
class PromptStore extends QdrantStore {
  override async apply(batch: IndexBatch): Promise<void> {
    await super.apply(batch);
    await this.synchronize();
  }

  override async putVectors(vectors: Parameters<QdrantStore["putVectors"]>[0]): Promise<void> {
    await super.putVectors(vectors);
    await this.synchronize();
  }

  override async useVectors(fingerprint: string, dimensions: number): Promise<void> {
    await super.useVectors(fingerprint, dimensions);
    await this.synchronize();
  }

  override async searchLexical(query: LexicalQuery) {
    expect(this.notice).toBeNull();
    return super.searchLexical(query);
  }

  override async searchVector(...query: Parameters<QdrantStore["searchVector"]>) {
    expect(this.notice).toBeNull();
    return super.searchVector(...query);
  }
}

function open(directory: string, options: Partial<QdrantStoreOptions> = {}): Promise<QdrantStore> {
  const defaults = { server: { url: server.url, retryMs: 1 }, log: createLogger("silent"), tenant: "tests" };
  return openQdrantStore(join(directory, "index.db"), { ...defaults, ...options });
}

function search(store: QdrantStore, prefix: string) {
  return store.searchLexical({ terms: [{ text: prefix, prefix: true }], limit: 5 });
}

async function embed(store: QdrantStore): Promise<void> {
  const pending = await store.pendingVectors(10_000);
  await store.putVectors(pending.map(({ text }) => ({ vectorKey: keyOf(text), vector: makeVector(text, 32) })));
}
