import { realpathSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rooCollectionName, rooPointId } from "../../../src/store/roo/roo-collection.ts";
import { Sandbox } from "../../e2e/run-cli.ts";
import { findQdrant, QdrantServerProcess } from "../qdrant/qdrant-server.ts";
import { METADATA, RooCode, type RooPoint, WordEmbeddings, wordVector } from "./roo-code.ts";

const found = findQdrant();
const why = "missing" in found ? found.missing : null;
const SIZE = 64;
const FILES = {
  "src/retry.ts":
    "/** Sends failed requests again, after a pause that grows. */\nexport function retryRequest() {\n  return 1;\n}\n",
  "src/deep/er/than/five/levels/cart.ts":
    "/** Sums the prices of the shopping cart with its taxes. */\nexport const total = 0;\n",
  "lib/colour.py":
    "def paint_wall(colour):\n    '''Paints the wall in the colour that was asked for.'''\n    return colour\n",
};

interface Answer {
  readonly hits: readonly { path: string; startLine: number; matched: string[] }[];
  readonly index: { embeddedPercent: number };
  readonly notice?: string;
  readonly error?: { code: string; message: string; hint: string };
}

it("names collections and points as Roo Code does", () => {
  // Values computed with Python's hashlib and uuid.
  expect(rooCollectionName("/home/me/project")).toBe("ws-225df3094012a213");
  expect(rooPointId("/home/me/project/src/a.ts:12")).toBe("b38df43d-90e4-55f0-95b4-29353b456c4d");
  expect(rooPointId("__indexing_metadata__")).toBe(METADATA);
});

