import { UserError } from "../errors.ts";
import { createChatModel } from "./llm/ask-model.ts";
import { anthropic } from "./llm/anthropic.ts";
import type { ChatApi, ChatModel } from "./llm/chat.ts";
import { openAiCompatible } from "./llm/openai-compatible.ts";
import type { Role } from "./role.ts";

/** Providers by the name that a setting gives them. */
const APIS = { anthropic, "openai-compatible": openAiCompatible } as const satisfies Record<string, ChatApi>;

/** What the configuration says of language models. */
export interface ModelSettings {
  readonly agentProvider?: keyof typeof APIS | undefined;
  readonly agentModel?: string | undefined;
  readonly agentFastModel?: string | undefined;
  readonly agentBaseUrl?: string | undefined;
  readonly agentApiKey?: string | undefined;
  readonly anthropicApiKey?: string | undefined;
  readonly openaiApiKey?: string | undefined;
}

/**
 * The model for a role: the provider that is named, else the one whose key is there, else whatever listens at the base
 * URL that is given.
 * @throws UserError `agent.no-model` that says what to set.
 */
export function chooseModel(settings: ModelSettings): (role: Role) => ChatModel {
  const api = APIS[settings.agentProvider ?? providerOf(settings)];
  const own = api === anthropic ? settings.anthropicApiKey : settings.openaiApiKey;
  const strong = settings.agentModel ?? api.defaultModel;
  if (strong === null) throw noModel(`${api.name} needs a model's name`, "Set AGENT_MODEL, such as to `qwen3-coder`.");
  // A provider's own key goes to the provider alone: another address gets only the key that was given for it.
  const apiKey = settings.agentApiKey ?? (settings.agentBaseUrl === undefined ? own : undefined);
  const access = { api, baseUrl: settings.agentBaseUrl ?? api.defaultBaseUrl, apiKey };
  const fast = settings.agentFastModel ?? strong;
  return (role) => createChatModel({ ...access, model: role.model === "fast" ? fast : strong });
}

function providerOf({ anthropicApiKey, openaiApiKey, agentBaseUrl }: ModelSettings): keyof typeof APIS {
  if (agentBaseUrl !== undefined) return "openai-compatible";
  if (anthropicApiKey !== undefined) return "anthropic";
  if (openaiApiKey !== undefined) return "openai-compatible";
  throw noModel(
    "no language model is configured for agents",
    "Set ANTHROPIC_API_KEY or OPENAI_API_KEY, or for a model on this machine AGENT_BASE_URL (Ollama: " +
      "http://127.0.0.1:11434/v1) and AGENT_MODEL.",
  );
}

function noModel(message: string, hint: string): UserError {
  return new UserError("agent.no-model", message, { hint });
}
