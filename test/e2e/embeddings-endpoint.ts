import { setTimeout as sleep } from "node:timers/promises";
import { type HttpServer, listen } from "../../src/http.ts";
import { createLogger } from "../../src/log.ts";

const DIMENSIONS = 16;

/** An OpenAI-compatible endpoint with deterministic vectors, a little slow so that kills meet it at work. */
export async function embeddingsEndpoint(): Promise<HttpServer> {
  return await listen({ host: "127.0.0.1", port: 0, handlers: [embed], log: createLogger("silent") });
}

/** The settings by which the program finds it. */
export function embeddingsEnv({ origin }: HttpServer): NodeJS.ProcessEnv {
  return {
    EMBEDDING_PROVIDER: "openai-compatible",
    EMBEDDING_BASE_URL: `${origin}/v1`,
    EMBEDDING_MODEL: "deterministic",
    EMBEDDING_DIMENSIONS: String(DIMENSIONS),
    EMBEDDING_BATCH_SIZE: "16",
  };
}

async function embed(request: Request): Promise<Response> {
  const { input } = (await request.json()) as { input: string[] };
  await sleep(5);
  const data = input.map((text, index) => ({
    index,
    embedding: Array.from({ length: DIMENSIONS }, (_, k) => Math.sin(text.length + k)),
  }));
  return Response.json({ object: "list", model: "deterministic", data, usage: { prompt_tokens: 1, total_tokens: 1 } });
}
