import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import { isEqual } from "../../src/store/qdrant/qdrant-compare.ts";
import { QdrantConnection } from "../../src/store/qdrant/qdrant-client.ts";
import { takeSnapshots } from "../../src/store/qdrant/qdrant-snapshot.ts";
import { type QdrantStore, openQdrantStore } from "../../src/store/qdrant/qdrant-store.ts";
import { keyOf, makeChunk, makeState, makeVector } from "../contract/make-chunks.ts";
import { type QdrantServerProcess, findQdrant, startCluster } from "../store/qdrant/qdrant-server.ts";

/** More for a release than for every change; `CODELAB_CLUSTER_REPORT` names a file for the times. */
const CHUNKS = Number(process.env["CODELAB_CLUSTER_CHUNKS"] ?? 3000);
const SEARCHES = Number(process.env["CODELAB_CLUSTER_SEARCHES"] ?? 200);
const DIMENSIONS = 64;
const BATCH = 250;
const COLLECTION = /^cluster_[0-9a-f]{12}$/;

const found = findQdrant();
const why = "missing" in found ? found.missing : null;

describe.skipIf(why !== null)(`three nodes, two replicas${why === null ? "" : ` (skipped: ${why})`}`, () => {
  let nodes: QdrantServerProcess[];
  let directory: string;
  let store: QdrantStore;
  let connection: QdrantConnection;
  const report: Record<string, unknown> = { chunks: CHUNKS };
  const node = (n: number): QdrantServerProcess => nodes[n] ?? expect.fail(`no node ${n}`);

  beforeAll(async () => {
    if (!("program" in found)) return;
    nodes = await startCluster(found.program, 3);
    directory = await mkdtemp(join(tmpdir(), "codelab-cluster-"));
    const server = { url: nodes.map(({ url }) => url).join(","), retryMs: 50 };
    connection = new QdrantConnection(server);
    const layout = { name: "cluster", shards: 3, replicas: 2 };
    store = await openQdrantStore(join(directory, "index.db"), { server, log: createLogger("silent"), ...layout });
  }, 120_000);
  afterAll(async () => {
    const file = process.env["CODELAB_CLUSTER_REPORT"];
    if (file !== undefined) await writeFile(file, JSON.stringify(report, null, 2));
    await store[Symbol.asyncDispose]();
    for (const each of nodes) await each[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it("loses no search and no point when a node is killed while it is filled", { timeout: 1_800_000 }, async () => {
    await store.useVectors("synthetic@1", DIMENSIONS);
    await write(0, CHUNKS / 2);
    await store.settle();
    expect(store.notice).toBeNull();

    const started = performance.now();
    const ended = new AbortController();
    const searches = searchUntil(ended.signal);
    const writing = (async () => {
      for (let at = CHUNKS / 2; at < CHUNKS; at += BATCH) await write(at, BATCH);
    })();
    await node(1).kill();
    await writing;
    report["writingWithoutNodeMs"] = performance.now() - started;
    // A write that the dying node took half of waits in the queue until the next one.
    for (let tries = 0; tries < 60 && store.queued > 0; tries++) {
      await sleep(500);
      await store.settle();
    }
    report["queueEmptyMs"] = performance.now() - started;
    expect(store.queued).toBe(0);
    const back = performance.now();
    await node(1).restart();
    await untilActive();
    report["recoveryMs"] = performance.now() - back;
    ended.abort();
    const { count, failures, slowestMs } = await searches;
    Object.assign(report, { searchesWhileFilling: count, failuresWhileFilling: failures.length, slowestMs });
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(0);
    await expectComplete();
  });

  it("loses no search when the node that is asked is killed", { timeout: 1_800_000 }, async () => {
    const asked = nodes.findIndex(({ url }) => url === connection.url);
    const times: number[] = [];
    for (let n = 0; n < SEARCHES; n++) {
      if (n === Math.floor(SEARCHES / 3)) await node(asked).kill();
      if (n === Math.floor((2 * SEARCHES) / 3)) await node(asked).restart();
      const number = Math.floor(Math.random() * CHUNKS);
      const from = performance.now();
      await expectFound(number);
      times.push(performance.now() - from);
      // It was the server's answer, not the local file's.
      expect(store.notice).toBeNull();
    }
    times.sort((a, b) => a - b);
    report["search"] = { count: SEARCHES, p50: times[SEARCHES >> 1], slowest: times.at(-1) };
    await untilActive();
    await expectComplete();
  });

  it(
    "is sent again from the books what somebody deleted; snapshots of its nodes are not relied on",
    {
      timeout: 600_000,
    },
    async () => {
      const name = await collectionName();
      expect(await takeSnapshots(connection, name, directory)).toEqual([]);
      await connection.send((client) => client.deleteCollection(name));
      // The first search that finds it gone is answered here.
      await expectFound(1);
      const from = performance.now();
      await store.synchronize();
      await untilActive();
      report["sentAgainMs"] = performance.now() - from;
      await expectComplete();
    },
  );

  async function write(from: number, count: number): Promise<void> {
    for (let at = from; at < from + count; at += BATCH) {
      const chunks = Array.from({ length: BATCH }, (_, n) => makeChunk(textOf(at + n)));
      await store.apply({ put: [{ state: makeState(`part${at}.ts`), chunks }], remove: [], touch: [] });
      await store.putVectors(
        chunks.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, DIMENSIONS) })),
      );
    }
  }

  /** Searches for what was there before, both through the store and on the server itself. */
  async function searchUntil(signal: AbortSignal) {
    const failures: unknown[] = [];
    let [count, slowestMs] = [0, 0];
    const collection = await collectionName();
    while (!signal.aborted) {
      const number = Math.floor((Math.random() * CHUNKS) / 2);
      const query = Array.from(makeVector(textOf(number), DIMENSIONS));
      const from = performance.now();
      try {
        await expectFound(number);
        const { points } = await connection.send((client) =>
          client.query(collection, { query, using: "dense", limit: 1, with_payload: ["text"] }),
        );
        expect(points[0]?.payload?.["text"]).toBe(textOf(number));
      } catch (thrown) {
        failures.push(thrown);
      }
      slowestMs = Math.max(slowestMs, performance.now() - from);
      count++;
      await sleep(5);
    }
    return { count, failures, slowestMs };
  }

  async function expectFound(number: number): Promise<void> {
    const [best] = await store.searchVector(makeVector(textOf(number), DIMENSIONS), 3);
    const [chunk] = await store.chunks([best?.id ?? 0]);
    expect(chunk?.text).toBe(textOf(number));
  }

  async function collectionName(): Promise<string> {
    const { collections } = await connection.send((client) => client.getCollections());
    return collections.find(({ name }) => COLLECTION.test(name))?.name ?? expect.fail("no collection");
  }

  /** Every replica of every shard is up to date, as every node sees it. */
  async function untilActive(): Promise<void> {
    const name = await collectionName();
    const states = async (url: string) => {
      const answer = await fetch(`${url}/collections/${name}/cluster`).catch(() => null);
      if (answer?.ok !== true) return ["unreachable"];
      const { result } = (await answer.json()) as { result: Record<"local_shards" | "remote_shards", Shard[]> };
      return [...result.local_shards, ...result.remote_shards].map(({ state }) => state);
    };
    for (let tries = 0; tries < 600; tries++) {
      const all = (await Promise.all(nodes.map(({ url }) => states(url)))).flat();
      if (all.length === 18 && all.every((state) => state === "Active")) return;
      await sleep(200);
    }
    expect.fail("the replicas did not recover");
  }

  /** Each chunk is there once and as it is here, whichever node is asked. */
  async function expectComplete(): Promise<void> {
    expect(await store.compare()).toSatisfy(isEqual);
    const name = await collectionName();
    const filter = { must: [{ is_empty: { key: "record" } }] };
    for (const { url } of nodes) {
      const { count } = await connection.sendTo(url, (client) => client.count(name, { exact: true, filter }));
      expect(count).toBe(CHUNKS);
    }
  }
});

interface Shard {
  readonly state: string;
}

function textOf(number: number): string {
  return `chunk ${number} ${keyOf(String(number)).slice(0, 8)}`;
}
