import { messageOf, UserError } from "../../errors.ts";
import { postJson, reasonOf, RefusedPost } from "../../post-json.ts";
import { RetryableError, type RetryOptions } from "../../retry.ts";
import type { ChatApi, ChatModel, ChatReply } from "./chat.ts";

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

/**
 * A model behind a provider's API; each question is asked again where that may help. `complete` throws UserError
 * `agent.unreachable`, `.unauthorised`, `.refused` or `.bad-answer`.
 */
export function createChatModel(access: ModelAccess): ChatModel {
  const { api, baseUrl, apiKey, model, timeoutMs = TIMEOUT_MS, retry = RETRY } = access;
  return {
    label: `${api.name} ${model}`,
    complete: async (request, signal) => {
      const body = api.body({ ...request, model });
      const post = { baseUrl, path: api.path, headers: api.headers(apiKey), body, timeoutMs, retry, signal };
      const answer = await postJson(post).catch((error: unknown) => {
        throw explained(error, access);
      });
      return read(api, answer);
    },
  };
}

function read(api: ChatApi, answer: unknown): ChatReply {
  try {
    return api.reply(answer);
  } catch (error) {
    // Gateways tell of errors with a status of success, too.
    const what = reasonOf(answer) ?? messageOf(error);
    throw new UserError("agent.bad-answer", `${api.name} answered what is no answer: ${what}`, {
      hint: "Check that AGENT_PROVIDER names what AGENT_BASE_URL speaks.",
      cause: error,
    });
  }
}

function explained(error: unknown, { api: { name }, baseUrl }: ModelAccess): unknown {
  if (error instanceof RetryableError)
    return new UserError("agent.unreachable", `${name} at ${baseUrl} did not answer: ${error.message}`, {
      hint: "Is it running, and its address right (AGENT_BASE_URL)? Else wait and try again.",
      cause: error,
    });
  if (!(error instanceof RefusedPost)) return error;
  if (error.status === 401 || error.status === 403)
    return new UserError("agent.unauthorised", `${name} refused the key: ${error.message}`, {
      hint: "Set AGENT_API_KEY to a valid key.",
    });
  return new UserError("agent.refused", `${name} refused the request: ${error.message}`, {
    hint: "Check AGENT_MODEL and AGENT_BASE_URL.",
  });
}
