import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

export const FAKE_DIMENSIONS = 8;
export const KEY = "key-123";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** How one API answers a well-formed call; throws a ZodError where the call is not what its documentation asks for. */
type Api = (call: Call) => Reply;

/** A vector that only the text decides, not of unit length. */
function vectorOf(text: string): number[] {
  return [...createHash("sha256").update(text).digest().subarray(0, FAKE_DIMENSIONS)].map((byte) => byte / 16 + 0.25);
}

function base64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}

const texts = z.array(z.string()).min(1);
const unauthorised = (body: unknown): Reply => ({ status: 401, body });
const authorised = (headers: IncomingHttpHeaders) => headers.authorization === `Bearer ${KEY}`;
const openAiData = (input: readonly string[], encode: (vector: number[]) => unknown) =>
  // Out of order on purpose: `index` decides.
  input.map((text, index) => ({ object: "embedding", index, embedding: encode(vectorOf(text)) })).toReversed();

export const APIS: Readonly<Record<string, Api>> = {
  "openai-compatible": ({ path, headers, body }) => {
    z.literal("/embeddings").parse(path);
    if (!authorised(headers))
      return unauthorised({ error: { message: "Incorrect API key provided", code: "invalid_api_key" } });
    const { input, model, encoding_format } = z
      .strictObject({ input: texts.max(2_048), model: z.string(), encoding_format: z.enum(["float", "base64"]) })
      .parse(body);
    const data = openAiData(input, encoding_format === "base64" ? base64 : (vector) => vector);
    return { status: 200, body: { object: "list", model, data, usage: { prompt_tokens: 1, total_tokens: 1 } } };
  },
  voyage: ({ path, headers, body }) => {
    z.literal("/embeddings").parse(path);
    if (!authorised(headers)) return unauthorised({ detail: "Provided API key is invalid." });
    const { input, model } = z
      .strictObject({
        input: texts.max(1_000),
        model: z.string(),
        input_type: z.enum(["query", "document"]),
        truncation: z.boolean(),
        encoding_format: z.literal("base64"),
      })
      .parse(body);
    return {
      status: 200,
      body: { object: "list", data: openAiData(input, base64), model, usage: { total_tokens: 1 } },
    };
  },
  gemini: ({ path, headers, body }) => {
    z.literal("/models/fake-model:batchEmbedContents").parse(path);
    if (headers["x-goog-api-key"] !== KEY) {
      return {
        status: 403,
        body: { error: { code: 403, message: "API key not valid.", status: "PERMISSION_DENIED" } },
      };
    }
    const request = z.strictObject({
      model: z.literal("models/fake-model"),
      content: z.strictObject({ parts: z.tuple([z.strictObject({ text: z.string() })]) }),
      taskType: z.enum(["CODE_RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT"]),
    });
    const { requests } = z.strictObject({ requests: z.array(request).min(1).max(100) }).parse(body);
    return {
      status: 200,
      body: { embeddings: requests.map(({ content }) => ({ values: vectorOf(content.parts[0].text) })) },
    };
  },
  jina: ({ path, headers, body }) => {
    z.literal("/embeddings").parse(path);
    if (!authorised(headers)) return unauthorised({ detail: "[AuthenticationError] Invalid API key." });
    const { input, model } = z
      .strictObject({
        input: texts,
        model: z.string(),
        task: z.string(),
        embedding_type: z.literal("base64"),
        normalized: z.boolean(),
        truncate: z.boolean(),
      })
      .parse(body);
    return {
      status: 200,
      body: { model, object: "list", usage: { total_tokens: 1 }, data: openAiData(input, base64) },
    };
  },
  ollama: ({ path, body }) => {
    z.literal("/api/embed").parse(path);
    const { model, input } = z.strictObject({ model: z.string(), input: texts, truncate: z.boolean() }).parse(body);
    return { status: 200, body: { model, embeddings: input.map(vectorOf), total_duration: 1, prompt_eval_count: 1 } };
  },
};

export interface FakeApi {
  readonly baseUrl: string;
  readonly calls: Call[];
  /** Replies given before the API's own; null drops the connection, "hang" never answers. */
  readonly first: (Reply | null | "hang")[];
  close(): void;
}

/** Serves one API on a loopback port, strict about what it is asked. */
export async function serveApi(name: string): Promise<FakeApi> {
  const api = APIS[name];
  if (api === undefined) throw new Error(`no such API: ${name}`);
  const calls: Call[] = [];
  const first: FakeApi["first"] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const call = {
      path: request.url ?? "",
      headers: request.headers,
      body: JSON.parse(Buffer.concat(pieces).toString()),
    };
    calls.push(call);
    const planned = first.shift();
    if (planned === "hang") return;
    if (planned === null) return void request.socket.destroy();
    const { status, body, headers } = planned ?? answer(api, call);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { baseUrl: `http://127.0.0.1:${port}`, calls, first, close };
}

function answer(api: Api, call: Call): Reply {
  try {
    return api(call);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return { status: 400, body: { error: { message: `bad call: ${z.prettifyError(error)}` } } };
  }
}
