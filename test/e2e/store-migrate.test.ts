import { realpathSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indexFileOf } from "../../src/app.ts";
import { createLogger } from "../../src/log.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { openEmbeddedStore } from "../../src/store/embedded-store.ts";
import { digestOfIndex } from "../../src/store/qdrant/qdrant-compare.ts";
import { MIGRATIONS } from "../../src/store/schema.ts";
import { activeSpace } from "../../src/store/vector/vector-writer.ts";
import { keyOf, makeChunk, makeSession, makeState, makeVector } from "../contract/make-chunks.ts";
import { QdrantServerProcess, findQdrant } from "../store/qdrant/qdrant-server.ts";
import { Sandbox } from "./run-cli.ts";

/** 100,000 for a release; a small run shows the same. */
const CHUNKS = Number(process.env["CODELAB_MIGRATE_CHUNKS"] ?? 2500);
const DIMENSIONS = Number(process.env["CODELAB_MIGRATE_DIMENSIONS"] ?? 32);
const PER_SOURCE = 20;

const found = findQdrant();
const why = "missing" in found ? found.missing : null;

interface Migrated {
  readonly isEqual: boolean;
  readonly indexes: readonly {
    readonly moved: number;
    readonly chunks: number;
    readonly vectors: number;
    readonly sources: number;
    readonly digest: { readonly local: string; readonly server: string };
  }[];
}

describe.skipIf(why !== null)(`moving an index${why === null ? "" : ` (skipped: ${why})`}`, () => {
  let server: QdrantServerProcess;
  let sandbox: Sandbox;
  beforeAll(async () => {
    if ("program" in found) server = await QdrantServerProcess.start(found.program);
    sandbox = new Sandbox();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    sandbox[Symbol.dispose]();
  });
  const fileIn = (home: string) => indexFileOf(home, realpathSync(sandbox.project));
  const env = (home: string) => ({ CODELAB_HOME: home, QDRANT_URL: server.url });
  const migrate = ["store", "migrate", "--in", "code"];

  it(
    `brings ${CHUNKS} chunks to a server and back to another machine, killed twice on either way`,
    { timeout: 3_600_000 },
    async () => {
      const here = path.join(sandbox.root, "here");
      const there = path.join(sandbox.root, "there");
      await buildIndex(fileIn(here));
      const wanted = await digestOf(fileIn(here));
      expect(wanted).toMatchObject({ chunks: CHUNKS, vectors: CHUNKS });

      for (const share of [0.2, 0.6]) {
        const measure = () => pointsOn(server.url);
        await killedAt(sandbox, migrate, env(here), { measure, until: share * CHUNKS });
      }
      const before = await pointsOn(server.url);
      const sent = await sandbox.json<Migrated>(migrate, env(here));
      expect(sent).toMatchObject({ isEqual: true, indexes: [{ chunks: CHUNKS, vectors: CHUNKS }] });
      // What came before the kills was not sent again, but for the batches that were under way.
      expect(sent.indexes[0]?.moved).toBeLessThanOrEqual(CHUNKS - before + 2 * 3 * 256 + PER_SOURCE * 64);
      expect(sent.indexes[0]?.digest).toEqual({ local: wanted.hex, server: wanted.hex });

      const back = [...migrate, "--to", "embedded"];
      for (const share of [0.2, 0.6]) {
        const measure = () => chunksIn(fileIn(there));
        await killedAt(sandbox, back, env(there), { measure, until: share * CHUNKS });
      }
      const fetched = await sandbox.json<Migrated>(back, env(there));
      expect(fetched).toMatchObject({ isEqual: true, indexes: [{ chunks: CHUNKS, vectors: CHUNKS }] });
      expect(await digestOf(fileIn(there))).toEqual(wanted);
      expect(await answersOf(fileIn(there))).toEqual(await answersOf(fileIn(here)));
    },
  );

  it("says where the index is, and that nothing is left to move", async () => {
    const here = path.join(sandbox.root, "here");
    const again = await sandbox.json<Migrated>(migrate, env(here));
    expect(again).toMatchObject({ isEqual: true, indexes: [{ moved: 0 }] });
    const [code] = await sandbox.json<unknown[]>(["store", "status"], env(here));
    expect(code).toMatchObject({ kind: "code", chunks: CHUNKS, server: { isComplete: true, waiting: 0, nodes: 1 } });
    const text = await sandbox.run(["store"], env(here));
    expect(text.stdout).toContain("has all of it");
  });

  it("backs up, and brings back what is lost here and there", { timeout: 3_600_000 }, async () => {
    const here = path.join(sandbox.root, "here");
    const wanted = await digestOf(fileIn(here));
    const directory = path.join(sandbox.root, "backup");
    expect(await sandbox.json(["store", "backup", directory, "--in", "code"], env(here))).toMatchObject({
      indexes: [{ kind: "code", snapshots: [{}] }],
    });
    const twice = await sandbox.run(["store", "backup", directory], env(here));
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") as string });

    const [collection = ""] = await collectionsOn(server.url);
    await fetch(`${server.url}/collections/${collection}`, { method: "DELETE" });
    const store = await openEmbeddedStore(fileIn(here), { log: createLogger("silent") });
    await store.apply({ put: [], remove: ["src/part0.ts"], touch: [] });
    await store[Symbol.asyncDispose]();
    const restored = await sandbox.json(["store", "restore", directory], env(here));
    expect(restored).toMatchObject({ indexes: [{ chunks: CHUNKS, server: "snapshot", isEqual: true }] });
    expect(await digestOf(fileIn(here))).toEqual(wanted);

    // Beside a collection that exists, which others may have written to, the server is sent what it lacks instead.
    const again = await sandbox.json(["store", "restore", directory], env(here));
    expect(again).toMatchObject({ indexes: [{ chunks: CHUNKS, server: "sent", isEqual: true }] });
    const nothing = await sandbox.run(["store", "restore", sandbox.project], env(here));
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining("no backup") as string });
  });

  it("names what is missing or mistyped", async () => {
    const none = await sandbox.run(migrate);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("QDRANT_URL") as string });
    for (const args of [
      ["store", "delete"],
      ["store", "backup"],
      [...migrate, "--to", "paper"],
      ["store", "--in", "x"],
    ]) {
      expect(await sandbox.run(args, { QDRANT_URL: server.url })).toMatchObject({ code: 1, stdout: "" });
    }
    const empty = path.join(sandbox.root, "empty");
    const unknown = await sandbox.run([...migrate, "--to", "embedded", "--index", "nobody"], env(empty));
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("--index") as string });
  });
});

