import { UserError } from "../../errors.ts";
import { allOrCancelled } from "../all-or-cancelled.ts";
import type { Embedder, EmbedOptions, EmbedRole } from "../embedder.ts";
import { meanOfWindows, normalise } from "../onnx/vectors.ts";
import { askProvider } from "./ask-provider.ts";
import type { ProviderAccess } from "./ask-provider.ts";
import { batchesOf, piecesOf } from "./batches.ts";
import type { Piece } from "./batches.ts";
import { createGate } from "./gate.ts";
import type { Provider, RemoteModel } from "./provider.ts";
import type { RetryOptions } from "../../retry.ts";

export interface RemoteSettings {
  readonly model?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly dimensions?: number | undefined;
  /** Most texts in one request. */
  readonly batchSize?: number;
  /** Most requests at once; queries do not count. */
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryOptions>;
}

const RETRY = { attempts: 5, firstDelayMs: 500, longestDelayMs: 60_000 };
const TIMEOUT_MS = 60_000;
/** Characters that are never more than a token each in prose and code; the worst texts have about two. */
const CHARACTERS_PER_TOKEN = 2;
const UNKNOWN_MODEL_TOKENS = 512;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Embeds through a remote API. Where neither the settings nor the table know the model's dimensions, the server is asked
 * once, with one short text.
 * @throws UserError `embedding.bad-settings` when the key is not given.
 */
export async function createRemoteEmbedder(provider: Provider, settings: RemoteSettings): Promise<Embedder> {
  const model = modelOf(provider, settings);
  const access = accessTo(provider, settings);
  const concurrency = settings.concurrency ?? 4;
  const gate = createGate(concurrency);
  const maxTexts = Math.min(settings.batchSize ?? provider.maxTexts, provider.maxTexts);
  const ask = (texts: readonly string[], role: EmbedRole, signal: AbortSignal | undefined) =>
    askProvider(access, { texts, role, model: model.name, dimensions: settings.dimensions }, signal);
  const dimensions =
    settings.dimensions ?? model.dimensions ?? (await ask(["test"], "document", undefined))[0]?.length ?? 0;

  const embedBatch = async (batch: readonly Piece[], { role, signal }: EmbedOptions) => {
    // Most APIs refuse an empty text, and half a character, of which a lone surrogate is one.
    const texts = batch.map(
      ({ content }) => prefixOf(model, role) + (content === "" ? " " : content.replaceAll(LONE_SURROGATE, "\uFFFD")),
    );
    const run = () => ask(texts, role, signal);
    // A query is one text, and somebody waits for it.
    const vectors = role === "query" ? await run() : await gate(run, signal);
    const wrong = vectors.find((vector) => vector.length !== dimensions);
    if (wrong === undefined) return vectors.map(normalise);
    throw new UserError("embedding.bad-answer", `${model.name} gave ${wrong.length} dimensions, not ${dimensions}`, {
      hint: "Set EMBEDDING_DIMENSIONS to what the model gives.",
    });
  };

  return {
    label: `${model.name} (${provider.name})`,
    dimensions,
    maxTokens: model.maxTokens,
    textsAtOnce: maxTexts * concurrency,
    fingerprint: [provider.name, model.name, dimensions, model.queryPrefix ?? "", model.documentPrefix ?? ""].join("/"),
    embed: async (texts, options) => {
      options.signal?.throwIfAborted();
      const distinct = [...new Set(texts)];
      const pieces = piecesOf(distinct, model.maxTokens * CHARACTERS_PER_TOKEN);
      const batches = batchesOf(pieces, maxTexts, provider.maxCharacters);
      const asked = await allOrCancelled(batches, options.signal, (batch, signal) =>
        embedBatch(batch, { role: options.role, signal }),
      );
      const vectors = asked.flat();
      const windows = new Map<string, { vector: Float32Array; tokens: number }[]>();
      for (const [index, { text, content }] of pieces.entries()) {
        const whole = distinct[text] ?? "";
        const vector = vectors[index] ?? new Float32Array(dimensions);
        windows.set(whole, [...(windows.get(whole) ?? []), { vector, tokens: content.length }]);
      }
      return texts.map((text) => meanOfWindows(windows.get(text) ?? []));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function modelOf(provider: Provider, settings: RemoteSettings): RemoteModel {
  const name = settings.model ?? provider.defaultModel;
  const known = provider.models.find((model) => model.name === name.replace(/:latest$/, ""));
  return known === undefined ? { name, dimensions: null, maxTokens: UNKNOWN_MODEL_TOKENS } : { ...known, name };
}

function accessTo(provider: Provider, settings: RemoteSettings): ProviderAccess {
  const baseUrl = settings.baseUrl ?? provider.defaultBaseUrl;
  if (provider.needsKey && settings.apiKey === undefined && settings.baseUrl === undefined) {
    throw new UserError("embedding.bad-settings", `${provider.name} needs a key`, { hint: "Set EMBEDDING_API_KEY." });
  }
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  return { provider, baseUrl, apiKey: settings.apiKey, timeoutMs, retry: { ...RETRY, ...settings.retry } };
}

function prefixOf(model: RemoteModel, role: EmbedRole): string {
  return (role === "query" ? model.queryPrefix : model.documentPrefix) ?? "";
}
