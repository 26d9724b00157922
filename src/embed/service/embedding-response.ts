import type { PlainResponse } from "../../http-plain.ts";
import type { EmbeddingRequest } from "./embedding-request.ts";
import type { TextsAnswer } from "./embed-texts.ts";

/**
 * The answer in OpenAI's shape: what was asked for, in the order of the inputs, by the name under which it was asked for. Written by hand, as there is nothing to
 * escape in base64 and numbers, of which there may be megabytes.
 */
export function embeddingResponse(request: EmbeddingRequest, model: string, answer: TextsAnswer): PlainResponse {
  const { tokens, computedTokens, cacheHits, truncated, windowed } = answer;
  const parts = [`{"object":"list","model":${JSON.stringify(request.model)},"data":[`];
  for (const [index, vector] of answer.vectors.entries()) {
    const [open, content, close] = request.base64 ? ['"', base64Of(vector), '"}'] : ["[", numbersOf(vector), "]}"];
    parts.push(`${index === 0 ? "" : ","}{"object":"embedding","index":${index},"embedding":${open}`, content, close);
  }
  parts.push(`],"usage":{"prompt_tokens":${tokens},"total_tokens":${tokens}}}`);
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      "x-model": model,
      "x-compute-tokens": String(computedTokens),
      "x-cache-hits": String(cacheHits),
      "x-truncated-inputs": String(truncated),
      "x-windowed-inputs": String(windowed),
    },
    body: bytesOf(parts),
  };
}

/** Bytes up to which an answer goes out in one string with its head, which is one write of one piece. */
const SHORT = 16_000;

/** The parts in one piece; long ones outside the heap: as a string they would be copied on it, and again to be sent. */
function bytesOf(parts: readonly string[]): string | Buffer {
  let length = 0;
  for (const part of parts) length += Buffer.byteLength(part);
  if (length <= SHORT) return parts.join("");
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) at += bytes.write(part, at);
  return bytes;
}

/** Little-endian 32-bit floats in base64. */
function base64Of(vector: Float32Array): string {
  if (LITTLE_ENDIAN) return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [axis, value] of vector.entries()) bytes.writeFloatLE(value, axis * 4);
  return bytes.toString("base64");
}

/** Nine digits tell every 32-bit float apart; the seventeen of a double would double the answer's size. */
function numbersOf(vector: Float32Array): string {
  return Array.from(vector, (value) => Number(value.toPrecision(9))).join(",");
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
