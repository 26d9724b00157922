import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosine } from "../../../src/embed/onnx/vectors.ts";
import { pullModel } from "../../../src/embed/pull-model.ts";
import { createEmbeddingService } from "../../../src/embed/service/embedding-service.ts";
import type { EmbeddingService, EmbeddingServiceOptions } from "../../../src/embed/service/embedding-service.ts";
import type { openApiDocument } from "../../../src/embed/service/openapi.ts";
import { openVectorCache } from "../../../src/embed/vector-cache.ts";
import { createLogger } from "../../../src/log.ts";
import { lendRuntime, TINY_DIMENSIONS, tinyHub, tinySpec } from "../fakes/tiny-model.ts";
import { ask as askService } from "../fakes/web-client.ts";

const log = createLogger("silent");
const ORIGIN = "http://127.0.0.1:4000";

interface Answer {
  object: string;
  model: string;
  data: { object: string; index: number; embedding: number[] | string }[];
  usage: { prompt_tokens: number; total_tokens: number };
}

describe("the embedding service", () => {
  let home: string;
  let service: EmbeddingService;
  const present = tinySpec({ aliases: ["small/tiny"], queryPrefix: "return " });
  const missing = tinySpec({ name: "jina-like", aliases: ["jina"], dimensions: 768 });
  const options = (): EmbeddingServiceOptions => ({
    home,
    log,
    models: [present, missing],
    defaultModel: "tiny",
    workers: 1,
    version: "1.2.3",
    decodeTokens: async (ids) => ids.map((id) => String.fromCodePoint(96 + id)).join(" "),
  });

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-service-"));
    await lendRuntime(home);
    const hub = await tinyHub();
    await pullModel(present, { home, env: { HF_ENDPOINT: hub.endpoint } });
    hub.close();
    service = createEmbeddingService(options());
    await service.warmUp();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  const post = async (body: unknown, init: RequestInit & { to?: EmbeddingService; path?: string } = {}) => {
    const { to = service, path: where = "/v1/embeddings", ...rest } = init;
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    const headers = { "content-type": "application/json" };
    const response = await askService(to.handle, ORIGIN + where, { method: "POST", headers, body: text, ...rest });
    if (response === null) throw new Error("the service knows no such path");
    return response;
  };
  const embed = async (body: object) => {
    const response = await post({ model: "tiny", ...body });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  };
  const get = async (where: string, to = service) => (await askService(to.handle, ORIGIN + where)) ?? Response.error();
  const floatsOf = ({ embedding }: { embedding: number[] | string }) =>
    typeof embedding === "string"
      ? new Float32Array(new Uint8Array(Buffer.from(embedding, "base64")).buffer)
      : Float32Array.from(embedding);

  it("answers in OpenAI's shape", async () => {
    const answer = await embed({ input: ["function a ( b )", "return c ;"], user: "me" });
    expect(answer).toMatchObject({ object: "list", model: "tiny", usage: { prompt_tokens: 12, total_tokens: 12 } });
    expect(answer.data.map(({ object, index }) => [object, index])).toEqual([
      ["embedding", 0],
      ["embedding", 1],
    ]);
    for (const item of answer.data) expect(floatsOf(item)).toHaveLength(TINY_DIMENSIONS);
  });

  it("gives the same vector as floats and as base64, alone and in company, under its alias and at both paths", async () => {
    const [floats] = (await embed({ input: "return a ;", encoding_format: "float" })).data;
    const company = (await embed({ input: ["x", "return a ;", "return a ;"], encoding_format: "base64" })).data;
    const aliased = await post({ model: "small/tiny", input: ["return a ;"] }, { path: "/embeddings" });
    const [again] = ((await aliased.json()) as Answer).data;
    if (!floats || !company[1] || !company[2] || !again) throw new Error("vectors are missing");
    expect(floatsOf(company[1])).toEqual(floatsOf(floats));
    expect(floatsOf(company[2])).toEqual(floatsOf(floats));
    expect(floatsOf(again)).toEqual(floatsOf(floats));
  });

  it("takes token ids for what OpenAI's clients mean by them", async () => {
    const [ids] = (await embed({ input: [1, 2, 3] })).data;
    const [list] = (await embed({ input: [[1, 2, 3], [4]] })).data;
    const [text] = (await embed({ input: "a b c" })).data;
    expect(ids).toEqual(text);
    expect(list).toEqual(text);
  });

  it("treats a query task as a query and other tasks as texts", async () => {
    const [query] = (await embed({ input: "a", task: "retrieval.query" })).data;
    const [passage] = (await embed({ input: "return a", task: "retrieval.passage" })).data;
    expect(query).toEqual(passage);
  });

  it("cuts a long text only where asked, and says so", async () => {
    const input = "return ".repeat(50);
    const cut = await post({ model: "tiny", input, truncate: true });
    expect(cut.headers.get("x-truncated-inputs")).toBe("1");
    expect(((await cut.json()) as Answer).usage.total_tokens).toBe(16);
    const whole = await post({ model: "tiny", input: [input, "return"] });
    expect(whole.headers.get("x-truncated-inputs")).toBe("0");
    expect(whole.headers.get("x-windowed-inputs")).toBe("1");
    expect(((await whole.json()) as Answer).usage.total_tokens).toBe(58 + 3);
    const strict = createEmbeddingService({ ...options(), overflow: "refuse" });
    const refused = await post({ model: "tiny", input }, { to: strict });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: "context_length_exceeded", param: "input" } });
    await strict[Symbol.asyncDispose]();
  });

  it("never answers for a model that is missing, and names the command that fetches it", async () => {
    const response = await post({ model: "jina", input: "a" });
    expect(response.status).toBe(503);
    const { error } = (await response.json()) as { error: { message: string; code: string } };
    expect(error.code).toBe("model_not_available");
    expect(error.message).toContain("codelab-mcp models pull jina-like");
    expect(error.message).toContain(`tiny (${TINY_DIMENSIONS} dimensions)`);
  });

  it("says of a text from the cache what it said of it computed", async () => {
    const cache = await openVectorCache({ file: path.join(home, "honest.db"), limitBytes: 1e8, log });
    const caching = createEmbeddingService({ ...options(), cache });
    const ask = async (truncate: boolean) => {
      const body = { model: "tiny", input: ["return ".repeat(50), "return"], truncate };
      const response = await post(body, { to: caching });
      const told = ["x-cache-hits", "x-truncated-inputs", "x-windowed-inputs"].map((name) =>
        response.headers.get(name),
      );
      return [...told, ((await response.json()) as Answer).usage.total_tokens];
    };
    expect(await ask(true)).toEqual(["0", "1", "0", 16 + 3]);
    expect(await ask(true)).toEqual(["2", "1", "0", 16 + 3]);
    expect(await ask(false)).toEqual(["0", "0", "1", 58 + 3]);
    expect(await ask(false)).toEqual(["2", "0", "1", 58 + 3]);
    await caching[Symbol.asyncDispose]();
    cache[Symbol.dispose]();
  });

  it("says where it cannot compute on the device that is wanted, rather than compute elsewhere", async () => {
    const elsewhere = createEmbeddingService({ ...options(), device: "coreml" });
    const response = await post({ model: "tiny", input: "a" }, { to: elsewhere });
    expect(response.status).toBe(process.platform === "darwin" ? 200 : 503);
    if (process.platform !== "darwin") {
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error.message).toMatch(/cannot compute on "coreml".*DEVICE_TYPE.*cpu/);
    }
    await elsewhere[Symbol.asyncDispose]();
  });

  it("lists the models that are here, and describes those that are not", async () => {
    const { data } = (await (await get("/v1/models")).json()) as { data: { id: string; dimensions: number }[] };
    expect(data.map(({ id }) => id)).toEqual(["tiny", "small/tiny"]);
    expect(await (await get("/v1/models/small%2Ftiny")).json()).toMatchObject({ id: "small/tiny", available: true });
    expect(await (await get("/v1/models/jina-like")).json()).toMatchObject({ available: false, dimensions: 768 });
    expect((await get("/v1/models/gpt")).status).toBe(404);
  });

  it("tells health, readiness, and what it is doing", async () => {
    expect((await get("/health")).status).toBe(200);
    expect(await (await get("/readyz")).json()).toEqual({ status: "ready", model: "tiny" });
    expect(await (await get("/info")).json()).toMatchObject({ version: "1.2.3", queue: { tokens: 0, texts: 0 } });
    await post({ model: "tiny" });
    const metrics = await (await get("/metrics")).text();
    expect(metrics).toMatch(/^te_request_count\{model="tiny"\} \d+$/m);
    expect(metrics).toMatch(/^te_request_failure\{status="400"\} \d+$/m);
    const cold = createEmbeddingService({ ...options(), defaultModel: "jina" });
    expect((await get("/readyz", cold)).status).toBe(503);
    await expect(cold.warmUp()).rejects.toMatchObject({ code: "embedding.model-missing" });
    await cold[Symbol.asyncDispose]();
  });

  it("is described by its OpenAPI document, path by path", async () => {
    const document = (await (await get("/openapi.json")).json()) as ReturnType<typeof openApiDocument>;
    expect(document.openapi).toBe("3.1.0");
    for (const [where, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        const url = ORIGIN + where.replace("{id}", "tiny");
        const response = await askService(service.handle, url, { method: method.toUpperCase() });
        expect([where, response === null, response?.status === 405]).toEqual([where, false, false]);
      }
    }
  });

  it("describes every field that a request may have", async () => {
    const document = JSON.parse(JSON.stringify(await (await get("/openapi.json")).json())) as {
      paths: Record<
        "/v1/embeddings",
        { post: { requestBody: { content: Record<string, { schema: { properties: object } }> } } }
      >;
    };
    const { properties } = document.paths["/v1/embeddings"].post.requestBody.content["application/json"]?.schema ?? {
      properties: {},
    };
    const refused = await post({ model: "tiny", input: "a", colour: "red" });
    const { error } = (await refused.json()) as { error: { message: string } };
    const known = /known are (.*)$/.exec(error.message)?.[1]?.split(", ");
    expect(Object.keys(properties).toSorted()).toEqual(known?.toSorted());
  });

  it("wants its key where it has one, in either header, except for health", async () => {
    const locked = createEmbeddingService({ ...options(), apiKey: "secret" });
    const ask = async (headers: Record<string, string>) =>
      (await askService(locked.handle, `${ORIGIN}/v1/models`, { headers }))?.status;
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: "Bearer wrong" })).toBe(401);
    expect(await ask({ authorization: "Bearer secret" })).toBe(200);
    expect(await ask({ "api-key": "secret" })).toBe(200);
    expect((await get("/healthz", locked)).status).toBe(200);
    await locked[Symbol.asyncDispose]();
  });

  it("computes what many ask for at once only once, and asks the cache first", async () => {
    const cache = await openVectorCache({ file: path.join(home, "cache.db"), limitBytes: 1e8, log });
    const caching = createEmbeddingService({ ...options(), cache });
    const ask = () =>
      post({ model: "tiny", input: ["shared", "text", "shared"], encoding_format: "base64" }, { to: caching });
    const together = await Promise.all([ask(), ask(), ask()]);
    const bodies = await Promise.all(together.map((response) => response.text()));
    expect(new Set(bodies).size).toBe(1);
    const later = await ask();
    expect(later.headers.get("x-cache-hits")).toBe("2");
    expect(later.headers.get("x-compute-tokens")).toBe("0");
    expect(await later.text()).toBe(bodies[0]);
    await caching[Symbol.asyncDispose]();
    cache[Symbol.dispose]();
  });

  it("drops the work of clients that left, and only theirs", async () => {
    const leaving = new AbortController();
    const many = Array.from({ length: 1_500 }, (_, index) => `left ${index} ${"return a ; ".repeat(3)}`);
    const left = post({ model: "tiny", input: many }, { signal: leaving.signal });
    const staying = post({ model: "tiny", input: [many[700], "only mine", "and mine"] });
    setTimeout(() => leaving.abort(), 20);
    expect((await left).status).toBe(499);
    expect((await staying).status).toBe(200);
    expect(await (await get("/info")).json()).toMatchObject({ queue: { tokens: 0, texts: 0 } });
  });

  it("says when a model's file is corrupt, and serves it again once it is whole", async () => {
    const own = tinySpec({ name: "rotting" });
    const hub = await tinyHub();
    const { graph } = await pullModel(own, { home, env: { HF_ENDPOINT: hub.endpoint } });
    hub.close();
    const whole = await readFile(graph);
    await writeFile(graph, "rot");
    const rotting = createEmbeddingService({ ...options(), models: [own], defaultModel: "rotting" });
    expect((await post({ model: "rotting", input: "a" }, { to: rotting })).status).toBe(503);
    await writeFile(graph, whole);
    expect((await post({ model: "rotting", input: "a" }, { to: rotting })).status).toBe(200);
    await rotting[Symbol.asyncDispose]();
  });

  it("keeps related texts nearer than others", async () => {
    const { data } = await embed({ input: ["return a ;", "return a ; .", "9 9 9 9 9"] });
    const [one, near, far] = data.map(floatsOf);
    if (!one || !near || !far) throw new Error("vectors are missing");
    expect(cosine(one, near)).toBeGreaterThan(cosine(one, far));
  });
});
