import { messageOf } from "./errors.ts";
import { field } from "./json-fields.ts";
import { RetryableError, retryAfterMs, retrying, type RetryOptions } from "./retry.ts";

export interface JsonPost {
  /** Of the API; a slash at its end does not count. */
  readonly baseUrl: string;
  /** Begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly retry: Omit<RetryOptions, "signal">;
  readonly signal: AbortSignal | undefined;
}

/** An answer that is no success; its message begins with the status. */
export class RefusedPost extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(`${status} ${reason}`.trim());
    this.name = "RefusedPost";
    this.status = status;
  }
}

/** Characters of a server's own words that are passed on. */
const LONGEST_REASON = 300;
/** Statuses that say "not now" rather than "no". */
const PASSING = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);

/**
 * Posts JSON to an API, again where that may help, and returns the JSON that it answers; undefined where it answers
 * something else, as whatever stands between may.
 * @throws RefusedPost when the API says no; RetryableError when it did not answer, or only said "not now" (then the cause
 * is a RefusedPost); what the signal was aborted with.
 */
export async function postJson(post: JsonPost): Promise<unknown> {
  try {
    return await retrying(() => send(post), { ...post.retry, signal: post.signal });
  } catch (error) {
    post.signal?.throwIfAborted();
    throw error;
  }
}

async function send({ baseUrl, path, headers, body, timeoutMs, signal }: JsonPost): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(baseUrl.replace(/\/+$/, "") + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      // A redirect would carry the key and the texts to who knows whom.
      redirect: "error",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
    throw new RetryableError(timeout.aborted ? `no answer within ${timeoutMs} ms` : cause, { cause: error });
  }
  const answer = parse(text);
  if (response.ok) return answer;
  const refused = new RefusedPost(response.status, (reasonOf(answer) ?? text).slice(0, LONGEST_REASON));
  if (!PASSING.has(response.status)) throw refused;
  throw new RetryableError(refused.message, { afterMs: retryAfterMs(response.headers), cause: refused });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The message in the error shapes of OpenAI, Anthropic, Google, Voyage, Jina and Ollama. */
export function reasonOf(answer: unknown): string | null {
  const error = field(answer, "error");
  const found = [field(error, "message"), error, field(answer, "detail"), field(answer, "message")];
  return found.find((each): each is string => typeof each === "string") ?? null;
}
