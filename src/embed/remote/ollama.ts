import { field } from "../../json-fields.ts";
import { bearer, toVector } from "./provider.ts";
import type { Provider } from "./provider.ts";

/** Ollama, on this machine or another. */
export const ollama: Provider = {
  name: "ollama",
  defaultBaseUrl: "http://127.0.0.1:11434",
  needsKey: false,
  defaultModel: "nomic-embed-text",
  models: [
    {
      name: "nomic-embed-text",
      dimensions: 768,
      maxTokens: 2_048,
      queryPrefix: "search_query: ",
      documentPrefix: "search_document: ",
    },
    { name: "mxbai-embed-large", dimensions: 1_024, maxTokens: 512 },
    { name: "all-minilm", dimensions: 384, maxTokens: 256 },
  ],
  // It has no limit of its own, but computes a request's texts one after the other.
  maxTexts: 64,
  maxCharacters: 200_000,
  path: () => "/api/embed",
  headers: bearer,
  body: ({ texts, model, dimensions }) => ({ model, input: texts, truncate: false, dimensions }),
  vectors: (answer) => {
    const embeddings = field(answer, "embeddings");
    if (!Array.isArray(embeddings)) throw new TypeError("the answer has no list of embeddings");
    return embeddings.map(toVector);
  },
};
