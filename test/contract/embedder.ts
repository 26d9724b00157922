import { describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";

/** What every embedder promises, whoever computes. `make` is called once per test. */
export function embedderContract(name: string, make: () => Promise<Embedder>): void {
  describe(`embedder: ${name}`, () => {
    const using = async (body: (embedder: Embedder) => Promise<void>) => {
      const embedder = await make();
      try {
        await body(embedder);
      } finally {
        await embedder[Symbol.asyncDispose]();
      }
    };
    const lengthOf = (vector: Float32Array) => Math.hypot(...vector);

    it("tells what it is", () =>
      using(async (embedder) => {
        expect(embedder.label).not.toBe("");
        expect(embedder.fingerprint).not.toBe("");
        expect(embedder.maxTokens).toBeGreaterThan(0);
        const again = await make();
        expect(again.fingerprint).toBe(embedder.fingerprint);
        await again[Symbol.asyncDispose]();
      }));

    it.each(["query", "document"] as const)("gives one unit vector per text, in order (%s)", (role) =>
      using(async (embedder) => {
        const texts = Array.from({ length: 25 }, (_, index) => `function f${index} ( a ) { return ${index}; }`);
        const vectors = await embedder.embed(texts, { role });
        expect(vectors).toHaveLength(texts.length);
        for (const vector of vectors) {
          expect(vector).toBeInstanceOf(Float32Array);
          expect(vector).toHaveLength(embedder.dimensions);
          expect(lengthOf(vector)).toBeCloseTo(1, 4);
        }
        const [seventh] = await embedder.embed([texts[7] ?? ""], { role });
        expect(seventh).toEqual(vectors[7]);
        expect(vectors[0]).not.toEqual(vectors[1]);
      }),
    );

    it("gives identical texts identical vectors", () =>
      using(async (embedder) => {
        const [first, , third] = await embedder.embed(["same", "other text", "same"], { role: "document" });
        expect(third).toEqual(first);
      }));

    it("gives nothing for nothing", () =>
      using(async (embedder) => {
        expect(await embedder.embed([], { role: "document" })).toEqual([]);
      }));

    it("embeds what is longer than it can take at once, and what is hardly text", () =>
      using(async (embedder) => {
        const texts = ["", "return a; ".repeat(embedder.maxTokens), "\u0000\t\n", "日本語 😀 é", "\uD800"];
        const vectors = await embedder.embed(texts, { role: "document" });
        expect(vectors).toHaveLength(texts.length);
        for (const vector of vectors) expect(vector.every(Number.isFinite)).toBe(true);
      }));

    it("answers many callers at once, each with its own", () =>
      using(async (embedder) => {
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, index) => embedder.embed([`caller ${index}`, "all"], { role: "document" })),
        );
        const [alone] = await embedder.embed(["caller 5"], { role: "document" });
        expect(answers[5]?.[0]).toEqual(alone);
        expect(new Set(answers.map(([, shared]) => shared?.join())).size).toBe(1);
      }));

    it("stops when told to, before and during", () =>
      using(async (embedder) => {
        const gone = AbortSignal.abort(new Error("nobody waits"));
        await expect(embedder.embed(["text"], { role: "document", signal: gone })).rejects.toThrow("nobody waits");
        const leaving = new AbortController();
        const texts = Array.from({ length: 2_000 }, (_, index) => `text ${index} ${"a ".repeat(40)}`);
        const embedding = embedder.embed(texts, { role: "document", signal: leaving.signal });
        leaving.abort(new Error("left"));
        await expect(embedding).rejects.toThrow("left");
        expect(await embedder.embed(["after"], { role: "document" })).toHaveLength(1);
      }));
  });
}
