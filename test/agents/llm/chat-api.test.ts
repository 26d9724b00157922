import { describe, expect, it } from "vitest";
import { anthropic } from "../../../src/agents/llm/anthropic.ts";
import { createChatModel } from "../../../src/agents/llm/ask-model.ts";
import type { ChatMessage } from "../../../src/agents/llm/chat.ts";
import { openAiCompatible } from "../../../src/agents/llm/openai-compatible.ts";
import { startChat, type Turn } from "../scripted-chat.ts";

const SIGNAL = new AbortController().signal;
const TOOL = { name: "read_file", description: "Reads", schema: { type: "object", properties: {} } };
const TALK: readonly ChatMessage[] = [
  { role: "user", text: "hello" },
  { role: "assistant", text: "", calls: [{ id: "c1", name: "read_file", arguments: { path: "a" } }] },
  { role: "tool", results: [{ callId: "c1", text: "contents", isError: false }] },
];

describe.each([
  ["anthropic", anthropic],
  ["openai", openAiCompatible],
] as const)("%s", (format, api) => {
  const ask = async (script: readonly Turn[], over: { attempts?: number; timeoutMs?: number } = {}) => {
    await using chat = await startChat(format, script);
    const retry = { attempts: over.attempts ?? 3, firstDelayMs: 1, longestDelayMs: 1_000 };
    const timeoutMs = over.timeoutMs ?? 10_000;
    const model = createChatModel({ api, baseUrl: chat.url, apiKey: "sk-key", model: "some-model", retry, timeoutMs });
    const request = { system: "Be brief.", messages: TALK, tools: [TOOL], maxTokens: 1_000 };
    const reply = await model.complete(request, SIGNAL).catch((error: unknown) => error);
    return { reply, asked: chat.asked };
  };

  it("says what was said in the provider's words, with the key, and reads words and calls", async () => {
    const { reply, asked } = await ask([{ text: "so", calls: [{ name: "read_file", arguments: { path: "b" } }] }]);
    expect(reply).toMatchObject({
      text: "so",
      calls: [{ name: "read_file", arguments: { path: "b" } }],
      isCut: false,
      usage: { inputTokens: 100, outputTokens: 5 },
    });
    const [{ body, headers, path }] = asked as [(typeof asked)[0]];
    expect({ path, body }).toMatchSnapshot();
    expect(headers[format === "anthropic" ? "x-api-key" : "authorization"]).toContain("sk-key");
  });

  it("tries again when the provider is busy, and heeds how long to wait", async () => {
    const busy = { status: 529, headers: { "retry-after": "0.01" } };
    const { reply, asked } = await ask([busy, { status: 503 }, { text: "now" }]);
    expect(reply).toMatchObject({ text: "now" });
    expect(asked).toHaveLength(3);
  });

  it.each([
    [[{ status: 401, body: '{"error":{"message":"bad key"}}' }], "agent.unauthorised", "bad key"],
    [[{ status: 400, body: '{"error":{"message":"no such model"}}' }], "agent.refused", "no such model"],
    [[{ status: 500 }, { status: 500 }, { status: 500 }], "agent.unreachable", "500"],
    [[{ status: 200, body: "<html>" }], "agent.bad-answer", "no answer"],
    [[{ status: 200, body: '{"choices":7,"content":7}' }], "agent.bad-answer", "no list"],
    [Array(3).fill({ status: 307, headers: { location: "http://127.0.0.1:9/" } }), "agent.unreachable", "redirect"],
  ])("tells what is wrong: %j", async (script, code, words) => {
    const { reply } = await ask(script);
    expect(reply).toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(String(reply)).not.toContain("sk-key");
  });

  it("tells an answer that was cut from one that ended", async () => {
    expect((await ask([{ text: "half", isCut: true }])).reply).toMatchObject({ text: "half", isCut: true });
  });

  it("ends with the signal", async () => {
    await using chat = await startChat(format, [{ status: 503, headers: { "retry-after": "30" } }]);
    const model = createChatModel({ api, baseUrl: chat.url, apiKey: undefined, model: "m" });
    const stop = new AbortController();
    const reason = new Error("stopped");
    const asking = model.complete({ system: "", messages: TALK, tools: [], maxTokens: 10 }, stop.signal);
    setTimeout(() => stop.abort(reason), 20);
    await expect(asking).rejects.toBe(reason);
  });
});

it("keeps arguments that are no JSON, so that the tool can refuse them", async () => {
  await using chat = await startChat("openai", [{ calls: [{ name: "read_file", arguments: '{"path": ' }] }]);
  const model = createChatModel({ api: openAiCompatible, baseUrl: chat.url, apiKey: undefined, model: "m" });
  const reply = await model.complete({ system: "", messages: TALK, tools: [TOOL], maxTokens: 10 }, SIGNAL);
  expect(reply.calls).toEqual([{ id: "call_1_0", name: "read_file", arguments: '{"path": ' }]);
});
