import type { ChatApi, ChatMessage, ToolCall } from "./chat.ts";
import { countField, field, listField, textField } from "../../json-fields.ts";

/**
 * OpenAI's chat completions, https://platform.openai.com/docs/api-reference/chat, which Ollama, LM Studio, vLLM,
 * OpenRouter and most others speak too.
 */
export const openAiCompatible: ChatApi = {
  name: "openai-compatible",
  defaultBaseUrl: "https://api.openai.com/v1",
  defaultModel: null,
  path: "/chat/completions",
  headers: (apiKey) => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  body: ({ model, system, messages, tools, maxTokens }) => ({
    model,
    max_completion_tokens: maxTokens,
    messages: [{ role: "system", content: system }, ...messages.flatMap(wireMessages)],
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool) }),
  }),
  reply: (answer) => {
    const [choice] = listField(answer, "choices");
    const message = field(choice, "message");
    if (typeof message !== "object" || message === null) throw new TypeError('there is no "choices[0].message"');
    const usage = field(answer, "usage");
    return {
      text: textField(message, "content"),
      calls: listField(message, "tool_calls").map(readCall),
      isCut: field(choice, "finish_reason") === "length",
      usage: {
        inputTokens: countField(usage, "prompt_tokens"),
        outputTokens: countField(usage, "completion_tokens"),
      },
    };
  },
};

function wireTool({ name, description, schema }: { name: string; description: string; schema: unknown }): unknown {
  return { type: "function", function: { name, description, parameters: schema } };
}

function wireMessages(message: ChatMessage): unknown[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.text }];
    case "assistant":
      return [
        {
          role: "assistant",
          content: message.text,
          ...(message.calls.length === 0 ? {} : { tool_calls: message.calls.map(wireCall) }),
        },
      ];
    case "tool":
      return message.results.map(({ callId, text }) => ({ role: "tool", tool_call_id: callId, content: text }));
  }
}

function wireCall({ id, name, arguments: input }: ToolCall): unknown {
  const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
  return { id, type: "function", function: { name, arguments: text } };
}

/** Arguments come as text, which small models do not always get right: then the text itself is kept, and refused later. */
function readCall(call: unknown, index: number): ToolCall {
  const called = field(call, "function");
  const text = textField(called, "arguments");
  const id = textField(call, "id");
  return { id: id === "" ? `call_${index}` : id, name: textField(called, "name"), arguments: parsed(text) };
}

function parsed(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
