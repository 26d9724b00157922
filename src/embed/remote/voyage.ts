import { bearer, openAiVectors } from "./provider.ts";
import type { Provider } from "./provider.ts";

/** Voyage AI. */
export const voyage: Provider = {
  name: "voyage",
  defaultBaseUrl: "https://api.voyageai.com/v1",
  needsKey: true,
  defaultModel: "voyage-code-3",
  models: [
    { name: "voyage-code-3", dimensions: 1_024, maxTokens: 32_000 },
    { name: "voyage-3-large", dimensions: 1_024, maxTokens: 32_000 },
    { name: "voyage-3.5", dimensions: 1_024, maxTokens: 32_000 },
    { name: "voyage-3.5-lite", dimensions: 1_024, maxTokens: 32_000 },
    { name: "voyage-code-2", dimensions: 1_536, maxTokens: 16_000 },
  ],
  // A request holds at most 1,000 texts and, with voyage-code-3, 120,000 tokens.
  maxTexts: 1_000,
  maxCharacters: 120_000,
  path: () => "/embeddings",
  headers: bearer,
  body: ({ texts, model, role, dimensions }) => ({
    input: texts,
    model,
    input_type: role,
    truncation: false,
    encoding_format: "base64",
    output_dimension: dimensions,
  }),
  vectors: openAiVectors,
};
