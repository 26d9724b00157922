import { messageOf, UserError } from "../../errors.ts";
import { postJson, RefusedPost } from "../../post-json.ts";
import { RetryableError, type RetryOptions } from "../../retry.ts";
import type { Provider, RemoteRequest } from "./provider.ts";

export interface ProviderAccess {
  readonly provider: Provider;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly retry: Omit<RetryOptions, "signal">;
}

/**
 * Sends one request, again where that may help, and returns the vectors of its texts in order.
 * @throws UserError `embedding.unreachable`, `.unauthorised`, `.rate-limited`, `.refused` or `.bad-answer`.
 */
export async function askProvider(
  access: ProviderAccess,
  request: RemoteRequest,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const { provider, baseUrl, apiKey, timeoutMs, retry } = access;
  const wire = { path: provider.path(request), headers: provider.headers(apiKey), body: provider.body(request) };
  const answer = await postJson({ baseUrl, ...wire, timeoutMs, retry, signal }).catch((error: unknown) => {
    throw explained(error, access);
  });
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

function explained(error: unknown, { provider: { name }, baseUrl }: ProviderAccess): unknown {
  if (error instanceof RetryableError) {
    const isLimited = error.cause instanceof RefusedPost && error.cause.status === 429;
    const code = isLimited ? "embedding.rate-limited" : "embedding.unreachable";
    return new UserError(code, `${name} at ${baseUrl} did not answer: ${error.message}`, {
      hint: isLimited
        ? "Wait, or lower EMBEDDING_BATCH_SIZE and SEMAPHORE_VALUE."
        : "Is it running, and its address right (EMBEDDING_BASE_URL)?",
      cause: error,
    });
  }
  if (!(error instanceof RefusedPost)) return error;
  if (error.status === 401 || error.status === 403)
    return new UserError("embedding.unauthorised", `${name} refused the key: ${error.message}`, {
      hint: "Set EMBEDDING_API_KEY to a valid key.",
    });
  return new UserError("embedding.refused", `${name} refused the request: ${error.message}`, {
    hint: "Check EMBEDDING_MODEL, EMBEDDING_BASE_URL and EMBEDDING_DIMENSIONS.",
  });
}
