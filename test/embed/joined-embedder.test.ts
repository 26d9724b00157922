import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import { joinEmbedders } from "../../src/embed/joined-embedder.ts";
import { createOnnxEmbedder } from "../../src/embed/onnx-embedder.ts";
import { pullModel } from "../../src/embed/pull-model.ts";
import { createLogger } from "../../src/log.ts";
import { embedderContract } from "../contract/embedder.ts";
import { lendRuntime, tinyHub, tinySpec } from "./fakes/tiny-model.ts";

const log = createLogger("silent");
let home = "";
beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), "codelab-joined-"));
  await lendRuntime(home);
  const hub = await tinyHub();
  await pullModel(tinySpec(), { home, env: { HF_ENDPOINT: hub.endpoint } });
  hub.close();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const tiny = () => createOnnxEmbedder(tinySpec(), { home, log, workers: 1 });

embedderContract("two joined", async () =>
  joinEmbedders([
    { embedder: tiny(), weight: 2 },
    { embedder: stated("lengths", (text) => [text.length, 1 + (text.codePointAt(0) ?? 0), 3]), weight: 1 },
  ]),
);

describe("joined embedders", () => {
  it("say what each says, by the squares of their weights", async () => {
    const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
    const weights = fc.double({ min: 0.1, max: 4, noNaN: true });
    const vectors = numbers.filter((vector) => Math.hypot(...vector) > 0.01);
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(vectors, vectors),
        fc.tuple(vectors, vectors),
        fc.tuple(weights, weights),
        async (first, second, [a, b]) => {
          const at = (pair: readonly number[][]) => (text: string) => pair[Number(text)] ?? [];
          const [one, other] = [stated("one", at(first)), stated("other", at(second))];
          const whole = joinEmbedders([
            { embedder: one, weight: a },
            { embedder: other, weight: b },
          ]);
          const cosine = async (embedder: Embedder) => {
            const [left, right] = await embedder.embed(["0", "1"], { role: "document" });
            return Array.from(left ?? []).reduce((sum, component, axis) => sum + component * (right?.[axis] ?? 0), 0);
          };
          const mean = (a * a * (await cosine(one)) + b * b * (await cosine(other))) / (a * a + b * b);
          expect(await cosine(whole)).toBeCloseTo(mean, 4);
        },
      ),
    );
  });

  it("are another space with another part, order or weight", () => {
    const [one, other] = [stated("one", () => [1]), stated("other", () => [1])];
    const fingerprints = [
      [one, other, 1],
      [other, one, 1],
      [one, other, 2],
      [one, one, 1],
    ].map(
      ([first, second, weight]) =>
        joinEmbedders([
          { embedder: first as Embedder, weight: weight as number },
          { embedder: second as Embedder, weight: 1 },
        ]).fingerprint,
    );
    expect(new Set(fingerprints).size).toBe(4);
  });

  it("fail as the one that fails, and let the others stop", async () => {
    let stopped = false;
    const slow: Embedder = {
      ...stated("slow", () => [1]),
      embed: async (_, { signal }) =>
        await new Promise((_resolve, reject) =>
          signal?.addEventListener("abort", () => {
            stopped = true;
            reject(new Error("stopped"));
          }),
        ),
    };
    const broken: Embedder = {
      ...stated("broken", () => [1]),
      embed: async () => await Promise.reject(new Error("no")),
    };
    const whole = joinEmbedders([slow, broken].map((embedder) => ({ embedder, weight: 1 })));
    await expect(whole.embed(["a"], { role: "query" })).rejects.toThrow("no");
    expect(stopped).toBe(true);
  });

  it("end together", async () => {
    const ended: string[] = [];
    const ending = (name: string): Embedder => ({
      ...stated(name, () => [1]),
      [Symbol.asyncDispose]: async () => void ended.push(name),
    });
    await joinEmbedders(["one", "other"].map((name) => ({ embedder: ending(name), weight: 1 })))[Symbol.asyncDispose]();
    expect(ended.toSorted()).toEqual(["one", "other"]);
  });
});

/** An embedder whose vectors are stated, and brought to length 1. */
function stated(name: string, vectorOf: (text: string) => readonly number[]): Embedder {
  return {
    label: name,
    dimensions: vectorOf("0").length,
    maxTokens: 512,
    fingerprint: name,
    embed: async (texts, { signal }) => {
      signal?.throwIfAborted();
      return texts.map((text) => {
        const vector = vectorOf(text);
        const length = Math.hypot(...vector);
        return Float32Array.from(vector, (component) => component / length);
      });
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
