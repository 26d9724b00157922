import type { Embedder, EmbedOptions } from "./embedder.ts";
import { field } from "../json-fields.ts";
import { bearer, openAiVectors } from "./remote/provider.ts";
import type { AnnouncedService } from "./service/announcement.ts";

export interface SharedEmbedderOptions {
  /** Name of the model in the catalogue, by which services know it. */
  readonly model: string;
  /** Services on this machine that may have the model loaded. */
  readonly services: () => readonly AnnouncedService[];
  readonly apiKey?: string | undefined;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
/** A service that did not answer so fast is busy or gone. */
const PROBE_MS = 500;
/** Milliseconds for which what was found, or not found, is believed. */
const BELIEVED_MS = 30_000;
/** Longest wait for one answer: a service under load queues rather than refuses. */
const ANSWER_MS = 120_000;

/**
 * A local embedder that lets a running service of the same model do the work, so that the model is in memory once; the
 * vectors are the same, as the fingerprints are. Where there is none, or it fails, the embedder itself works.
 */
export function withSharedService(own: Embedder, options: SharedEmbedderOptions): Embedder {
  let found: { readonly at: number; readonly origin: string | null } | undefined;
  const look = async (): Promise<string | null> => {
    if (found === undefined || performance.now() - found.at > BELIEVED_MS) {
      const origin = await findService(own.fingerprint, options);
      found = { at: performance.now(), origin };
    }
    return found.origin;
  };
  return {
    label: own.label,
    dimensions: own.dimensions,
    maxTokens: own.maxTokens,
    fingerprint: own.fingerprint,
    embed: async (texts, embedding) => {
      // Services refuse what is hardly text, as OpenAI's API does.
      const isSendable = texts.length > 0 && texts.every((text) => !LONE_SURROGATE.test(text) && text.trim() !== "");
      const origin = isSendable ? await look() : null;
      if (origin === null) return await own.embed(texts, embedding);
      const vectors = await askService(origin, texts, embedding, own.dimensions, options);
      if (vectors !== null) return vectors;
      found = { at: performance.now(), origin: null };
      return await own.embed(texts, embedding);
    },
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

/** The first service that has this very model loaded; null for none. */
async function findService(fingerprint: string, { services, apiKey }: SharedEmbedderOptions): Promise<string | null> {
  for (const { pid, origin } of services()) {
    // A service that asked itself would wait for itself.
    if (pid === process.pid) continue;
    const info = await fetch(`${origin}/info`, { headers: bearer(apiKey), signal: AbortSignal.timeout(PROBE_MS) })
      .then(async (response): Promise<unknown> => (response.ok ? await response.json() : null))
      .catch(() => null);
    const models = field(info, "models");
    const isReady = (model: unknown) => field(model, "fingerprint") === fingerprint && field(model, "ready") === true;
    if (Array.isArray(models) && models.some(isReady)) return origin;
  }
  return null;
}

/** The vectors, or null where the service did not give them for whatever reason but the caller's own signal. */
async function askService(
  origin: string,
  texts: readonly string[],
  { role, signal }: EmbedOptions,
  dimensions: number,
  { model, apiKey }: SharedEmbedderOptions,
): Promise<Float32Array[] | null> {
  const patience = AbortSignal.timeout(ANSWER_MS);
  const task = role === "query" ? "retrieval.query" : "retrieval.passage";
  try {
    const response = await fetch(`${origin}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(apiKey) },
      body: JSON.stringify({ input: texts, model, task, encoding_format: "base64", truncate: false }),
      redirect: "error",
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    if (!response.ok) return null;
    const vectors = openAiVectors(await response.json());
    const isWhole = vectors.length === texts.length && vectors.every((vector) => vector.length === dimensions);
    return isWhole ? vectors : null;
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}
