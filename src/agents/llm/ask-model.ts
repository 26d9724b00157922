import { messageOf, UserError } from "../../errors.ts";
import { RetryableError, retryAfterMs, retrying, type RetryOptions } from "../../retry.ts";
import type { ChatApi, ChatModel, ChatReply, ChatRequest } from "./chat.ts";
import { field } from "./fields.ts";

export interface ModelAccess {
  readonly api: ChatApi;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
  /** Longest wait for one answer, in milliseconds; default 10 minutes, since long answers are thought about. */
  readonly timeoutMs?: number;
  readonly retry?: Omit<RetryOptions, "signal">;
}

const TIMEOUT_MS = 600_000;
/** A busy provider recovers within a minute; what asks for longer is told to the user. */
const RETRY = { attempts: 4, firstDelayMs: 1_000, longestDelayMs: 60_000 } as const;
/** Statuses that say "not now" rather than "no". */
const PASSING = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);

/** A model behind a provider's API; each question is asked again where that may help. */
export function createChatModel(access: ModelAccess): ChatModel {
  const { api, model, retry = RETRY } = access;
  return {
    label: `${api.name} ${model}`,
    complete: async (request, signal) => {
      let answer: unknown;
      try {
        answer = await retrying(() => once(access, { ...request, model }, signal), { ...retry, signal });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RetryableError)) throw error;
        throw new UserError("agent.unreachable", `${api.name} at ${access.baseUrl} did not answer: ${error.message}`, {
          hint: "Is it running, and its address right (AGENT_BASE_URL)? Else wait and try again.",
          cause: error,
        });
      }
      return read(api, answer);
    },
  };
}

function read(api: ChatApi, answer: unknown): ChatReply {
  try {
    return api.reply(answer);
  } catch (error) {
    // Gateways tell of errors with a status of success, too.
    const reason = field(field(answer, "error"), "message");
    const what = typeof reason === "string" ? reason : messageOf(error);
    throw new UserError("agent.bad-answer", `${api.name} answered what is no answer: ${what}`, {
      hint: "Check that AGENT_PROVIDER names what AGENT_BASE_URL speaks.",
      cause: error,
    });
  }
}

async function once(access: ModelAccess, request: ChatRequest, signal: AbortSignal): Promise<unknown> {
  const { api, baseUrl, apiKey, timeoutMs = TIMEOUT_MS } = access;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(baseUrl.replace(/\/+$/, "") + api.path, {
      method: "POST",
      headers: { "content-type": "application/json", ...api.headers(apiKey) },
      body: JSON.stringify(api.body(request)),
      // A redirect would carry the key and the code to who knows whom.
      redirect: "error",
      signal: AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
    throw new RetryableError(timeout.aborted ? `no answer within ${timeoutMs} ms` : cause, { cause: error });
  }
  const answer = parse(text);
  if (response.ok) return answer;
  const reason = field(field(answer, "error"), "message");
  const said = `${response.status} ${typeof reason === "string" ? reason : text.slice(0, 300)}`.trim();
  if (PASSING.has(response.status)) throw new RetryableError(said, { afterMs: retryAfterMs(response.headers) });
  throw refusal(api.name, response.status, said);
}

function refusal(name: string, status: number, said: string): UserError {
  if (status === 401 || status === 403)
    return new UserError("agent.unauthorised", `${name} refused the key: ${said}`, {
      hint: "Set AGENT_API_KEY to a valid key.",
    });
  return new UserError("agent.refused", `${name} refused the request: ${said}`, {
    hint: "Check AGENT_MODEL and AGENT_BASE_URL.",
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever stands between may answer in HTML; it is judged by its status, or found to be no answer.
    return undefined;
  }
}
