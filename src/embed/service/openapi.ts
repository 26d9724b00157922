const string = { type: "string" };
const boolean = { type: "boolean" };
const integer = { type: "integer" };
const array = (items: object) => ({ type: "array", items });
const object = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) => ({
  type: "object",
  properties,
  required,
});

const error = object({ error: object({ message: string, type: string, param: string, code: string }) }, ["error"]);
const answer = (description: string, schema: object = { type: "object" }) => ({
  description,
  content: { "application/json": { schema } },
});
const get = (summary: string, description: string, extra: object = {}) => ({
  get: { summary, responses: { 200: answer(description), ...extra } },
});

const tokenIds = array(integer);
const embeddings = {
  post: {
    summary: "Embed texts",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: object(
            {
              input: {
                oneOf: [string, array(string), tokenIds, array(tokenIds)],
                description: "Texts, or cl100k_base token ids",
              },
              model: string,
              encoding_format: { enum: ["float", "base64"], default: "float" },
              dimensions: { ...integer, description: "Only the model's own number" },
              user: string,
              task: { ...string, description: "A name that ends in `query` marks a search query" },
              normalized: { ...boolean, description: "Vectors are always of unit length" },
              truncate: { ...boolean, description: "Cut over-long texts instead of embedding them in windows" },
              embedding_type: { enum: ["float", "base64"], description: "Jina's name for encoding_format" },
              late_chunking: { ...boolean, description: "Not offered: false only" },
            },
            ["input", "model"],
          ),
        },
      },
    },
    responses: {
      200: answer(
        "Vectors in the order of the inputs; the headers x-truncated-inputs and x-windowed-inputs count long texts",
        object({
          object: string,
          model: string,
          data: array(
            object({ object: string, index: integer, embedding: { oneOf: [array({ type: "number" }), string] } }),
          ),
          usage: object({ prompt_tokens: integer, total_tokens: integer }),
        }),
      ),
      400: answer("The request cannot be served; `param` names the field", error),
      401: answer("The API key is missing or wrong", error),
      404: answer("There is no such model", error),
      413: answer("The body is too large", error),
      415: answer("The body is not application/json", error),
      429: answer("Too much waits already; Retry-After says how long to wait", error),
      503: answer("The model is not on this machine; the message names the command that fetches it", error),
    },
  },
};

const PATHS = {
  "/": get("What this is, and where what it does is found", "Name, version and paths"),
  "/v1/embeddings": embeddings,
  "/embeddings": embeddings,
  "/v1/models": get("List the models on this machine", "A list of models"),
  "/v1/models/{id}": get("Describe a model", "The model", { 404: answer("There is no such model", error) }),
  "/health": get("Whether the service runs", "It runs"),
  "/healthz": get("Whether the service runs", "It runs"),
  "/readyz": get("Whether the default model is loaded", "It is", { 503: answer("It is missing or being loaded") }),
  "/info": get("Models, queue and cache", "What the service is doing"),
  "/metrics": { get: { summary: "Prometheus metrics", responses: { 200: { description: "Text format 0.0.4" } } } },
  "/openapi.json": get("This document", "The document"),
};

/** The paths of the service; a last part `{id}` stands for the rest of a path. */
export type ServicePath = keyof typeof PATHS;

interface OpenApiDocument {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, object>>;
}

/** The service's description in OpenAPI 3.1. */
export function openApiDocument(version = "0.0.0"): OpenApiDocument {
  return {
    openapi: "3.1.0",
    info: {
      title: "codelab-mcp embeddings",
      version,
      description: "OpenAI's embeddings API over models on this machine",
    },
    paths: PATHS,
  };
}
