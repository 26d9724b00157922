import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../../../src/log.ts";
import { QdrantConnection } from "../../../src/store/qdrant/qdrant-client.ts";
import { ensureCollection } from "../../../src/store/qdrant/qdrant-collection.ts";
import { isEqual } from "../../../src/store/qdrant/qdrant-compare.ts";
import { type QdrantStore, openQdrantStore } from "../../../src/store/qdrant/qdrant-store.ts";
import { makeChunk, makeVector, put, source } from "../../contract/make-chunks.ts";
import { QdrantServerProcess, findQdrant } from "./qdrant-server.ts";

const found = findQdrant();
const why = "missing" in found ? found.missing : null;

describe.skipIf(why !== null)(`what a Qdrant store keeps where${why === null ? "" : ` (skipped: ${why})`}`, () => {
  let server: QdrantServerProcess;
  let directory: string;
  let store: QdrantStore | undefined;
  beforeAll(async () => {
    if ("program" in found) server = await QdrantServerProcess.start(found.program);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-load-"));
  });
  afterEach(async () => {
    await store?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  const open = async (name: string): Promise<QdrantStore> => {
    const options = { server: { url: server.url, retryMs: 1 }, log: createLogger("silent"), name };
    return (store = await openQdrantStore(join(directory, "index.db"), options));
  };

  it("gives a large load many segments, which are merged and indexed when it has ended", async () => {
    const space = { id: 1, fingerprint: "m", dimensions: 32, slots: 0 };
    const connection = new QdrantConnection({ url: server.url });
    const name = await ensureCollection(connection, { name: "loaded" }, space, 60_000);
    const read = async () => {
      const answer = await fetch(`${server.url}/collections/${name}`);
      const { result } = (await answer.json()) as {
        result: { segments_count: number; config: { optimizer_config: object } };
      };
      return { ...result.config.optimizer_config, segments: result.segments_count };
    };
    expect(await read()).toMatchObject({ indexing_threshold: 0, default_segment_number: 12, segments: 12 });
    const mine = await open("loaded");
    await mine.useVectors("m", 32);
    await put(mine, source("a.ts", makeChunk("something")));
    const pending = await mine.pendingVectors(10);
    await mine.putVectors(pending.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, 32) })));
    await mine.settle();
    expect(await read()).toMatchObject({ indexing_threshold: 20_000, default_segment_number: 0 });
    expect(await mine.compare()).toSatisfy(isEqual);
  });

  it("remembers directories as the embedded store does, and forgets those that change", async () => {
    const mine = await open("folders");
    const record = (folder: string) => ({
      path: folder,
      stamp: "s",
      folders: [],
      files: ["x.ts"],
      stats: Float64Array.of(1.5, 2, 3),
    });
    await put(mine, source("a/x.ts", makeChunk("one")), source("b/x.ts", makeChunk("two")));
    await mine.folders.put([record("a/"), record("b/")]);
    await mine.settle();
    expect(await mine.folders.all()).toEqual(new Map([record("a/"), record("b/")].map((each) => [each.path, each])));
    await put(mine, source("b/x.ts", makeChunk("three")));
    expect([...(await mine.folders.all()).keys()]).toEqual(["a/"]);
    expect(await mine.folders.countSources()).toBe(2);
  });
});
