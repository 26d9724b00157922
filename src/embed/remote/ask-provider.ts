import { messageOf, UserError } from "../../errors.ts";
import { field } from "./provider.ts";
import type { Provider, RemoteRequest } from "./provider.ts";
import { RetryableError, retryAfterMs, retrying } from "../../retry.ts";
import type { RetryOptions } from "../../retry.ts";

export interface ProviderAccess {
  readonly provider: Provider;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly retry: Omit<RetryOptions, "signal">;
}

/** Characters of a server's own words that are passed on. */
const LONGEST_REASON = 300;
/** Statuses that say "not now" rather than "no". */
const PASSING = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);

/**
 * Sends one request, again where that may help, and returns the vectors of its texts in order.
 * @throws UserError `embedding.unreachable`, `.unauthorised`, `.rate-limited`, `.refused` or `.bad-answer`.
 */
export async function askProvider(
  access: ProviderAccess,
  request: RemoteRequest,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const { provider, retry } = access;
  let answer: unknown;
  try {
    answer = await retrying(() => once(access, request, signal), { ...retry, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError || !(error instanceof RetryableError)) throw error;
    const limited = error.message.startsWith("429");
    throw new UserError(
      limited ? "embedding.rate-limited" : "embedding.unreachable",
      `${provider.name} at ${access.baseUrl} did not answer: ${error.message}`,
      {
        hint: limited
          ? "Wait, or lower EMBEDDING_BATCH_SIZE and SEMAPHORE_VALUE."
          : "Is it running, and its address right (EMBEDDING_BASE_URL)?",
        cause: error,
      },
    );
  }
  try {
    const vectors = provider.vectors(answer);
    if (vectors.length === request.texts.length) return vectors;
    throw new TypeError(`it holds ${vectors.length} vectors for ${request.texts.length} texts`);
  } catch (error) {
    throw new UserError("embedding.bad-answer", `${provider.name} answered what is no embedding: ${messageOf(error)}`, {
      hint: "Check that EMBEDDING_BASE_URL is the API of this provider.",
      cause: error,
    });
  }
}

async function once(access: ProviderAccess, request: RemoteRequest, signal: AbortSignal | undefined): Promise<unknown> {
  const { provider } = access;
  const timeout = AbortSignal.timeout(access.timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(access.baseUrl.replace(/\/+$/, "") + provider.path(request), {
      method: "POST",
      headers: { "content-type": "application/json", ...provider.headers(access.apiKey) },
      body: JSON.stringify(provider.body(request)),
      // A redirect would carry the key and the texts to who knows whom.
      redirect: "error",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
    throw new RetryableError(timeout.aborted ? `no answer within ${access.timeoutMs} ms` : cause, { cause: error });
  }
  if (response.ok) return parse(text);
  const reason = (reasonOf(parse(text)) ?? text).slice(0, LONGEST_REASON);
  const said = `${response.status} ${reason}`.trim();
  if (PASSING.has(response.status)) throw new RetryableError(said, { afterMs: retryAfterMs(response.headers) });
  if (response.status === 401 || response.status === 403) {
    throw new UserError("embedding.unauthorised", `${provider.name} refused the key: ${said}`, {
      hint: "Set EMBEDDING_API_KEY to a valid key.",
    });
  }
  throw new UserError("embedding.refused", `${provider.name} refused the request: ${said}`, {
    hint: "Check EMBEDDING_MODEL, EMBEDDING_BASE_URL and EMBEDDING_DIMENSIONS.",
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever stands between may answer in HTML; it is judged by its status, or found to hold no vectors.
    return undefined;
  }
}

/** The message in the error shapes of OpenAI, Google, Voyage, Jina and Ollama. */
function reasonOf(answer: unknown): string | null {
  const error = field(answer, "error");
  const found = [field(error, "message"), error, field(answer, "detail"), field(answer, "message")];
  return found.find((each): each is string => typeof each === "string") ?? null;
}
