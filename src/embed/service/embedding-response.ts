import type { EmbeddingRequest } from "./embedding-request.ts";
import type { TextsAnswer } from "./embed-texts.ts";

/** The answer in OpenAI's shape: what was asked for, in the order of the inputs. */
export function embeddingResponse(request: EmbeddingRequest, model: string, answer: TextsAnswer): Response {
  const { tokens, computedTokens, cacheHits, truncated, windowed } = answer;
  const data = answer.vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: request.base64 ? base64Of(vector) : numbersOf(vector),
  }));
  return Response.json(
    { object: "list", model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } },
    {
      headers: {
        "x-model": model,
        "x-compute-tokens": String(computedTokens),
        "x-cache-hits": String(cacheHits),
        "x-truncated-inputs": String(truncated),
        "x-windowed-inputs": String(windowed),
      },
    },
  );
}

/** Little-endian 32-bit floats in base64. */
function base64Of(vector: Float32Array): string {
  if (LITTLE_ENDIAN) return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [axis, value] of vector.entries()) bytes.writeFloatLE(value, axis * 4);
  return bytes.toString("base64");
}

/** Nine digits tell every 32-bit float apart; the seventeen of a double would double the answer's size. */
function numbersOf(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(9)));
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
