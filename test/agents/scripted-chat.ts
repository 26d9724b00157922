import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the scripted model answers with: words, calls, or an HTTP status. */
export type Turn =
  | {
      readonly text?: string;
      readonly calls?: readonly { name: string; arguments: unknown }[];
      readonly isCut?: boolean;
    }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface ScriptedChat extends AsyncDisposable {
  /** Base URL of the API. */
  readonly url: string;
  /** Bodies and headers of the requests, in order. */
  readonly asked: { readonly path: string; readonly headers: Record<string, unknown>; readonly body: Body }[];
}

export interface Body {
  readonly model: string;
  readonly system?: readonly { text: string }[];
  readonly messages: readonly { role: string; content: unknown; tool_calls?: unknown }[];
  readonly tools?: readonly { name?: string; function?: { name: string } }[];
}

/** A language model on loopback that says its script, in the real wire format of a provider. */
export async function startChat(
  format: "anthropic" | "openai",
  script: readonly Turn[] | ((body: Body) => Turn),
): Promise<ScriptedChat> {
  const asked: ScriptedChat["asked"] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (data: Buffer) => (text += data.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as Body;
      const turn = typeof script === "function" ? script(body) : (script[asked.length] ?? { text: "nothing more" });
      asked.push({ path: request.url ?? "", headers: request.headers, body });
      if ("status" in turn) return void response.writeHead(turn.status, turn.headers).end(turn.body ?? "");
      const wire = format === "anthropic" ? anthropicReply(turn, asked.length) : openAiReply(turn, asked.length);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wire));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = Extract<Turn, { readonly text?: string }>;

function anthropicReply({ text, calls = [], isCut = false }: Answer, step: number): unknown {
  return {
    id: `msg_${step}`,
    type: "message",
    role: "assistant",
    content: [
      ...(text === undefined ? [] : [{ type: "text", text }]),
      ...calls.map(({ name, arguments: input }, index) => ({
        type: "tool_use",
        id: `toolu_${step}_${index}`,
        name,
        input,
      })),
    ],
    stop_reason: isCut ? "max_tokens" : calls.length > 0 ? "tool_use" : "end_turn",
    usage: { input_tokens: 70, cache_read_input_tokens: 20, cache_creation_input_tokens: 10, output_tokens: 5 },
  };
}

function openAiReply({ text, calls = [], isCut = false }: Answer, step: number): unknown {
  const tool_calls = calls.map(({ name, arguments: input }, index) => ({
    id: `call_${step}_${index}`,
    type: "function",
    function: { name, arguments: typeof input === "string" ? input : JSON.stringify(input) },
  }));
  return {
    id: `chatcmpl-${step}`,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        finish_reason: isCut ? "length" : calls.length > 0 ? "tool_calls" : "stop",
        message: { role: "assistant", content: text ?? null, ...(calls.length > 0 ? { tool_calls } : {}) },
      },
    ],
    usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 },
  };
}
