import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../../src/embed/service/api-error.ts";
import { parseEmbeddingRequest } from "../../../src/embed/service/embedding-request.ts";

const LIMITS = { maxInputs: 5, maxCharacters: 1_000 };
const decode = async (ids: readonly number[]) => ids.map((id) => `<${id}>`).join("");
const parse = (body: unknown) => parseEmbeddingRequest(body, LIMITS, decode);
const refusalOf = (body: unknown) =>
  parse(body).then(
    () => null,
    (error: unknown) => error,
  );

const MODEL = "m";

describe("a request for embeddings", () => {
  it("is read or refused with status 400 in OpenAI's shape, whatever it is", async () => {
    const names = fc.constantFrom(
      "input",
      "model",
      "encoding_format",
      "embedding_type",
      "dimensions",
      "user",
      "task",
      "normalized",
      "truncate",
      "late_chunking",
      "other",
    );
    const body = fc.oneof(
      fc.anything({ maxDepth: 3 }),
      fc.dictionary(names, fc.anything({ maxDepth: 2 })),
      fc
        .dictionary(names, fc.oneof(fc.string(), fc.nat(), fc.boolean(), fc.constant(null)))
        .map((rest) => ({ model: MODEL, input: "x", ...rest })),
    );
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        const refusal = await refusalOf(given);
        if (refusal === null) return;
        expect(refusal).toBeInstanceOf(ApiError);
        const response = (refusal as ApiError).toResponse();
        expect(response.status).toBe(400);
        const { error } = JSON.parse(String(response.body)) as { error: Record<string, unknown> };
        expect(error).toMatchObject({ message: expect.any(String), type: "invalid_request_error" });
        expect(Object.keys(error).toSorted()).toEqual(["code", "message", "param", "type"]);
      }),
      { numRuns: 400 },
    );
  });

  it("keeps its texts, in their order, but for half characters", async () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
        expect((await parse({ model: MODEL, input: texts })).texts).toEqual(texts);
        expect((await parse({ model: MODEL, input: texts[0] })).texts).toEqual([texts[0]]);
      }),
    );
    expect((await parse({ model: MODEL, input: "a\uD83Db\uDE00c😀" })).texts).toEqual(["a\uFFFDb\uFFFDc😀"]);
  });

  it("takes ids alone and in lists, mixed with texts", async () => {
    expect((await parse({ model: MODEL, input: [1, 2] })).texts).toEqual(["<1><2>"]);
    expect((await parse({ model: MODEL, input: [[1], "x", [2, 3]] })).texts).toEqual(["<1>", "x", "<2><3>"]);
    for (const input of [[[]], [[-1]], [[1.5]], [1, "x"], [["x"]], [null], [[Number.NaN]]]) {
      expect(await refusalOf({ model: MODEL, input })).toMatchObject({ status: 400, param: "input" });
    }
  });

  it.each([
    ["input", { input: undefined }],
    ["input", { input: null }],
    ["input", { input: [] }],
    ["input", { input: "" }],
    ["input", { input: ["a", ""] }],
    ["input", { input: 7 }],
    ["input", { input: { 0: "a" } }],
    ["input", { input: ["a", "b", "c", "d", "e", "f"] }],
    ["input", { input: "x".repeat(1_001) }],
    ["input", { input: ["x".repeat(500), "y".repeat(501)] }],
    ["model", { model: "" }],
    ["model", { model: null }],
    ["model", { model: ["m"] }],
    ["dimensions", { dimensions: 0 }],
    ["dimensions", { dimensions: -1 }],
    ["dimensions", { dimensions: 1.5 }],
    ["dimensions", { dimensions: "256" }],
    ["encoding_format", { encoding_format: "hex" }],
    ["embedding_type", { embedding_type: ["float"] }],
    ["normalized", { normalized: false }],
    ["normalized", { normalized: "true" }],
    ["truncate", { truncate: 1 }],
    ["late_chunking", { late_chunking: true }],
    ["task", { task: 7 }],
    ["user", { user: 7 }],
    ["prompt", { prompt: "x" }],
  ])("names the field %s in refusing %j", async (param, over) => {
    const refusal = await refusalOf({ model: MODEL, input: "x", ...over });
    expect(refusal).toMatchObject({ status: 400, param });
  });

  it("takes what is at its bounds, and null for what is left out", async () => {
    const texts = ["a", "b", "c", "d", "x".repeat(996)];
    expect((await parse({ model: MODEL, input: texts, dimensions: 1, user: "u", normalized: true })).texts).toEqual(
      texts,
    );
    const nothing = {
      dimensions: null,
      user: null,
      task: null,
      truncate: null,
      normalized: null,
      encoding_format: null,
    };
    expect(await parse({ model: MODEL, input: "x", ...nothing })).toMatchObject({
      base64: false,
      dimensions: null,
      role: "document",
      overflow: null,
    });
  });

  it.each([
    ["query", "query"],
    ["retrieval.query", "query"],
    ["nl2code.query", "query"],
    ["retrieval.passage", "document"],
    ["myquery", "document"],
    ["query.passage", "document"],
    ["", "document"],
  ])("takes the task %j for a %s", async (task, role) => {
    expect((await parse({ model: MODEL, input: "x", task })).role).toBe(role);
  });
});
