import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Sandbox } from "./run-cli.ts";

// The built program over HTTP with a token: no spelling of an address gets past it.

const TOKEN = "t".repeat(40);

let sandbox: Sandbox;
let port: number;
let child: ReturnType<Sandbox["spawn"]>;

beforeAll(async () => {
  sandbox = new Sandbox({ "a.txt": "one\n" });
  child = sandbox.spawn(["serve", "--http", "--port", "0"], { CODELAB_HTTP_TOKEN: TOKEN, LOG_LEVEL: "info" });
  let said = "";
  port = await new Promise((resolve, reject) => {
    child.stderr.on("data", (data: Buffer) => {
      said += data.toString();
      const found = /MCP at http:\/\/127\.0\.0\.1:(\d+)\/mcp/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.once("exit", () => reject(new Error(said)));
  });
});
afterAll(() => {
  child.kill("SIGKILL");
  sandbox[Symbol.dispose]();
});

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
});

/** Status of a request whose target goes out as it is. */
async function statusOf(
  path: string,
  method = "POST",
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  const accept = "application/json, text/event-stream";
  const usual = { "content-type": "application/json", accept };
  const sent = request({ host: "127.0.0.1", port, path, method, agent: false, headers: { ...usual, ...headers } });
  sent.end(method === "POST" ? INITIALIZE : undefined);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.destroy();
  return answer.statusCode;
}

it("with the token it answers: the others are refused for their own reason", async () => {
  const authorization = `Bearer ${TOKEN}`;
  expect(await statusOf("/mcp", "POST", { authorization })).toBe(200);
  expect(await statusOf("/metrics", "GET", { authorization })).toBe(200);
});

it.each([
  "/mcp",
  "/mcp?token=" + TOKEN,
  "/./mcp",
  "/mcp/.",
  "/x/../mcp",
  "/%2e/mcp",
  "/x/%2e%2e/mcp",
  "/x/.%2E/mcp",
  "/mcp#x",
  "/\\mcp",
  "/x\\..\\mcp",
  "/api/../mcp",
  "/site/../mcp",
  "/api/%2e%2e/mcp",
  "//mcp",
  "/mcp/",
  "/MCP",
  "/%6dcp",
  "/mcp;x",
  "/.//mcp",
])("%s is not served without it", async (path) => {
  expect(await statusOf(path)).toBeOneOf([400, 401, 404]);
  expect(await statusOf(path.replace("mcp", "metrics").replace("MCP", "METRICS"), "GET")).toBeOneOf([400, 401, 404]);
});

it.each(["/api/requests", "/api/changes", "/api/audit", "/api/search?q=one", "/api/index", "/api/x/../requests"])(
  "%s is not served to a browser that is not paired, with or without the token",
  async (path) => {
    for (const headers of [{}, { authorization: `Bearer ${TOKEN}` }])
      expect(await statusOf(path, "GET", headers)).toBeOneOf([400, 401]);
  },
);
