import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbedderSettings, createEmbedder } from "../../../src/embed/create-embedder.ts";
import type { Embedder } from "../../../src/embed/embedder.ts";
import { createLogger } from "../../../src/log.ts";
import { APIS, FAKE_DIMENSIONS, type FakeApi, KEY, type Reply, serveApi } from "../fakes/remote-apis.ts";

type Provider = Exclude<EmbedderSettings["provider"], "local">;
const PROVIDERS = Object.keys(APIS) as Provider[];

const floats = (...values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer).toString("base64");
const whole = Array.from({ length: FAKE_DIMENSIONS }, () => 0.5);

/** Bodies of status 200 in which something is wrong, by what is wrong; of each provider's own shape. */
const shapes = (provider: Provider) => {
  const many = (embeddings: readonly unknown[], indexes?: readonly unknown[]): unknown => {
    if (provider === "gemini") return { embeddings: embeddings.map((values) => ({ values })) };
    if (provider === "ollama") return { embeddings };
    return { data: embeddings.map((embedding, at) => ({ embedding, index: indexes?.[at] ?? at })) };
  };
  const common: readonly (readonly [string, unknown])[] = [
    ["nothing", null],
    ["an empty object", {}],
    ["a list", []],
    ["a text", "vectors"],
    ["no vector", many([])],
    ["one vector too many", many([whole, whole])],
    ["an empty vector", many([[]])],
    ["a shorter vector", many([whole.slice(1)])],
    ["a longer vector", many([[...whole, 0.5]])],
    ["null for a vector", many([null])],
    ["an object for a vector", many([{ 0: 1 }])],
    ["texts for numbers", many([whole.map(String)])],
    ["null among the numbers", many([[...whole.slice(1), null]])],
    ["numbers beyond 32 bits", many([[...whole.slice(1), 1e300]])],
    ["what is no number, in base64", many([floats(...whole.slice(1), Number.NaN)])],
    ["infinity, in base64", many([floats(...whole.slice(1), Infinity)])],
    ["bytes that are no floats", many([Buffer.alloc(4 * FAKE_DIMENSIONS + 3, 60).toString("base64")])],
    ["what is no base64", many(["!!!!"])],
  ];
  if (provider === "gemini" || provider === "ollama") return common;
  return [
    ...common,
    ["an index that is far out", many([whole], [4_000_000_000])],
    ["an index below 0", many([whole], [-1])],
    ["an index that is no whole number", many([whole], [0.5])],
    ["an index beside the only one", many([whole], [1])],
  ] as const;
};

let api: FakeApi;
let embedder: Embedder;

async function open(provider: Provider, rest: object = {}): Promise<void> {
  api = await serveApi(provider);
  const access = { apiKey: KEY, baseUrl: api.baseUrl, home: "/nowhere", log: createLogger("silent") };
  embedder = await createEmbedder({ provider, model: "fake-model", batchSize: 10, ...access, ...rest });
  api.calls.length = 0;
}
afterEach(() => api.close());

const ask = (text = "text") => embedder.embed([text], { role: "query" });

describe.each(PROVIDERS)("an answer of %s", (provider) => {
  beforeEach(() => open(provider));

  it.each(shapes(provider))(
    "that holds %s is refused as such, asked for once, and goes no further",
    async (_, body) => {
      api.first.push({ status: 200, body });
      await expect(ask()).rejects.toMatchObject({ code: "embedding.bad-answer", hint: expect.any(String) });
      expect(api.calls).toHaveLength(1);
      expect(await ask()).toHaveLength(1);
    },
  );

  it("in which one of many batches is bad fails the whole, and the next call does not suffer", async () => {
    const texts = Array.from({ length: 35 }, (_, n) => `text ${n}`);
    api.first.push({ status: 200, body: {} });
    await expect(embedder.embed(texts, { role: "document" })).rejects.toMatchObject({ code: "embedding.bad-answer" });
    expect(await embedder.embed(texts, { role: "document" })).toHaveLength(35);
  });

  it("gives vectors of length 1, whatever the server's lengths, and zeros for zeros", async () => {
    const [vector] = await ask();
    expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5);
  });
});

describe("a server", () => {
  beforeEach(() => open("openai-compatible"));

  it("is not followed elsewhere with the texts and the key", async () => {
    const other = await serveApi("openai-compatible");
    try {
      const redirect: Reply = { status: 307, body: {}, headers: { location: `${other.baseUrl}/embeddings` } };
      // However often it is tried.
      api.first.push(...Array.from({ length: 5 }, () => redirect));
      const impatient = AbortSignal.timeout(1_500);
      await expect(embedder.embed(["secret"], { role: "query", signal: impatient })).rejects.toThrow();
      expect(other.calls).toEqual([]);
    } finally {
      other.close();
    }
  });

  it("is sent text that every server can read: no half characters, no empty texts", async () => {
    const texts = ["\uD83D", "a\uDE00b", "\uDE00\uD83D", "whole 😀", "", "\0"];
    await embedder.embed(texts, { role: "document" });
    const sent = api.calls.flatMap(({ body }) => (body as { input: string[] }).input);
    expect(sent).toHaveLength(texts.length);
    for (const text of sent) expect(text).not.toMatch(/\p{Surrogate}/u);
    expect(sent).toContain("whole 😀");
    expect(sent).not.toContain("");
  });

  it("is told nothing of the key in the address, and what it says of the key is passed on", async () => {
    api.first.push({ status: 403, body: { error: { message: "no such project" } } });
    await expect(ask()).rejects.toMatchObject({
      code: "embedding.unauthorised",
      message: expect.stringContaining("no such project"),
      hint: expect.stringContaining("EMBEDDING_API_KEY"),
    });
    for (const { path } of api.calls) expect(path).not.toContain(KEY);
  });

  it.each([
    ["a text", "plain words", "plain words"],
    ["a deep message", { error: { message: "deep" } }, "deep"],
    ["a detail", { detail: "detailed" }, "detailed"],
    ["nothing at all", "", "400"],
  ])("that refuses with %s is quoted", async (_, body, words) => {
    api.first.push({ status: 400, body });
    await expect(ask()).rejects.toMatchObject({ code: "embedding.refused", message: expect.stringContaining(words) });
    expect(api.calls).toHaveLength(1);
  });

  it("that says more than anyone reads is quoted in part", async () => {
    api.first.push({ status: 400, body: "x".repeat(100_000) });
    const refusal = await ask().catch((error: unknown) => error);
    expect((refusal as Error).message.length).toBeLessThan(1_000);
    api.first.push({ status: 400, body: { error: { message: "y".repeat(100_000) } } });
    const another = await ask().catch((error: unknown) => error);
    expect((another as Error).message.length).toBeLessThan(1_000);
  });

  it("that gives no dimensions when it is first asked is refused", async () => {
    const other = await serveApi("openai-compatible");
    try {
      other.first.push({ status: 200, body: { data: [{ index: 0, embedding: [] }] } });
      const access = { apiKey: KEY, baseUrl: other.baseUrl, home: "/nowhere", log: createLogger("silent") };
      const opening = createEmbedder({ provider: "openai-compatible", model: "fake-model", ...access });
      await expect(opening).rejects.toMatchObject({ code: "embedding.bad-answer" });
    } finally {
      other.close();
    }
  });
});
