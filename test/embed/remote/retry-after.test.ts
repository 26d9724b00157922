import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Embedder } from "../../../src/embed/embedder.ts";
import { openAiCompatible } from "../../../src/embed/remote/openai-compatible.ts";
import { type RemoteSettings, createRemoteEmbedder } from "../../../src/embed/remote/remote-embedder.ts";
import { FAKE_DIMENSIONS, type FakeApi, KEY, type Reply, serveApi } from "../fakes/remote-apis.ts";

let api: FakeApi;
beforeEach(async () => void (api = await serveApi("openai-compatible")));
afterEach(() => api.close());

/** An embedder whose waits are written down and not waited for. */
async function open(settings: Partial<RemoteSettings> = {}): Promise<{ embedder: Embedder; waits: number[] }> {
  const waits: number[] = [];
  const wait = async (ms: number, signal: AbortSignal | undefined) => {
    signal?.throwIfAborted();
    waits.push(ms);
  };
  const retry = { firstDelayMs: 100, longestDelayMs: 60_000, random: () => 0.5, wait };
  const access = { model: "fake-model", baseUrl: api.baseUrl, apiKey: KEY, dimensions: undefined };
  const embedder = await createRemoteEmbedder(openAiCompatible, { ...access, retry, ...settings });
  api.calls.length = 0;
  return { embedder, waits };
}

const busy = (headers: Readonly<Record<string, string>>, status = 429): Reply => ({
  status,
  body: { error: { message: "slow down" } },
  headers,
});
const inSeconds = (seconds: number) => new Date(Date.now() + 1_000 * seconds).toUTCString();

describe("a server that asks to wait", () => {
  it.each([
    ["seconds", { "retry-after": "7" }, 7_000],
    ["parts of a second", { "retry-after": "0.5" }, 500],
    ["no time", { "retry-after": "0" }, 0],
    ["milliseconds, which are more precise", { "retry-after": "9", "retry-after-ms": "1234" }, 1_234],
    ["until a date gone by", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, 0],
    ["in words that nobody understands", { "retry-after": "soon" }, 0],
    ["a negative time", { "retry-after": "-5" }, 0],
    ["nothing", {}, 0],
  ])("for %s is heeded, and a part of our own delay added", async (_, headers, asked) => {
    const { embedder, waits } = await open();
    api.first.push(busy(headers));
    expect(await embedder.embed(["text"], { role: "query" })).toHaveLength(1);
    expect(waits).toEqual([asked + 50]);
  });

  it("until a date is heeded to the second", async () => {
    const { embedder, waits } = await open();
    api.first.push(busy({ "retry-after": inSeconds(20) }));
    await embedder.embed(["text"], { role: "query" });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(15_000);
    expect(waits[0]).toBeLessThanOrEqual(20_050);
  });

  it.each([{ "retry-after": "61" }, { "retry-after-ms": "60001" }, { "retry-after": inSeconds(3_600) }])(
    "longer than anyone does is given up at once: %j",
    async (headers) => {
      const { embedder, waits } = await open();
      api.first.push(busy(headers));
      const asking = embedder.embed(["text"], { role: "query" });
      await expect(asking).rejects.toMatchObject({ code: "embedding.rate-limited", hint: expect.any(String) });
      expect(api.calls).toHaveLength(1);
      expect(waits).toEqual([]);
    },
  );
});

describe("a server in trouble", () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529])("is asked again after %i", async (status) => {
    const { embedder, waits } = await open();
    api.first.push(busy({}, status), busy({}, status));
    expect(await embedder.embed(["text"], { role: "document" })).toHaveLength(1);
    expect(waits).toEqual([50, 100]);
  });

  it.each([
    [400, "embedding.refused"],
    [401, "embedding.unauthorised"],
    [402, "embedding.refused"],
    [403, "embedding.unauthorised"],
    [404, "embedding.refused"],
    [413, "embedding.refused"],
    [422, "embedding.refused"],
    [501, "embedding.refused"],
  ])("is not asked again after %i", async (status, code) => {
    const { embedder } = await open();
    api.first.push(busy({ "retry-after": "1" }, status));
    await expect(embedder.embed(["text"], { role: "document" })).rejects.toMatchObject({ code });
    expect(api.calls).toHaveLength(1);
  });

  it("is asked five times, with delays that double, and then named with what it said", async () => {
    const { embedder, waits } = await open();
    for (let attempt = 0; attempt < 9; attempt++) api.first.push(busy({}, 503));
    await expect(embedder.embed(["text"], { role: "document" })).rejects.toMatchObject({
      code: "embedding.unreachable",
      message: expect.stringContaining("503 slow down"),
    });
    expect(api.calls).toHaveLength(5);
    expect(waits).toEqual([50, 100, 200, 400]);
  });

  it("is left alone once one of many batches has failed for good", async () => {
    const { embedder } = await open({ batchSize: 1, concurrency: 1 });
    api.first.push({ status: 400, body: { error: { message: "no" } } });
    const texts = Array.from({ length: 20 }, (_, n) => `text ${n}`);
    await expect(embedder.embed(texts, { role: "document" })).rejects.toMatchObject({ code: "embedding.refused" });
    expect(api.calls.length).toBeLessThan(5);
  });

  it("keeps nobody who has left, whether he waits for an answer or for the next attempt", async () => {
    const { embedder } = await open({ retry: { firstDelayMs: 60_000, longestDelayMs: 60_000 } });
    for (const reply of ["hang", busy({})] as const) {
      api.first.push(reply);
      const leaving = new AbortController();
      const asking = embedder.embed(["text"], { role: "query", signal: leaving.signal });
      setTimeout(() => leaving.abort(new Error("left")), 100);
      await expect(asking).rejects.toThrow("left");
    }
  });

  it("does not hold up queries with the batches that wait", async () => {
    const { embedder } = await open({ batchSize: 1, concurrency: 1, timeoutMs: 60_000 });
    api.first.push("hang");
    const leaving = new AbortController();
    const bulk = embedder.embed(["bulk 1", "bulk 2"], { role: "document", signal: leaving.signal });
    bulk.catch(() => {});
    while (api.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [vector] = await embedder.embed(["query"], { role: "query" });
    expect(vector).toHaveLength(FAKE_DIMENSIONS);
    leaving.abort(new Error("left"));
    await expect(bulk).rejects.toThrow("left");
    expect(await embedder.embed(["after"], { role: "document" })).toHaveLength(1);
  });
});
