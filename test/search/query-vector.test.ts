import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embed/embedder.ts";
import { createQueryVectors } from "../../src/search/query-vector.ts";

/** An embedder that answers when it is told to. */
function slowEmbedder(fingerprint = "m@1") {
  const asked: { text: string; give: (vector: Float32Array) => void; fail: (error: unknown) => void }[] = [];
  const embedder: Embedder = {
    label: "test model",
    dimensions: 2,
    maxTokens: 100,
    fingerprint,
    embed: (texts) =>
      new Promise((resolve, reject) => {
        asked.push({ text: texts[0] ?? "", give: (vector) => resolve([vector]), fail: reject });
      }),
    [Symbol.asyncDispose]: async () => {},
  };
  return { embedder, asked };
}

const VECTOR = Float32Array.of(0.6, 0.8);
const queries = (waitMs = 60_000, kept = 4) => createQueryVectors({ waitMs, kept });

describe("the vector of a query", () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    await sleep(5);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("is computed once for all who ask at the same time, and kept", async () => {
    const { embedder, asked } = slowEmbedder();
    const vectorOf = queries();
    const answers = [vectorOf(embedder, "q"), vectorOf(embedder, "q"), vectorOf(embedder, "q")];
    expect(asked).toHaveLength(1);
    asked[0]?.give(VECTOR);
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 3 }, () => ({ vector: VECTOR })));
    expect(await vectorOf(embedder, "q")).toEqual({ vector: VECTOR });
    expect(asked).toHaveLength(1);
  });

  it("is another one for another model", async () => {
    const [one, two] = [slowEmbedder("m@1"), slowEmbedder("m@2")];
    const vectorOf = queries();
    void vectorOf(one.embedder, "q");
    void vectorOf(two.embedder, "q");
    expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
    one.asked[0]?.give(VECTOR);
    two.asked[0]?.give(VECTOR);
  });

  it("is asked for again after a failure, which is told in the embedder's words", async () => {
    const { embedder, asked } = slowEmbedder();
    const vectorOf = queries();
    const first = vectorOf(embedder, "q");
    asked[0]?.fail(new Error("the server is away"));
    expect(await first).toEqual({ missing: "the server is away" });
    const second = vectorOf(embedder, "q");
    expect(asked).toHaveLength(2);
    asked[1]?.give(VECTOR);
    expect(await second).toEqual({ vector: VECTOR });
  });

  it("is not waited for longer than told, and is there for the next one who asks", async () => {
    const { embedder, asked } = slowEmbedder();
    const vectorOf = queries(5);
    expect(await vectorOf(embedder, "q")).toEqual({ missing: "test model is still loading" });
    asked[0]?.give(VECTOR);
    expect(await vectorOf(embedder, "q")).toEqual({ vector: VECTOR });
    expect(asked).toHaveLength(1);
  });

  it("may fail after nobody waits any more", async () => {
    const { embedder, asked } = slowEmbedder();
    await queries(5)(embedder, "q");
    asked[0]?.fail(new Error("too late"));
  });

  it("is left by who gives up, and goes on for who still waits", async () => {
    const { embedder, asked } = slowEmbedder();
    const vectorOf = queries();
    const leaving = new AbortController();
    const left = vectorOf(embedder, "q", leaving.signal);
    const stays = vectorOf(embedder, "q");
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    asked[0]?.give(VECTOR);
    expect(await stays).toEqual({ vector: VECTOR });
  });

  it("fails nobody where the one who asked had left before, and the embedder is down", async () => {
    const { embedder, asked } = slowEmbedder();
    const gone = AbortSignal.abort(new Error("left before"));
    await expect(queries()(embedder, "q", gone)).rejects.toThrow("left before");
    for (const { fail } of asked) fail(new Error("down"));
  });

  it("fails nobody where all have left while the embedder was going down", async () => {
    const { embedder, asked } = slowEmbedder();
    const leaving = new AbortController();
    const left = queries()(embedder, "q", leaving.signal);
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    for (const { fail } of asked) fail(new Error("down"));
  });

  it("is forgotten when others came after it", async () => {
    const { embedder, asked } = slowEmbedder();
    const vectorOf = queries(60_000, 2);
    for (const text of ["a", "b", "c", "a"]) {
      const answer = vectorOf(embedder, text);
      asked.at(-1)?.give(VECTOR);
      await answer;
    }
    expect(asked.map(({ text }) => text)).toEqual(["a", "b", "c", "a"]);
  });

  it("is missing where the embedder gives none", async () => {
    const none: Embedder = { ...slowEmbedder().embedder, embed: async () => [] };
    expect(await queries()(none, "q")).toEqual({ missing: "test model gave no vector" });
  });
});