describe.skipIf(why !== null)(`Roo Code's collection${why === null ? "" : ` (skipped: ${why})`}`, () => {
  let server: QdrantServerProcess;
  let embeddings: WordEmbeddings;
  beforeAll(async () => {
    if ("program" in found) server = await QdrantServerProcess.start(found.program);
    embeddings = await WordEmbeddings.start(SIZE);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await embeddings[Symbol.asyncDispose]();
  });

  function open(mode: "read" | "write", dimensions = SIZE) {
    const sandbox = new Sandbox(FILES);
    const root = realpathSync(sandbox.project);
    const roo = new RooCode(server.url, rooCollectionName(root), dimensions);
    const env = {
      QDRANT_URL: server.url,
      CODELAB_WORKSPACE: root,
      CODELAB_ROO_INDEX: mode,
      EMBEDDING_PROVIDER: "openai-compatible",
      EMBEDDING_BASE_URL: embeddings.url,
      EMBEDDING_MODEL: "words",
      EMBEDDING_DIMENSIONS: String(SIZE),
    };
    const search = async (query: string, ...flags: string[]) =>
      await sandbox.json<Answer>(["search", query, ...flags], env);
    const index = async () => {
      const done = await sandbox.run(["index", "--no-conversations"], env);
      expect(done, done.stderr).toMatchObject({ code: 0 });
      return done.stdout;
    };
    return { sandbox, root, roo, env, search, index, [Symbol.dispose]: () => sandbox[Symbol.dispose]() };
  }

  /** A block as Roo Code's scanner would store it; what it says in `about` decides its vector. */
  function block(file: string, startLine: number, endLine: number, codeChunk: string, about = codeChunk): RooPoint {
    const payload = { filePath: file, codeChunk, startLine, endLine, segmentHash: `${file}:${startLine}` };
    return { id: rooPointId(`${file}:${startLine}`), vector: wordVector(about, SIZE), payload };
  }

  describe("read", () => {
    it("finds by Roo Code's vectors, embeds nothing of the project, and changes nothing", async () => {
      using place = open("read");
      const { roo, search } = place;
      await roo.initialize();
      // The words of the question are in no file, so that only Roo Code's vector can find it.
      await roo.upsert([
        block("src/retry.ts", 1, 4, FILES["src/retry.ts"].trim(), "zebra giraffe"),
        block("lib/colour.py", 1, 3, FILES["lib/colour.py"].trim(), "zebra elephant"),
        block("src/retry.ts", 2, 2, "a line that is no longer in the file", "zebra giraffe"),
        block("gone.ts", 1, 1, "a file that is no longer in the project", "zebra giraffe"),
        { id: rooPointId("stranger"), vector: wordVector("zebra giraffe", SIZE), payload: { somebody: "else's" } },
      ]);
      await roo.markComplete();
      const before = await roo.everything();
      await place.index();
      const sent = embeddings.texts.length;
      const answer = await search("zebra giraffe");
      expect(answer.hits).toMatchObject([
        { path: "src/retry.ts", startLine: 1, matched: ["vector"] },
        { path: "lib/colour.py", matched: ["vector"] },
      ]);
      expect(answer.index.embeddedPercent).toBe(100);
      expect(embeddings.texts.slice(sent)).toEqual(["zebra giraffe"]);
      expect((await search("zebra", "--path", "lib/**")).hits.map((hit) => hit.path)).toEqual(["lib/colour.py"]);
      expect((await search("zebra", "--language", "python")).hits.map((hit) => hit.path)).toEqual(["lib/colour.py"]);
      expect(await roo.everything()).toEqual(before);
    });

    it("follows a block whose lines have moved, and says when Roo Code has not finished", async () => {
      using place = open("read");
      await place.roo.initialize();
      await place.roo.upsert([block("src/retry.ts", 1, 4, FILES["src/retry.ts"].trim(), "zebra")]);
      await place.roo.upsert([
        { id: METADATA, vector: wordVector("", SIZE), payload: { type: "metadata", indexing_complete: false } },
      ]);
      place.sandbox.write({ "src/retry.ts": `${"// a new line above\n".repeat(300)}${FILES["src/retry.ts"]}` });
      const answer = await place.search("zebra");
      expect(answer.hits).toMatchObject([{ path: "src/retry.ts", matched: ["vector"] }]);
      expect(answer.hits[0]?.startLine).toBeGreaterThan(200);
      expect(answer.index.embeddedPercent).toBe(0);
    });

    it("names the setting to mend when dimensions differ, and leaves the collection alone", async () => {
      using place = open("read", 32);
      await place.roo.initialize();
      const { error } = await place.search("zebra");
      expect(error).toMatchObject({ code: "store.dimension-mismatch" });
      expect(error?.message).toMatch(/32 dimensions, not 64/);
      expect(error?.hint).toContain("EMBEDDING_MODEL");
      expect((await place.roo.info())?.config.params.vectors.size).toBe(32);
    });

    it("names the setting to mend when there is no such collection, or no server to ask", async () => {
      using place = open("read");
      const missing = await place.search("zebra");
      expect(missing.error).toMatchObject({ code: "store.no-roo-index" });
      expect(missing.error?.hint).toContain("CODELAB_ROO_COLLECTION");
      expect(await place.roo.info()).toBeNull();
      const { error } = await place.sandbox.json<Answer>(["search", "zebra"], { ...place.env, QDRANT_URL: "" });
      expect(error).toMatchObject({ code: "request.bad-setting" });
      expect(error?.hint).toContain("QDRANT_URL");
    });

    it("goes by words while the server is gone", async () => {
      using place = open("read");
      const answer = await place.sandbox.json<Answer>(["search", "retryRequest"], {
        ...place.env,
        QDRANT_URL: "http://127.0.0.1:9",
      });
      expect(answer.hits[0]).toMatchObject({ path: "src/retry.ts", matched: ["lexical"] });
      expect(answer.notice).toMatch(/full text only.*127\.0\.0\.1:9/);
    });
  });

  describe("write", () => {
    it("fills a collection that Roo Code takes for its own", async () => {
      using place = open("write");
      expect(await place.index()).toContain("Roo Code's collection: 3 files written");
      const { roo } = place;
      expect(await roo.initialize()).toBe(false);
      expect(await roo.hasIndexedData()).toBe(true);
      const info = await roo.info();
      expect(info?.config).toMatchObject({
        params: { vectors: { size: SIZE, distance: "Cosine", on_disk: true } },
        hnsw_config: { m: 64, ef_construct: 512, on_disk: true },
      });
      expect(Object.keys(info?.payload_schema ?? {}).toSorted()).toEqual(
        [0, 1, 2, 3, 4].map((n) => `pathSegments.${n}`).concat("type"),
      );
      expect(Object.values(info?.payload_schema ?? {}).every(({ data_type }) => data_type === "keyword")).toBe(true);
      const [best, ...rest] = await roo.search(wordVector("failed requests again after a pause", SIZE));
      expect(best?.payload).toEqual({
        filePath: "src/retry.ts",
        codeChunk: FILES["src/retry.ts"].trim(),
        startLine: 1,
        endLine: 4,
        pathSegments: { 0: "src", 1: "retry.ts" },
      });
      expect(rest.every(({ score }) => score < (best?.score ?? 0))).toBe(true);
      const deep = await roo.search(wordVector("shopping cart", SIZE), "src/deep/er/than/five/levels", 0.1);
      expect(deep.map(({ payload }) => payload.filePath)).toEqual(["src/deep/er/than/five/levels/cart.ts"]);
      expect(await roo.search(wordVector("shopping cart", SIZE), "lib", 0.9)).toEqual([]);
    });

    it("writes only what changed, and removes what is gone", async () => {
      using place = open("write");
      await place.index();
      const before = await place.roo.everything();
      expect(await place.index()).toContain("0 files written, 0 removed");
      expect(stable(await place.roo.everything())).toEqual(stable(before));
      place.sandbox.write({
        "src/retry.ts": "/** Gives up at once, and tells the caller why it was so. */\nexport const x = 1;\n",
      });
      rmSync(path.join(place.root, "lib"), { recursive: true });
      expect(await place.index()).toContain("1 file written, 1 removed");
      const texts = (await place.roo.everything()).map(({ payload }) => payload.codeChunk ?? "").join("\n");
      expect(texts).toContain("Gives up at once");
      expect(texts).not.toMatch(/retryRequest|paint_wall/);
    });

    it("never touches what Roo Code wrote, and leaves those files to it", async () => {
      using place = open("write");
      const { roo } = place;
      await roo.initialize();
      await roo.upsert([
        block("src/retry.ts", 1, 4, "what Roo Code cut"),
        block("src/other.ts", 1, 4, "of a file that is gone"),
      ]);
      await roo.markComplete();
      const theirs = await roo.everything();
      expect(await place.index()).toMatch(/2 files written, 0 removed; 1 file that others wrote/);
      rmSync(path.join(place.root, "src"), { recursive: true });
      await place.index();
      const ids = new Set(theirs.map(({ id }) => id));
      expect((await roo.everything()).filter(({ id }) => ids.has(id))).toEqual(theirs);
      // Roo Code takes a file over by replacing its points, and from then on it is Roo Code's.
      await roo.deleteFile("lib/colour.py");
      await roo.upsert([block("lib/colour.py", 1, 3, "cut by Roo Code now")]);
      expect(await place.index()).toContain("0 files written, 0 removed; 1 file that others wrote");
    });

    it("refuses a collection of other dimensions, and leaves it alone", async () => {
      using place = open("write", 32);
      await place.roo.initialize();
      const { code, stderr } = await place.sandbox.run(["index", "--no-conversations"], place.env);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("EMBEDDING_MODEL") as string });
      expect((await place.roo.info())?.config.params.vectors.size).toBe(32);
    });

    it("goes on where it was stopped", async () => {
      using place = open("write");
      const lines = Array.from({ length: 400 }, (_, n) => `export const constant${n} = "the value of number ${n}";`);
      const many = Array.from({ length: 60 }, (_, n) => [`many/f${n}.ts`, lines.slice(n, n + 40).join("\n")]);
      place.sandbox.write(Object.fromEntries(many) as Record<string, string>);
      const child = place.sandbox.spawn(["index", "--no-conversations"], place.env);
      const exit = new Promise((resolve) => child.once("exit", resolve));
      for (let look = 0; look < 400 && ((await place.roo.info())?.points_count ?? 0) < 20; look++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      child.kill("SIGKILL");
      await exit;
      expect(await place.roo.hasIndexedData()).toBe(false);
      await place.index();
      expect(await place.roo.hasIndexedData()).toBe(true);
      const files = new Set((await place.roo.everything()).flatMap(({ payload }) => payload.filePath ?? []));
      expect(files.size).toBe(63);
      expect(await place.index()).toContain("0 files written");
    });
  });
});

/** Points without the time at which the index was completed. */
function stable(points: readonly { id: string; payload: Readonly<Record<string, unknown>> }[]) {
  return points.map(({ id, payload }) => ({ id, payload: { ...payload, completed_at: 0 } }));
}
