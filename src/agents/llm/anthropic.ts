import type { ChatApi, ChatMessage } from "./chat.ts";
import { countField, field, listField, textField } from "../../json-fields.ts";

/** Anthropic's Messages API, https://docs.anthropic.com/en/api/messages. */
export const anthropic: ChatApi = {
  name: "anthropic",
  defaultBaseUrl: "https://api.anthropic.com/v1",
  defaultModel: "claude-sonnet-4-5",
  path: "/messages",
  headers: (apiKey) => ({
    "anthropic-version": "2023-06-01",
    ...(apiKey === undefined ? {} : { "x-api-key": apiKey }),
  }),
  body: ({ model, system, messages, tools, maxTokens }) => ({
    model,
    max_tokens: maxTokens,
    // An agent sends the same beginning again with each step: marked so, it is paid for once.
    system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
    messages: messages.filter((message) => !saysNothing(message)).map(wireMessage),
    tools: tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
  }),
  reply: (answer) => {
    if ((field(answer, "content") ?? null) === null) throw new TypeError('there is no "content"');
    const blocks = listField(answer, "content");
    const usage = field(answer, "usage");
    return {
      text: blocks
        .filter((block) => field(block, "type") === "text")
        .map((block) => textField(block, "text"))
        .join("\n"),
      calls: blocks
        .filter((block) => field(block, "type") === "tool_use")
        .map((block) => ({
          id: textField(block, "id"),
          name: textField(block, "name"),
          arguments: field(block, "input"),
        })),
      isCut: field(answer, "stop_reason") === "max_tokens",
      usage: {
        inputTokens:
          countField(usage, "input_tokens") +
          countField(usage, "cache_creation_input_tokens") +
          countField(usage, "cache_read_input_tokens"),
        outputTokens: countField(usage, "output_tokens"),
      },
    };
  },
};

/** An answer without words or calls, which models give now and then, and which the API refuses to be told of again. */
function saysNothing(message: ChatMessage): boolean {
  return message.role === "assistant" && message.calls.length === 0 && isBlank(message.text);
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}

function wireMessage(message: ChatMessage): unknown {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.text };
    case "assistant":
      return {
        role: "assistant",
        content: [
          // The API refuses blocks of text without text.
          ...(isBlank(message.text) ? [] : [{ type: "text", text: message.text }]),
          ...message.calls.map(({ id, name, arguments: input }) => ({
            type: "tool_use",
            id,
            name,
            input: objectOf(input),
          })),
        ],
      };
    case "tool":
      return {
        role: "user",
        content: message.results.map(({ callId, text, isError }) => ({
          type: "tool_result",
          tool_use_id: callId,
          // An error without a word is refused.
          content: isBlank(text) ? "(nothing)" : text,
          is_error: isError,
        })),
      };
  }
}

/** The API takes objects alone; another provider's model, whose session this was, may have written something else. */
function objectOf(input: unknown): object {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return input;
  return input === undefined || input === null ? {} : { text: input };
}
