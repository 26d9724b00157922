import { bearer, openAiVectors } from "./provider.ts";
import type { Provider } from "./provider.ts";

/** OpenAI's own API and whatever imitates it, our own embedding service among them. */
export const openAiCompatible: Provider = {
  name: "openai-compatible",
  defaultBaseUrl: "https://api.openai.com/v1",
  needsKey: false,
  defaultModel: "text-embedding-3-small",
  models: [
    { name: "text-embedding-3-small", dimensions: 1_536, maxTokens: 8_191 },
    { name: "text-embedding-3-large", dimensions: 3_072, maxTokens: 8_191 },
    { name: "text-embedding-ada-002", dimensions: 1_536, maxTokens: 8_191 },
    { name: "jina-code-v2", dimensions: 768, maxTokens: 8_192 },
    { name: "gte-small", dimensions: 384, maxTokens: 512 },
    { name: "all-MiniLM-L6-v2", dimensions: 384, maxTokens: 256 },
  ],
  // OpenAI takes 2,048 texts and 300,000 tokens a request.
  maxTexts: 2_048,
  maxCharacters: 300_000,
  path: () => "/embeddings",
  headers: bearer,
  body: ({ texts, model, dimensions }) => ({ input: texts, model, encoding_format: "base64", dimensions }),
  vectors: openAiVectors,
};
