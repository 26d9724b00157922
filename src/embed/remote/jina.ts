import type { EmbedRole } from "../embedder.ts";
import { bearer, openAiVectors } from "./provider.ts";
import type { Provider } from "./provider.ts";

/** Jina AI. */
export const jina: Provider = {
  name: "jina",
  defaultBaseUrl: "https://api.jina.ai/v1",
  needsKey: true,
  defaultModel: "jina-embeddings-v2-base-code",
  models: [
    { name: "jina-embeddings-v2-base-code", dimensions: 768, maxTokens: 8_192 },
    { name: "jina-embeddings-v3", dimensions: 1_024, maxTokens: 8_192 },
    { name: "jina-code-embeddings-0.5b", dimensions: 896, maxTokens: 32_768 },
    { name: "jina-code-embeddings-1.5b", dimensions: 1_536, maxTokens: 32_768 },
  ],
  maxTexts: 512,
  maxCharacters: 200_000,
  path: () => "/embeddings",
  headers: bearer,
  body: ({ texts, model, role, dimensions }) => ({
    input: texts,
    model,
    task: taskOf(model, role),
    embedding_type: "base64",
    normalized: true,
    truncate: false,
    dimensions,
  }),
  vectors: openAiVectors,
};

/** What the text is for, in the words of the model's generation; the second has no such words. */
function taskOf(model: string, role: EmbedRole): string | undefined {
  const side = role === "query" ? "query" : "passage";
  if (model.startsWith("jina-code-embeddings")) return `nl2code.${side}`;
  return model.startsWith("jina-embeddings-v2") ? undefined : `retrieval.${side}`;
}
