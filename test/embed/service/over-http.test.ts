import { mkdtemp, rm } from "node:fs/promises";
import { request as rawRequest } from "node:http";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEmbedder } from "../../../src/embed/create-embedder.ts";
import { pullModel } from "../../../src/embed/pull-model.ts";
import { createEmbeddingService } from "../../../src/embed/service/embedding-service.ts";
import type { EmbeddingService } from "../../../src/embed/service/embedding-service.ts";
import { listen } from "../../../src/http.ts";
import type { HttpServer } from "../../../src/http.ts";
import { createLogger } from "../../../src/log.ts";
import { embedderContract } from "../../contract/embedder.ts";
import { lendRuntime, TINY_DIMENSIONS, tinyHub, tinySpec } from "../fakes/tiny-model.ts";

const log = createLogger("silent");

/** Kills a worker, which may just have ended. */
function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

describe("the embedding service over HTTP", () => {
  let home: string;
  let service: EmbeddingService;
  let server: HttpServer;

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-http-"));
    await lendRuntime(home);
    const hub = await tinyHub();
    await pullModel(tinySpec(), { home, env: { HF_ENDPOINT: hub.endpoint } });
    hub.close();
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  beforeEach(async () => {
    service = createEmbeddingService({ home, log, models: [tinySpec()], defaultModel: "tiny", workers: 2 });
    server = await listen({ host: "127.0.0.1", port: 0, plain: service.handle, log, maxBodyBytes: 2_000_000 });
  });
  afterEach(async () => {
    await server.close();
    await service[Symbol.asyncDispose]();
  });

  /** As Roo's client sends it. */
  const post = (input: unknown, to = "/v1/embeddings") =>
    fetch(server.origin + to, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer any", "user-agent": "OpenAI/JS 5.12.2" },
      body: JSON.stringify({ input, model: "tiny", encoding_format: "base64" }),
    });
  const lengths = async (response: Response) => {
    const { data } = (await response.json()) as { data: { embedding: string }[] };
    return data.map(({ embedding }) => Buffer.from(embedding, "base64").length);
  };
  const texts = (count: number, tag: string) =>
    Array.from({ length: count }, (_, index) => `${tag} ${index} ${"return a ; ".repeat(8)}`);
  const pids = async () => {
    const { models } = (await (await fetch(`${server.origin}/info`)).json()) as { models: { pids?: number[] }[] };
    return models.flatMap((model) => model.pids ?? []);
  };

  it("answers an editor's first indexing, and a whole file in one request, at both paths", async () => {
    const batches = await Promise.all(Array.from({ length: 10 }, (_, batch) => post(texts(60, `batch ${batch}`))));
    for (const response of batches) {
      expect(response.status).toBe(200);
      expect(await lengths(response)).toEqual(Array.from({ length: 60 }, () => TINY_DIMENSIONS * 4));
    }
    const file = Array.from({ length: 400 }, (_, index) => `${index} `.padEnd(1_000, "x "));
    const whole = await post(file, "/embeddings");
    expect(await lengths(whole)).toHaveLength(400);
  });

  it("fails no request when its workers are killed under load", async () => {
    await post(["warm"]);
    const asked = Promise.all(Array.from({ length: 12 }, (_, batch) => post(texts(40, `killed ${batch}`))));
    for (let round = 0; round < 2; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      const [victim] = await pids();
      kill(victim);
    }
    for (const response of await asked) expect(response.status).toBe(200);
  });

  it("finishes what it has begun when it is stopped", async () => {
    const asked = Array.from({ length: 4 }, (_, batch) => post(texts(60, `stopped ${batch}`)));
    await expect.poll(async () => (await pids()).length).toBeGreaterThan(0);
    await server.close(20_000);
    for (const response of await Promise.all(asked)) expect(response.status).toBe(200);
  });

  it("refuses bodies without end, other hosts and other sites, and goes on", async () => {
    expect((await post("a".repeat(3_000_000))).status).toBe(413);
    const foreign = await fetch(`${server.origin}/info`, { headers: { origin: "https://elsewhere.example" } });
    expect(foreign.status).toBe(403);
    expect(await foreign.json()).toMatchObject({ error: { type: "invalid_request_error", param: null } });
    const rebound = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: "elsewhere.example" };
      rawRequest(`${server.origin}/info`, { headers }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    expect(rebound).toBe(403);
    expect((await post(["still here"])).status).toBe(200);
  });
});

describe("our own client of the service", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-http-"));
    await lendRuntime(home);
    const hub = await tinyHub();
    await pullModel(tinySpec(), { home, env: { HF_ENDPOINT: hub.endpoint } });
    hub.close();
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  embedderContract("through the service", async () => {
    const service = createEmbeddingService({ home, log, models: [tinySpec()], defaultModel: "tiny", workers: 1 });
    const server = await listen({ host: "127.0.0.1", port: 0, plain: service.handle, log });
    const embedder = await createEmbedder({
      provider: "openai-compatible",
      model: "tiny",
      baseUrl: `${server.origin}/v1`,
      home,
      log,
    });
    const dispose = async () => {
      await server.close(0);
      await service[Symbol.asyncDispose]();
    };
    return { ...embedder, [Symbol.asyncDispose]: dispose };
  });
});
