import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChatModel } from "../../../src/agents/llm/ask-model.ts";
import { anthropic } from "../../../src/agents/llm/anthropic.ts";
import { openAiCompatible } from "../../../src/agents/llm/openai-compatible.ts";

const GOOD = JSON.stringify({ content: [{ type: "text", text: "fine" }], usage: {} });

/** What the server does with each request in turn; the last one is repeated. */
let script: ((response: ServerResponse) => void)[];
let asked: number;
let url: string;
let close: () => Promise<void>;

beforeEach(async () => {
  script = [];
  asked = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => script[Math.min(asked++, script.length - 1)]?.(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(async () => await close());

const answer =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end(body);

const ask = async (
  changes: Partial<Parameters<typeof createChatModel>[0]> = {},
  signal = new AbortController().signal,
) => {
  const retry = { attempts: 3, firstDelayMs: 1, longestDelayMs: 2 };
  const model = createChatModel({ api: anthropic, baseUrl: url, apiKey: "the-key", model: "m", retry, ...changes });
  return await model.complete(
    { system: "s", messages: [{ role: "user", text: "q" }], tools: [], maxTokens: 5 },
    signal,
  );
};

describe("a question to a model", () => {
  it.each([
    ["a status that passes", answer(529, '{"error":{"message":"overloaded"}}')],
    ["a limit that says when to come again", answer(429, "{}", { "retry-after": "0" })],
    ["a connection that is cut before the answer", (response: ServerResponse) => void response.destroy()],
    [
      "an answer that is cut in its middle",
      (response: ServerResponse) => {
        response.writeHead(200, { "content-length": String(GOOD.length) });
        response.write(GOOD.slice(0, 20), () => response.destroy());
      },
    ],
    [
      "a stream that ends without its last chunk",
      (response: ServerResponse) => {
        response.writeHead(200);
        response.write(GOOD.slice(0, 20), () => response.destroy());
      },
    ],
  ])("is asked again after %s", async (_, first) => {
    script = [first, answer(200, GOOD)];
    expect((await ask()).text).toBe("fine");
    expect(asked).toBe(2);
  });

  it("is given up after as many attempts as were set, with what the last one said and where to look", async () => {
    script = [answer(503, '{"error":{"message":"still starting"}}')];
    await expect(ask()).rejects.toMatchObject({
      code: "agent.unreachable",
      message: expect.stringContaining("503 still starting") as string,
      hint: expect.stringContaining("AGENT_BASE_URL") as string,
    });
    expect(asked).toBe(3);
  });

  it.each([
    [400, '{"error":{"message":"max_tokens is too large"}}', "agent.refused", "max_tokens is too large"],
    [404, "<html>nothing here</html>", "agent.refused", "404 <html>"],
    [401, '{"error":{"message":"bad key"}}', "agent.unauthorised", "bad key"],
    [403, "", "agent.unauthorised", "403"],
    [418, '{"error":"just text"}', "agent.refused", "418 just text"],
    [200, "<html>a login page</html>", "agent.bad-answer", "no answer"],
    [200, "", "agent.bad-answer", "no answer"],
    [200, '{"error":{"message":"overloaded"}}', "agent.bad-answer", "no answer: overloaded"],
  ])("is not repeated after status %i with %j", async (status, body, code, says) => {
    script = [answer(status, body)];
    await expect(ask()).rejects.toMatchObject({ code, message: expect.stringContaining(says) as string });
    expect(asked).toBe(1);
  });

  it("never shows the key, and never sends it on where a server redirects", async () => {
    script = [answer(302, "", { location: "http://127.0.0.1:9/" })];
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "agent.unreachable" });
    expect(JSON.stringify(error) + String(error)).not.toContain("the-key");
  });

  it("is answered within its time or counts as not answered", async () => {
    script = [() => {}];
    await expect(ask({ timeoutMs: 30 })).rejects.toMatchObject({
      code: "agent.unreachable",
      message: expect.stringContaining("no answer within 30 ms") as string,
    });
  });

  it("ends with the signal at once, while it waits for an answer or for the next attempt", async () => {
    for (const first of [() => {}, answer(429, "{}", { "retry-after": "60" })]) {
      const stop = new AbortController();
      script = [first];
      const asking = ask({ retry: { attempts: 3, firstDelayMs: 60_000, longestDelayMs: 60_000 } }, stop.signal);
      setTimeout(() => stop.abort(new Error("enough")), 50);
      await expect(asking).rejects.toThrow("enough");
    }
  });

  it("goes to the path below the base, however that is written", async () => {
    script = [answer(200, GOOD)];
    for (const base of [url, `${url}/`, `${url}//`]) expect((await ask({ baseUrl: base })).text).toBe("fine");
    await expect(ask({ api: openAiCompatible })).rejects.toMatchObject({ code: "agent.bad-answer" });
    await expect(ask({ baseUrl: "http://127.0.0.1:1/v1" })).rejects.toMatchObject({ code: "agent.unreachable" });
  });
});
