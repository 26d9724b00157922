import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A Messages API on loopback that says what its script says: first one call of a tool, then a closing word. */
export interface ScriptedModel extends AsyncDisposable {
  readonly url: string;
  /** Texts of the tool results that came back. */
  readonly results: string[];
}

type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown };

/** Starts a model that calls `name` with `input` whenever tools are offered and none has answered yet. */
export async function startModel(name: string, input: unknown): Promise<ScriptedModel> {
  const results: string[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (data: Buffer) => (body += data.toString()));
    request.on("end", () => {
      if (request.url?.startsWith("/v1/messages") !== true || request.url.includes("count_tokens"))
        return void response.writeHead(200, { "content-type": "application/json" }).end('{"input_tokens":1}');
      const asked: unknown = JSON.parse(body);
      const answered = resultsIn(asked);
      results.push(...answered);
      const isMain = JSON.stringify(member(asked, "tools") ?? []).includes("mcp__codelab__");
      const call: Block = { type: "tool_use", id: "toolu_1", name, input };
      const block: Block = isMain && answered.length === 0 ? call : { type: "text", text: "done" };
      stream(response, block, String(member(asked, "model")));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    results,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Texts of the tool results in the last message. */
function resultsIn(asked: unknown): string[] {
  const messages = member(asked, "messages");
  const content = Array.isArray(messages) ? member(messages.at(-1), "content") : undefined;
  if (!Array.isArray(content)) return [];
  return content.filter((block) => member(block, "type") === "tool_result").map((block) => JSON.stringify(block));
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function stream(response: ServerResponse, block: Block, model: string): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model, content: [], stop_reason: null, usage };
  send("message_start", { message });
  const [empty, delta] =
    block.type === "text"
      ? [
          { ...block, text: "" },
          { type: "text_delta", text: block.text },
        ]
      : [
          { ...block, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
        ];
  send("content_block_start", { index: 0, content_block: empty });
  send("content_block_delta", { index: 0, delta });
  send("content_block_stop", { index: 0 });
  const stop_reason = block.type === "text" ? "end_turn" : "tool_use";
  send("message_delta", { delta: { stop_reason, stop_sequence: null }, usage });
  send("message_stop", {});
  response.end();
}
