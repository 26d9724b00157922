import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { embeddingResponse } from "../../../src/embed/service/embedding-response.ts";
import type { EmbeddingRequest } from "../../../src/embed/service/embedding-request.ts";

const request = (part: Partial<EmbeddingRequest>): EmbeddingRequest => ({
  model: "tiny",
  texts: [],
  base64: false,
  dimensions: null,
  role: "document",
  overflow: null,
  ...part,
});
const answerOf = (vectors: readonly Float32Array[]) => ({
  vectors,
  tokens: 7,
  computedTokens: 5,
  cacheHits: 1,
  truncated: 0,
  windowed: 2,
});

describe("embeddingResponse", () => {
  it("is JSON in OpenAI's shape, whose numbers are the vectors bit for bit, in either format", () => {
    const vectors = fc.array(fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 20 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(vectors, fc.boolean(), fc.string({ unit: "grapheme", minLength: 1 }), (given, base64, model) => {
        const { body } = embeddingResponse(request({ base64, model }), "tiny", answerOf(given));
        const { object, data, usage, ...rest } = JSON.parse(String(body)) as {
          object: string;
          data: { object: string; index: number; embedding: number[] | string }[];
          usage: object;
        };
        expect({ object, usage, ...rest }).toEqual({
          object: "list",
          usage: { prompt_tokens: 7, total_tokens: 7 },
          model,
        });
        expect(data.map(({ index }) => index)).toEqual(given.map((_, index) => index));
        const floats = data.map(({ embedding }) =>
          typeof embedding === "string"
            ? new Float32Array(new Uint8Array(Buffer.from(embedding, "base64")).buffer)
            : Float32Array.from(embedding),
        );
        // JSON knows no negative zero.
        const plain = (vector: Float32Array) => Array.from(vector, (value) => value + 0);
        expect(floats.map(plain)).toEqual(given.map(plain));
      }),
    );
  });

  it("names the model in its header as the catalogue does, whatever letters it was asked for by", () => {
    // A name is found whatever its case, and the Kelvin sign is a k in lower case; no header may hold one.
    const { headers } = embeddingResponse(request({ model: "CodeRan\u212AEmbed" }), "CodeRankEmbed", answerOf([]));
    expect(headers).toMatchObject({ "x-model": "CodeRankEmbed", "x-compute-tokens": "5", "x-cache-hits": "1" });
    expect(headers).toMatchObject({ "x-truncated-inputs": "0", "x-windowed-inputs": "2" });
  });
});
