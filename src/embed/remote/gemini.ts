import { field } from "../../json-fields.ts";
import { toVector } from "./provider.ts";
import type { Provider } from "./provider.ts";

/** Google's Gemini API. */
export const gemini: Provider = {
  name: "gemini",
  defaultBaseUrl: "https://generativelanguage.googleapis.com/v1beta",
  needsKey: true,
  defaultModel: "gemini-embedding-001",
  models: [{ name: "gemini-embedding-001", dimensions: 3_072, maxTokens: 2_048 }],
  maxTexts: 100,
  maxCharacters: 60_000,
  path: ({ model }) => `/models/${encodeURIComponent(model)}:batchEmbedContents`,
  // In a header, not in the URL, where proxies would log it.
  headers: (apiKey) => (apiKey === undefined ? {} : { "x-goog-api-key": apiKey }),
  body: ({ texts, model, role, dimensions }) => ({
    requests: texts.map((text) => ({
      model: `models/${model}`,
      content: { parts: [{ text }] },
      taskType: role === "query" ? "CODE_RETRIEVAL_QUERY" : "RETRIEVAL_DOCUMENT",
      outputDimensionality: dimensions,
    })),
  }),
  vectors: (answer) => {
    const embeddings = field(answer, "embeddings");
    if (!Array.isArray(embeddings)) throw new TypeError("the answer has no list of embeddings");
    return embeddings.map((embedding) => toVector(field(embedding, "values")));
  },
};
