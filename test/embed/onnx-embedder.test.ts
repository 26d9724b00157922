import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import { cosine } from "../../src/embed/onnx/vectors.ts";
import { createOnnxEmbedder } from "../../src/embed/onnx-embedder.ts";
import type { OnnxEmbedder } from "../../src/embed/onnx-embedder.ts";
import { findLocalModel, pullModel } from "../../src/embed/pull-model.ts";
import { embedderContract } from "../contract/embedder.ts";
import { lendRuntime, TINY_DIMENSIONS, tinyHub, tinySpec } from "./fakes/tiny-model.ts";

const log = createLogger("silent");

describe("a model on this machine", () => {
  let home: string;
  let hub: Awaited<ReturnType<typeof tinyHub>>;
  let embedder: OnnxEmbedder;
  const spec = tinySpec();

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-onnx-"));
    await lendRuntime(home);
    hub = await tinyHub();
    await pullModel(spec, { home, env: { HF_ENDPOINT: hub.endpoint } });
    embedder = createOnnxEmbedder(spec, { home, log, workers: 2 });
  });
  afterAll(async () => {
    await embedder[Symbol.asyncDispose]();
    hub.close();
    await rm(home, { recursive: true, force: true });
  });

  it("is pulled once, prepared, and checked against its original", async () => {
    const before = hub.requests.length;
    const model = await pullModel(spec, { home, env: { HF_ENDPOINT: hub.endpoint } });
    expect(hub.requests).toHaveLength(before);
    expect(model.lowestCosine).toBeGreaterThan(0.99);
    expect((await readdir(path.dirname(model.graph))).toSorted()).toEqual([
      "model.json",
      "model.onnx",
      "tokenizer.json",
    ]);
    expect(await readdir(path.join(home, "downloads"))).toEqual([]);
  });

  it("gives unit vectors, one per text, in order and the same whatever the company", async () => {
    const texts = Array.from(
      { length: 30 },
      (_, index) => `function f${index} ( a ) { return ${"a, ".repeat(index % 7)}b; }`,
    );
    const together = await embedder.embed(texts, { role: "document" });
    expect(together).toHaveLength(texts.length);
    for (const vector of together) {
      expect(vector).toHaveLength(TINY_DIMENSIONS);
      expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    }
    for (const index of [0, 13, 29]) {
      const [alone] = await embedder.embed([texts[index] ?? ""], { role: "query" });
      expect(alone).toEqual(together[index]);
    }
    expect(together[0]).not.toEqual(together[1]);
    // Threads of one process share what two processes would each hold.
    expect(embedder.state().pids).toHaveLength(1);
  });

  it("replaces a worker that grew past its limit, and answers every text all the same", async () => {
    // Every process is larger than this, so that each worker is replaced as soon as it has told its size.
    await using growing = createOnnxEmbedder(spec, { home, log, workers: 1, residentLimitBytes: 1 });
    const texts = Array.from({ length: 12 }, (_, index) => `return ${"a, ".repeat(index)}b ;`);
    const expected = await embedder.embed(texts, { role: "document" });
    const pids = new Set<number>();
    for (let round = 0; round < 3; round += 1) {
      await growing.warmUp();
      for (const pid of growing.state().pids) pids.add(pid);
      expect(await growing.embed(texts, { role: "document" })).toEqual(expected);
    }
    expect(pids.size).toBe(3);
  });

  it("counts tokens, and deals with long texts as asked", async () => {
    const long = "return ".repeat(50);
    const ask = (overflow: "window" | "truncate" | "refuse") =>
      embedder.embedDetailed([long], { role: "document", overflow });
    const [windowed] = await ask("window");
    const [truncated] = await ask("truncate");
    // Fifty tokens in four windows of at most fourteen, each with two special tokens.
    expect(windowed).toMatchObject({ tokens: 58, truncated: false });
    expect(truncated).toMatchObject({ tokens: 16, truncated: true });
    await expect(ask("refuse")).rejects.toMatchObject({ code: "embedding.too-long" });
    const [short] = await embedder.embedDetailed(["return"], { role: "document", overflow: "refuse" });
    expect(short).toMatchObject({ tokens: 3, truncated: false });
  });

  it("embeds what is hardly text", async () => {
    const odd = ["", " ", "\u0000\uFFFD", "\uD800 lone", "日本語", "x".repeat(20_000)];
    const vectors = await embedder.embed(odd, { role: "document" });
    for (const vector of vectors) expect(vector.every(Number.isFinite)).toBe(true);
  });

  it("loses no text when its workers are killed", async () => {
    const texts = Array.from({ length: 400 }, (_, index) => `killed ${index} ${"return a; ".repeat(9)}`);
    const embedding = embedder.embed(texts, { role: "document" });
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const pid of embedder.state().pids) process.kill(pid, "SIGKILL");
    expect(await embedding).toHaveLength(texts.length);
  });

  it("lets bulk have its turn however many queries come", async () => {
    const own = createOnnxEmbedder(spec, { home, log, workers: 1 });
    await own.warmUp();
    let bulkDone = false;
    let queries = 0;
    // Sixteen askers, each of whom asks again as soon as answered.
    const asking = Array.from({ length: 16 }, async () => {
      while (!bulkDone && queries < 2_000) await own.embed([`query ${queries++}`], { role: "query" });
    });
    await expect.poll(() => queries).toBeGreaterThan(50);
    const before = queries;
    await own.embed(["bulk a", "bulk b", "bulk c"], { role: "document" });
    const meanwhile = queries - before;
    bulkDone = true;
    await Promise.all(asking);
    expect(meanwhile).toBeLessThan(300);
    await own[Symbol.asyncDispose]();
  });

  it("stops when told to", async () => {
    const texts = Array.from({ length: 5_000 }, (_, index) => `stopped ${index}`);
    const signal = AbortSignal.timeout(20);
    await expect(embedder.embed(texts, { role: "document", signal })).rejects.toThrow();
    await expect.poll(() => embedder.state().waiting).toBe(0);
  });

  it("puts the model's prefixes before queries and documents", async () => {
    const prefixed = createOnnxEmbedder({ ...spec, queryPrefix: "return " }, { home, log, workers: 1 });
    const [query] = await prefixed.embed(["a"], { role: "query" });
    const [same] = await embedder.embed(["return a"], { role: "document" });
    expect(query).toEqual(same);
    await prefixed[Symbol.asyncDispose]();
  });

  it("says which command fetches a model that is missing", () => {
    const missing = tinySpec({ name: "elsewhere" });
    expect(() => createOnnxEmbedder(missing, { home, log })).toThrow(
      expect.objectContaining({
        code: "embedding.model-missing",
        hint: expect.stringContaining("models pull elsewhere"),
      }),
    );
  });

  it("refuses a graph whose bytes changed on disk", async () => {
    const other = tinySpec({ name: "rotten" });
    const { graph } = await pullModel(other, { home, env: { HF_ENDPOINT: hub.endpoint } });
    const bytes = await readFile(graph);
    await writeFile(graph, bytes.fill(0, 100, 120));
    const rotten = createOnnxEmbedder(other, { home, log });
    await expect(rotten.embed(["a"], { role: "query" })).rejects.toMatchObject({ code: "embedding.bad-model" });
    await rotten[Symbol.asyncDispose]();
  });

  it("keeps nothing of a model that cannot be had", async () => {
    const gone = tinySpec({
      name: "gone",
      weights: { ...spec.weights, hub: { ...spec.weights.hub, path: "gone.onnx" } },
    });
    const pulled = pullModel(gone, { home, env: { HF_ENDPOINT: hub.endpoint } });
    await expect(pulled).rejects.toMatchObject({ code: "embedding.download", message: expect.stringContaining("404") });
    expect(findLocalModel(gone, home)).toBeNull();
    expect((await readdir(path.join(home, "models"))).filter((name) => name.startsWith("gone"))).toEqual([]);
  });
});

describe("the contract", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-onnx-"));
    await lendRuntime(home);
    const hub = await tinyHub();
    await pullModel(tinySpec(), { home, env: { HF_ENDPOINT: hub.endpoint } });
    hub.close();
  });
  afterAll(() => rm(home, { recursive: true, force: true }));
  embedderContract("on this machine", async () => createOnnxEmbedder(tinySpec(), { home, log }));
});
