import type { EmbedRole } from "../embedder.ts";
import type { OnnxEmbedder } from "../onnx-embedder.ts";
import type { Embedded, Overflow } from "../onnx/worker-protocol.ts";
import { throughCache, vectorCacheKey } from "../vector-cache.ts";
import type { VectorCache } from "../vector-cache.ts";
import type { Admissions } from "./admission.ts";
import type { SingleFlight } from "./single-flight.ts";

export interface TextsJob {
  readonly embedder: OnnxEmbedder;
  readonly texts: readonly string[];
  readonly role: EmbedRole;
  readonly overflow: Overflow;
  readonly signal: AbortSignal;
}

export interface TextsAnswer {
  readonly vectors: readonly Float32Array[];
  /** Tokens of all texts, those from the cache included. */
  readonly tokens: number;
  readonly computedTokens: number;
  readonly cacheHits: number;
  /** Texts that were cut. */
  readonly truncated: number;
  /** Texts that were embedded in more than one window. */
  readonly windowed: number;
}

export interface TextsEngine {
  readonly cache: VectorCache | null;
  readonly admissions: Admissions;
  readonly flights: SingleFlight<Embedded>;
}

/** A request this short is somebody's search: it overtakes the indexing of others. */
const URGENT_TEXTS = 2;
const URGENT_CHARACTERS = 1_000;
/** Characters per token of code and prose, for work that is not tokenised yet. */
const CHARACTERS_PER_TOKEN = 3;

/**
 * Embeds the texts of one request: from the cache, else together with whoever waits for the same text just now, else in
 * the queue of their model.
 */
export async function embedTexts(engine: TextsEngine, job: TextsJob): Promise<TextsAnswer> {
  const { cache, flights } = engine;
  const { embedder, texts, role, overflow, signal } = job;
  const admission = engine.admissions.of(embedder.model.spec.name);
  const treatment = overflow === "window" ? role : `${role}/${overflow}`;
  const keyOf = (text: string) => vectorCacheKey(embedder.fingerprint, treatment, text);
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const urgent = role === "query" || (texts.length <= URGENT_TEXTS && characters <= URGENT_CHARACTERS);
  const caller = urgent ? null : {};
  const computed = { tokens: 0, texts: 0 };

  const answers = await throughCache(cache, texts, keyOf, async (missing) => {
    const expected = missing.reduce((sum, text) => sum + Math.ceil(text.length / CHARACTERS_PER_TOKEN) + 2, 0);
    const leave = admission.enter(expected);
    let done = false;
    try {
      // By content, as in the cache; to compare the text costs less here than to digest it.
      const keys = missing.map((text) => `${embedder.fingerprint}\0${treatment}\0${text}`);
      const fresh = await flights.join(keys, signal, (places) =>
        embedder.submit(
          places.map((place) => missing[place] ?? ""),
          { role, overflow, caller },
        ),
      );
      done = true;
      computed.tokens = fresh.reduce((sum, { tokens }) => sum + tokens, 0);
      computed.texts = fresh.length;
      return fresh;
    } finally {
      leave(done);
    }
  });
  return {
    vectors: answers.map(({ vector }) => vector),
    tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    computedTokens: computed.tokens,
    cacheHits: (texts.length === 1 ? 1 : new Set(texts).size) - computed.texts,
    truncated: answers.filter(({ truncated }) => truncated).length,
    windowed: answers.filter(({ windows }) => windows > 1).length,
  };
}
