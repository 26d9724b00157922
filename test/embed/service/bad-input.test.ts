import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { pullModel } from "../../../src/embed/pull-model.ts";
import { createEmbeddingService } from "../../../src/embed/service/embedding-service.ts";
import type { EmbeddingService } from "../../../src/embed/service/embedding-service.ts";
import { listen } from "../../../src/http.ts";
import type { HttpServer } from "../../../src/http.ts";
import { createLogger } from "../../../src/log.ts";
import { lendRuntime, tinyHub, tinySpec } from "../fakes/tiny-model.ts";

const log = createLogger("silent");
const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const dimensions = (value: string) => `{"model":"tiny","input":"a","dimensions":${value}}`;

describe("the embedding service, given what it cannot serve", () => {
  let home: string;
  let service: EmbeddingService;
  let server: HttpServer;

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-bad-"));
    await lendRuntime(home);
    const hub = await tinyHub();
    await pullModel(tinySpec(), { home, env: { HF_ENDPOINT: hub.endpoint } });
    hub.close();
    service = createEmbeddingService({ home, log, models: [tinySpec()], defaultModel: "tiny", workers: 1 });
    server = await listen({
      host: "127.0.0.1",
      port: 0,
      plain: service.handle,
      log,
      maxBodyBytes: 32_000_000,
    });
    await service.warmUp();
  });
  afterAll(async () => {
    await server.close();
    await service[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  const post = (body: unknown, headers: Record<string, string> = { "content-type": "application/json" }) =>
    fetch(`${server.origin}/v1/embeddings`, {
      method: "POST",
      headers,
      body:
        typeof body === "string" || body instanceof Uint8Array
          ? new Uint8Array(Buffer.from(body))
          : JSON.stringify(body),
    });
  const mustBeRefused = async (response: Response, status: number, param: string | null) => {
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(Object.keys(error).toSorted()).toEqual(["code", "message", "param", "type"]);
    expect(error).toMatchObject({ message: expect.any(String), type: "invalid_request_error", param });
    expect(String(error["message"]).length).toBeLessThan(400);
  };

  afterEach(async () => {
    expect((await post({ model: "tiny", input: "still here" })).status).toBe(200);
    const { queue } = (await (await fetch(`${server.origin}/info`)).json()) as { queue: object };
    expect(queue).toMatchObject({ tokens: 0, texts: 0 });
  });

  it.each([
    ["no body", "", 400, null],
    ["JSON that is cut off", '{"input": ', 400, null],
    ["invalid UTF-8", bytes('{"model":"tiny","input":"', [0xff, 0xfe], '"}'), 400, null],
    ["UTF-8 of half a character", bytes('{"model":"tiny","input":"', [0xed, 0xa0, 0x80], '"}'), 400, null],
    ["a list", [], 400, null],
    ["null", "null", 400, null],
    ["deep JSON", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400, null],
    ["a deep input", `{"model":"tiny","input":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 400, "input"],
    ["a nested input", { model: "tiny", input: [["a"]] }, 400, "input"],
    ["no model", { input: "a" }, 400, "model"],
    ["a model that is no name", { model: 7, input: "a" }, 400, "model"],
    ["an unknown model", { model: "gpt", input: "a" }, 404, "model"],
    ["a model named like a field of objects", { model: "__proto__", input: "a" }, 404, "model"],
    ["no input", { model: "tiny" }, 400, "input"],
    ["null for input", { model: "tiny", input: null }, 400, "input"],
    ["an empty list", { model: "tiny", input: [] }, 400, "input"],
    ["an empty text", { model: "tiny", input: "" }, 400, "input"],
    ["an empty text among others", { model: "tiny", input: ["a", ""] }, 400, "input"],
    ["a number", { model: "tiny", input: 7 }, 400, "input"],
    ["an object", { model: "tiny", input: { text: "a" } }, 400, "input"],
    ["mixed inputs", { model: "tiny", input: ["a", 7] }, 400, "input"],
    ["negative token ids", { model: "tiny", input: [[-1]] }, 400, "input"],
    ["token ids that are no whole numbers", { model: "tiny", input: [[1.5]] }, 400, "input"],
    ["100,000 inputs", { model: "tiny", input: Array.from({ length: 100_000 }, () => "a") }, 400, "input"],
    ["10 MB in one text", { model: "tiny", input: "a".repeat(10_000_000) }, 400, "input"],
    ["10 MB in one of several texts", { model: "tiny", input: ["a", "b ".repeat(5_000_000)] }, 400, "input"],
    ["an unknown format", { model: "tiny", input: "a", encoding_format: "int4" }, 400, "encoding_format"],
    ["NaN for dimensions", dimensions("NaN"), 400, null],
    ["NaN in quotes for dimensions", dimensions('"NaN"'), 400, "dimensions"],
    ["endless dimensions", dimensions("1e999"), 400, "dimensions"],
    ["negative dimensions", dimensions("-1"), 400, "dimensions"],
    ["no dimensions at all", dimensions("0"), 400, "dimensions"],
    ["half a dimension", dimensions("1.5"), 400, "dimensions"],
    ["dimensions the model does not have", dimensions("16"), 400, "dimensions"],
    ["a user that is no name", { model: "tiny", input: "a", user: {} }, 400, "user"],
    ["an unknown field", { model: "tiny", input: "a", colour: "red" }, 400, "colour"],
    ["late chunking", { model: "tiny", input: "a", late_chunking: true }, 400, "late_chunking"],
    ["vectors not normalised", { model: "tiny", input: "a", normalized: false }, 400, "normalized"],
    ["a truncate that is neither true nor false", { model: "tiny", input: "a", truncate: "yes" }, 400, "truncate"],
    ["a task that is no name", { model: "tiny", input: "a", task: 1 }, 400, "task"],
  ])("refuses %s in OpenAI's shape, and goes on", async (_, body, status, param) => {
    await mustBeRefused(await post(body), status, param);
  });

  it.each([
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["plain text, which any page may send", { "content-type": "text/plain" }],
    ["no stated type", { "content-type": "" }],
    ["JSON that is compressed", { "content-type": "application/json", "content-encoding": "gzip" }],
  ])("wants JSON rather than %s", async (_, headers) => {
    await mustBeRefused(await post({ model: "tiny", input: "a" }, headers), 415, null);
  });

  it("takes every method but the right one for a mistake, and knows its paths", async () => {
    const wrong = await fetch(`${server.origin}/v1/embeddings`);
    expect(wrong.headers.get("allow")).toBe("POST");
    await mustBeRefused(wrong, 405, null);
    const nowhere = await fetch(`${server.origin}/v1/chat/completions?key=secret`);
    expect(await nowhere.clone().text()).toContain("there is nothing at /v1/chat/completions");
    expect(await nowhere.clone().text()).not.toContain("secret");
    await mustBeRefused(nowhere, 404, null);
    await mustBeRefused(await fetch(`${server.origin}/v1/models/%E0%A4%A`), 404, null);
  });

  it("refuses bodies beyond 32 MB", async () => {
    await mustBeRefused(await post("a".repeat(33_000_000)), 413, null);
  });

  it("serves neither other hosts nor pages of other sites", async () => {
    const origin = { "content-type": "application/json", origin: "https://elsewhere.example" };
    await mustBeRefused(await post({ model: "tiny", input: "a" }, origin), 403, null);
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET /v1/models HTTP/1.1\r\nhost: elsewhere.example\r\nconnection: close\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("says in OpenAI's shape that a request names no host", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: { code: "permission.foreign-host" } });
  });

  it("embeds lone surrogates as the character for what is no character", async () => {
    const vectors = async (body: string) => {
      const response = await post(body);
      expect(response.status).toBe(200);
      const { data } = (await response.json()) as { data: { embedding: number[] }[] };
      return data.map(({ embedding }) => embedding);
    };
    const [high, low, replaced] = await vectors(
      String.raw`{"model":"tiny","input":["a \ud800 b","a \udc00 b","a \ufffd b"]}`,
    );
    expect(high).toEqual(replaced);
    expect(low).toEqual(replaced);
  });
});