/** Runs the program and kills it once `measure` has passed `until`; a run that ends sooner fails the test. */
async function killedAt(
  sandbox: Sandbox,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { measure, until }: { measure: () => Promise<number>; until: number },
): Promise<void> {
  const child = sandbox.spawn(args, env);
  let errors = "";
  let isRunning = true;
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => {
      isRunning = false;
      resolve();
    });
  });
  // Counting takes its share of the machine, in proportion to what there is to count.
  const pause = Math.max(5, CHUNKS / 200);
  for (let waited = 0; waited < 200_000 && isRunning && (await measure()) < until; waited++) await sleep(pause);
  expect(isRunning, `${args.join(" ")} was done before it could be killed: ${errors}`).toBe(true);
  child.kill("SIGKILL");
  await closed;
}

async function buildIndex(file: string): Promise<void> {
  const store = await openEmbeddedStore(file, { log: createLogger("silent") });
  await store.useVectors("synthetic@1", DIMENSIONS);
  for (let at = 0; at < CHUNKS; at += 1000) {
    const chunks = Array.from({ length: Math.min(1000, CHUNKS - at) }, (_, n) => chunkNumber(at + n));
    const parts = Array.from({ length: Math.ceil(chunks.length / PER_SOURCE) }, (_, n) => n);
    const put = parts.map((n) => ({
      state: makeState(`src/${ODD[n % ODD.length]}part${at / PER_SOURCE + n}.ts`, {
        inode: 2 ** 52 + n,
        mtimeMs: n / 3,
      }),
      chunks: chunks.slice(n * PER_SOURCE, (n + 1) * PER_SOURCE),
    }));
    await store.apply({ put, remove: [], touch: [] });
    const vectors = chunks.map(({ vectorKey }) => ({ vectorKey, vector: makeVector(vectorKey, DIMENSIONS) }));
    await store.putVectors(vectors);
  }
  await store[Symbol.asyncDispose]();
}

/** What file names may hold. */
const ODD = ["", "ünï cödé/", "quote'\"\\/", "new\nline/", "数据/", "%2e%2e/", "a:b/", "{brace}/"];

function chunkNumber(n: number) {
  const text = `chunk number ${n} says ${keyOf(String(n)).slice(0, 8)}`;
  switch (n % 5) {
    case 0:
      return makeChunk(text, { symbol: `Thing.part${n}`, defines: ["part"], embedText: `Thing\n${text}` });
    case 1:
      return makeChunk(`${text} with a \u0000 and 🦀`, { language: "rust" });
    case 2:
      return makeChunk(text, { kind: "exchange", session: makeSession({ startedAt: 1.7e12 + n, gitBranch: null }) });
    case 3:
      return makeChunk(text, { embedText: "something else entirely", vectorKey: keyOf(`else ${n}`) });
    default:
      return makeChunk(text);
  }
}

async function digestOf(file: string) {
  using db = await openDatabase(file, { migrations: MIGRATIONS });
  const digest = digestOfIndex(db, activeSpace(db));
  return { chunks: digest.chunks, vectors: digest.vectors, sources: digest.sources, hex: digest.hex() };
}

/** What an index answers to some questions, without the numbers of its chunks. */
async function answersOf(file: string) {
  const store = await openEmbeddedStore(file, { log: createLogger("silent") });
  const texts = async (ids: readonly { id: number }[]) =>
    (await store.chunks(ids.map(({ id }) => id))).map(({ path: place, text }) => `${place}: ${text}`).toSorted();
  const answers = [
    await texts(await store.searchVector(makeVector("question", DIMENSIONS), 10)),
    await texts(await store.searchLexical({ terms: [{ text: keyOf("77").slice(0, 8) }], limit: 10 })),
  ];
  await store[Symbol.asyncDispose]();
  return answers;
}

async function chunksIn(file: string): Promise<number> {
  try {
    using db = await openDatabase(file, { migrations: MIGRATIONS });
    return db.get<{ n: number }>("SELECT count(*) AS n FROM chunk")?.n ?? 0;
  } catch {
    return 0;
  }
}

async function collectionsOn(url: string): Promise<string[]> {
  const answer = (await (await fetch(`${url}/collections`)).json()) as { result: { collections: { name: string }[] } };
  return answer.result.collections.map(({ name }) => name).filter((name) => name.startsWith("codelab_code_"));
}

/** How many there are; 0 also where the server closes an idle connection at that moment. */
async function pointsOn(url: string): Promise<number> {
  const [name] = await collectionsOn(url).catch(() => []);
  if (name === undefined) return 0;
  const body = JSON.stringify({ exact: true, filter: { must_not: [{ key: "record", match: { any: ["source"] } }] } });
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body };
  const answer = await fetch(`${url}/collections/${name}/points/count`, request).catch(() => null);
  return answer?.ok ? ((await answer.json()) as { result: { count: number } }).result.count : 0;
}
