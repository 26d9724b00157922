import type { Logger } from "../log.ts";
import { DEFAULT_MODEL, modelNamed, modelsFor } from "./catalogue.ts";
import type { Embedder } from "./embedder.ts";
import type { Provider } from "./remote/provider.ts";

/** What decides which embedder is made; the fields mean what the settings of the same names mean. */
export interface EmbedderSettings {
  readonly provider: "local" | "openai-compatible" | "voyage" | "gemini" | "jina" | "ollama";
  readonly model?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly dimensions?: number | undefined;
  /** Most texts in one request to a remote provider. */
  readonly batchSize?: number;
  /** Most requests to a remote provider at once. */
  readonly concurrency?: number;
  readonly home: string;
  readonly device?: string;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  readonly log: Logger;
}

/**
 * Makes the embedder that the settings ask for; its provider's code is loaded only now. A local one starts its workers
 * with the first text, so that making it costs milliseconds.
 * @throws UserError `embedding.unknown-model`, `embedding.model-missing` or `embedding.bad-settings`; a remote one whose dimensions must be
 *   asked for throws what asking throws.
 */
export async function createEmbedder(settings: EmbedderSettings): Promise<Embedder> {
  if (settings.provider === "local") {
    const spec = modelNamed(settings.model ?? DEFAULT_MODEL, modelsFor(settings.device ?? "auto"));
    const { createOnnxEmbedder } = await import("./onnx-embedder.ts");
    return createOnnxEmbedder(spec, settings);
  }
  const { createRemoteEmbedder } = await import("./remote/remote-embedder.ts");
  return createRemoteEmbedder(await PROVIDERS[settings.provider](), settings);
}

const PROVIDERS: Readonly<Record<Exclude<EmbedderSettings["provider"], "local">, () => Promise<Provider>>> = {
  "openai-compatible": async () => (await import("./remote/openai-compatible.ts")).openAiCompatible,
  voyage: async () => (await import("./remote/voyage.ts")).voyage,
  gemini: async () => (await import("./remote/gemini.ts")).gemini,
  jina: async () => (await import("./remote/jina.ts")).jina,
  ollama: async () => (await import("./remote/ollama.ts")).ollama,
};
