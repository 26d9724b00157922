import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anthropic } from "../../../src/agents/llm/anthropic.ts";
import type { ChatMessage, ChatReply } from "../../../src/agents/llm/chat.ts";
import { openAiCompatible } from "../../../src/agents/llm/openai-compatible.ts";

const REQUEST = { model: "m", system: "s", tools: [], maxTokens: 10 };
const text = fc.oneof(fc.string(), fc.constantFrom("", " ", "\n\t "));
const call = fc.record({
  id: fc.uuid(),
  name: fc.string(),
  arguments: fc.oneof(fc.jsonValue(), fc.constant(undefined)),
});
const turn = fc.oneof(
  fc.record({ role: fc.constant("user" as const), text: fc.string({ minLength: 1 }) }),
  fc
    .record({ text, calls: fc.array(call, { maxLength: 3 }), answer: text, isError: fc.boolean() })
    .map(({ text: said, calls, answer, isError }) => ({
      role: "assistant" as const,
      text: said,
      calls,
      answer,
      isError,
    })),
);

/** A conversation as `runRole` makes it: each answer with calls is followed by their results. */
const conversation = fc.array(turn, { minLength: 1, maxLength: 6 }).map((turns): ChatMessage[] =>
  turns.flatMap((each): ChatMessage[] => {
    if (each.role === "user") return [each];
    const { text: said, calls, answer, isError } = each;
    const results = calls.map(({ id }) => ({ callId: id, text: answer, isError }));
    return [
      { role: "assistant", text: said, calls },
      ...(calls.length === 0 ? [] : [{ role: "tool" as const, results }]),
    ];
  }),
);

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly input?: unknown;
  readonly content?: string;
  readonly is_error?: boolean;
  readonly id?: string;
  readonly tool_use_id?: string;
}

describe("a conversation as Anthropic's API is told of it", () => {
  it("keeps the API's rules whatever a model said before: no empty turn or text, objects as input, errors with words", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const { messages: wire } = anthropic.body({ ...REQUEST, messages }) as {
          messages: { role: string; content: string | Block[] }[];
        };
        const open = new Set<string>();
        for (const { role, content } of wire) {
          expect(content.length).toBeGreaterThan(0);
          if (typeof content === "string") continue;
          for (const block of content) {
            if (block.type === "text") expect(block.text?.trim()).not.toBe("");
            if (block.type === "tool_use") {
              expect(block.input).toBeTypeOf("object");
              expect(block.input === null || Array.isArray(block.input)).toBe(false);
              open.add(String(block.id));
            }
            if (block.type !== "tool_result") continue;
            expect(role).toBe("user");
            expect(block.content?.trim()).not.toBe("");
            expect(open.delete(String(block.tool_use_id))).toBe(true);
          }
        }
        expect([...open]).toEqual([]);
      }),
    );
  });

  it("is told all of what was said and done", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const told = JSON.stringify(anthropic.body({ ...REQUEST, messages }));
        for (const message of messages) {
          if (message.role !== "tool" && message.text.trim() !== "")
            expect(told).toContain(JSON.stringify(message.text));
          if (message.role === "assistant") for (const { id } of message.calls) expect(told).toContain(id);
        }
      }),
    );
  });
});

describe("a conversation as OpenAI's API is told of it", () => {
  it("gives each call's arguments as text and each result to its call", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        interface Wire {
          readonly role: string;
          readonly tool_call_id?: string;
          readonly tool_calls?: readonly { id: string; function: { arguments: string } }[];
        }
        const { messages: wire } = openAiCompatible.body({ ...REQUEST, messages }) as { messages: Wire[] };
        const open = new Set<string>();
        for (const each of wire) {
          for (const { id, function: called } of each.tool_calls ?? []) {
            expect(called.arguments).toBeTypeOf("string");
            open.add(id);
          }
          if (each.role === "tool") expect(open.delete(String(each.tool_call_id))).toBe(true);
          if (each.role === "assistant") expect(each.tool_calls?.length).not.toBe(0);
        }
        expect([...open]).toEqual([]);
        expect(wire[0]).toEqual({ role: "system", content: "s" });
      }),
    );
  });
});

const shape = (reply: ChatReply) => {
  expect(reply.text).toBeTypeOf("string");
  expect(reply.isCut).toBeTypeOf("boolean");
  for (const { id, name } of reply.calls) expect([typeof id, typeof name]).toEqual(["string", "string"]);
  for (const count of Object.values(reply.usage)) expect(count).toBeGreaterThanOrEqual(0);
};

describe.each([anthropic, openAiCompatible])("an answer of $name", (api) => {
  it("is read as an answer or refused as none, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.constant(undefined)), (answer) => {
        let reply: ChatReply;
        try {
          reply = api.reply(answer);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
        shape(reply);
      }),
    );
  });

  it("with fields of other kinds than they should be costs at most those fields", () => {
    const odd = fc.oneof(fc.constantFrom<unknown>(null, 0, "", "x", [], {}, -1, true), fc.jsonValue());
    fc.assert(
      fc.property(odd, odd, odd, odd, (a, b, c, d) => {
        const blocks = [{ type: "text", text: a }, { type: "tool_use", id: b, name: c, input: d }, a];
        const message = { content: a, tool_calls: [{ id: b, function: { name: c, arguments: d } }] };
        const answer =
          api === anthropic
            ? { content: blocks, stop_reason: b, usage: { input_tokens: c, output_tokens: d } }
            : { choices: [{ message, finish_reason: b }], usage: { prompt_tokens: c, completion_tokens: d } };
        shape(api.reply(answer));
      }),
    );
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
    ["no content", { content: null, choices: null }],
    ["no message", { content: "text", choices: [{ message: null }] }],
    ["no choice", { content: 7, choices: [] }],
    ["an error with status 200, as gateways give it", { error: { message: "overloaded" } }],
  ])("that holds %s is none: it must not count as a finished task", (_, answer) => {
    expect(() => api.reply(answer)).toThrow(TypeError);
  });
});
