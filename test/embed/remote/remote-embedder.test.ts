import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmbedder } from "../../../src/embed/create-embedder.ts";
import type { EmbedderSettings } from "../../../src/embed/create-embedder.ts";
import { openAiCompatible } from "../../../src/embed/remote/openai-compatible.ts";
import { createRemoteEmbedder } from "../../../src/embed/remote/remote-embedder.ts";
import type { RemoteSettings } from "../../../src/embed/remote/remote-embedder.ts";
import { createLogger } from "../../../src/log.ts";
import { embedderContract } from "../../contract/embedder.ts";
import { APIS, FAKE_DIMENSIONS, KEY, serveApi } from "../fakes/remote-apis.ts";
import type { FakeApi } from "../fakes/remote-apis.ts";

const log = createLogger("silent");

for (const provider of Object.keys(APIS) as Exclude<EmbedderSettings["provider"], "local">[]) {
  embedderContract(provider, async () => {
    const api = await serveApi(provider);
    const settings = {
      provider,
      model: "fake-model",
      apiKey: KEY,
      baseUrl: api.baseUrl,
      batchSize: 10,
      home: "/nowhere",
      log,
    };
    const embedder = await createEmbedder(settings);
    return { ...embedder, [Symbol.asyncDispose]: async () => api.close() };
  });
}

describe("createRemoteEmbedder", () => {
  let api: FakeApi;
  beforeEach(async () => void (api = await serveApi("openai-compatible")));
  afterEach(() => api.close());

  const make = (settings: Partial<RemoteSettings> = {}) =>
    createRemoteEmbedder(openAiCompatible, {
      model: "fake-model",
      baseUrl: `${api.baseUrl}/`,
      apiKey: KEY,
      dimensions: undefined,
      retry: { firstDelayMs: 1, longestDelayMs: 2_000 },
      ...settings,
    });

  it("asks the server for dimensions that nobody gave", async () => {
    expect((await make()).dimensions).toBe(FAKE_DIMENSIONS);
    expect(api.calls.map(({ body }) => body)).toEqual([
      { input: ["test"], model: "fake-model", encoding_format: "base64" },
    ]);
  });

  it("knows the dimensions of known models without asking", async () => {
    expect((await make({ model: "text-embedding-3-large" })).dimensions).toBe(3_072);
    expect(api.calls).toEqual([]);
  });

  it("tells how many texts keep it busy", async () => {
    expect(await make({ dimensions: 3, batchSize: 10, concurrency: 3 })).toMatchObject({
      textsAtOnce: 30,
    });
  });

  it("keeps batches within bounds and sends identical texts once", async () => {
    const embedder = await make({ batchSize: 4 });
    api.calls.length = 0;
    await embedder.embed(
      Array.from({ length: 18 }, (_, index) => `text ${index % 9}`),
      { role: "document" },
    );
    const sizes = api.calls.map(({ body }) => (body as { input: string[] }).input.length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 4, 4]);
  });

  it.each([
    ["overload", { status: 503, body: { error: { message: "busy" } } }],
    ["a rate limit", { status: 429, body: { error: { message: "slow down" } }, headers: { "retry-after-ms": "5" } }],
    ["a dropped connection", null],
  ])("tries again after %s", async (_, reply) => {
    const embedder = await make();
    api.first.push(reply, reply);
    expect(await embedder.embed(["text"], { role: "query" })).toHaveLength(1);
    expect(api.calls).toHaveLength(4);
  });

  it("tries again when no answer comes in time", async () => {
    const embedder = await make({ timeoutMs: 300 });
    api.first.push("hang");
    expect(await embedder.embed(["text"], { role: "query" })).toHaveLength(1);
  });

  it.each([
    ["the server stays away", null, "embedding.unreachable"],
    ["the limit stays", { status: 429, body: { error: { message: "slow down" } } }, "embedding.rate-limited"],
    ["it must wait too long", { status: 503, body: {}, headers: { "retry-after": "3600" } }, "embedding.unreachable"],
    ["the key is wrong", { status: 401, body: { error: { message: "no" } } }, "embedding.unauthorised"],
    ["the model is unknown", { status: 404, body: { error: 'model "x" not found' } }, "embedding.refused"],
    ["the answer is a web page", { status: 200, body: "<html>" }, "embedding.bad-answer"],
    ["a vector is missing", { status: 200, body: { data: [{ index: 1, embedding: [1] }] } }, "embedding.bad-answer"],
    ["dimensions differ", { status: 200, body: { data: [{ index: 0, embedding: [1, 2] }] } }, "embedding.bad-answer"],
  ])("says so when %s", async (_, reply, code) => {
    const embedder = await make();
    for (let attempt = 0; attempt < 5; attempt += 1) api.first.push(reply);
    await expect(embedder.embed(["text"], { role: "query" })).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  it("wants a key where the service does", async () => {
    const settings = { provider: "voyage", home: "/nowhere", log } as const;
    await expect(createEmbedder(settings)).rejects.toMatchObject({ code: "embedding.bad-settings" });
  });

  it("embeds a long text in windows", async () => {
    const embedder = await make();
    api.calls.length = 0;
    const long = "x".repeat(embedder.maxTokens * 5);
    await embedder.embed([long], { role: "document" });
    const [call] = api.calls;
    const input = (call?.body as { input: string[] } | undefined)?.input ?? [];
    expect(input).toHaveLength(3);
    expect(input.join("")).toBe(long);
  });
});
