import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { listen } from "../../src/http.ts";
import { createLogger } from "../../src/log.ts";
import type { Guard } from "../../src/mcp/guard.ts";
import { createMcpHttp, type McpHttpOptions } from "../../src/mcp/http.ts";
import { createToolRunner, type RunnerParts } from "../../src/mcp/run-tool.ts";
import { createServerFactory } from "../../src/mcp/server.ts";
import { RESOURCES } from "../../src/resources/catalogue.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { fakeContext } from "../tools/fake-context.ts";
import { clientOptions, ERAS, type Era, openDoor, textOf } from "./harness.ts";
import { realGuard, switchTool } from "./real-guard.ts";

const TOKEN = "t".repeat(32);

async function serve(parts: Partial<RunnerParts> = {}, options: Partial<McpHttpOptions> = {}, guard = openDoor) {
  const log = createLogger("silent");
  const tools = parts.tools ?? TOOLS;
  const context = fakeContext({ "a.txt": "one\n" });
  const openContext = async () => context;
  const runner = createToolRunner({
    tools,
    openContext,
    openGuard: async () => guard,
    observe: () => {},
    log,
    ...parts,
  });
  const facts = () => ({ version: "1", workspace: "/w", index: null, gated: true });
  const factory = createServerFactory({
    tools,
    resources: RESOURCES,
    runner,
    facts,
    askingMs: 300_000,
    decided: guard.decided,
  });
  const mcp = createMcpHttp({ factory, log, ...options });
  const bearer = { token: TOKEN, isOpen: () => false };
  const server = await listen({ host: "127.0.0.1", port: 0, handlers: [mcp.handle], log, bearer });
  onTestFinished(async () => {
    await mcp[Symbol.asyncDispose]();
    await server.close(0);
  });
  return { url: new URL(`${server.origin}/mcp`), sessions: mcp.sessions };
}

async function connectTo(url: URL, era: Era, capabilities = {}): Promise<Client> {
  const client = new Client({ name: "http", version: "1" }, { ...clientOptions(era), capabilities });
  const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  onTestFinished(() => client.close());
  return client;
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};

/** A request of the protocol since 2026-07-28. */
const MODERN = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/list",
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
      "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
    },
  },
});

type RawInit = Omit<RequestInit, "headers"> & { readonly headers?: Record<string, string> };

/** A request as no SDK would send it. */
function raw(url: URL, init: RawInit = {}): Promise<Response> {
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    ...init.headers,
  };
  return fetch(url, { method: "POST", body: JSON.stringify(INITIALIZE), ...init, headers });
}

describe.each(ERAS)("HTTP of %s", (era) => {
  test("lists, calls and reads", async () => {
    const { url } = await serve();
    const client = await connectTo(url, era);
    expect((await client.listTools()).tools).toHaveLength(TOOLS.length);
    expect(textOf(await client.callTool({ name: "read_file", arguments: { path: "a.txt" } }))).toContain("one");
    expect((await client.readResource({ uri: "codelab://index" })).contents).toHaveLength(1);
  });

  test("a gated call asks the client's human and runs once", async () => {
    const { guard, pass, approvals } = await realGuard();
    const flip = switchTool();
    const { url } = await serve({ tools: [flip.tool] }, {}, guard);
    const client = await connectTo(url, era, { elicitation: { form: {} } });
    client.setRequestHandler("elicitation/create", async () => {
      pass(300);
      return { action: "accept", content: { decision: "approve_once" } };
    });
    expect(textOf(await client.callTool({ name: "flip", arguments: { to: "up" } }))).toBe("flipped to up");
    expect(flip.done).toEqual(["up"]);
    expect(approvals.ledger.list()[0]).toMatchObject({ status: "consumed", principal: "local" });
  });
});

test("since 2026-07-28 what waits for its approval can be asked about again until the server ends", async () => {
  const asked: string[] = [];
  const guard: Guard = {
    ...openDoor,
    authorise: async ({ session }) => {
      asked.push(session);
      return { kind: "refused", requestId: null, error: new UserError("approval.rejected", "no") };
    },
  };
  const servers = await Promise.all([
    serve({ tools: [switchTool().tool] }, {}, guard),
    serve({ tools: [switchTool().tool] }, {}, guard),
  ]);
  for (const { url } of [servers[0], servers[0], servers[1]]) {
    const client = await connectTo(url, "2026-07-28");
    await client.callTool({ name: "flip", arguments: { to: "up" } });
  }
  expect(asked[1]).toBe(asked[0]);
  expect(asked[2]).not.toBe(asked[0]);
});

test.each(ERAS)("an approval for a session of %s never holds for another client", async (era) => {
  const asked: { readonly session: string; readonly isShared: boolean }[] = [];
  const guard: Guard = {
    ...openDoor,
    authorise: async ({ session, isShared = false }) => {
      asked.push({ session, isShared });
      return { kind: "refused", requestId: null, error: new UserError("approval.rejected", "no") };
    },
  };
  const { url } = await serve({ tools: [switchTool().tool] }, {}, guard);
  for (let count = 0; count < 2; count++) {
    const client = await connectTo(url, era);
    await client.callTool({ name: "flip", arguments: { to: "up" } });
  }
  const [first, second] = asked;
  expect(first?.session === second?.session).toBe(first?.isShared);
  expect(second?.isShared).toBe(era === "2026-07-28");
});

test("sessions: opened by initialize, ended by DELETE, unknown to others", async () => {
  const { url, sessions } = await serve({}, { principalOf: (request) => request.headers.get("x-who") ?? "a" });
  const opened = await raw(url);
  expect(opened.status).toBe(200);
  await opened.text();
  const id = opened.headers.get("mcp-session-id") ?? "";
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  const ping = { body: '{"jsonrpc":"2.0","id":2,"method":"ping"}', headers: { "mcp-session-id": id } };
  expect((await raw(url, ping)).status).toBe(200);
  expect((await raw(url, { ...ping, headers: { ...ping.headers, "x-who": "b" } })).status).toBe(404);
  expect((await raw(url, { ...ping, headers: { "mcp-session-id": "0".repeat(36) } })).status).toBe(404);
  expect((await raw(url, { method: "DELETE", body: null, headers: ping.headers })).status).toBe(200);
  expect((await raw(url, ping)).status).toBe(404);
  expect(sessions()).toBe(0);
});

test("without a session only an initialize is served", async () => {
  const { url } = await serve();
  expect((await raw(url, { body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}' })).status).toBe(400);
  const got = await raw(url, { method: "GET", body: null });
  expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
});

test("too many sessions push out the one longest unused", async () => {
  const { url, sessions } = await serve({}, { maxSessions: 2 });
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) {
    const response = await raw(url);
    await response.text();
    ids.push(response.headers.get("mcp-session-id") ?? "");
  }
  expect(sessions()).toBe(2);
  const ping = (id = "") =>
    raw(url, { body: '{"jsonrpc":"2.0","id":2,"method":"ping"}', headers: { "mcp-session-id": id } });
  expect((await ping(ids[0])).status).toBe(404);
  expect((await ping(ids[2])).status).toBe(200);
});

test("idle sessions end", async () => {
  const { url, sessions } = await serve({}, { idleMs: 20 });
  await (await raw(url)).text();
  await new Promise((resolve) => setTimeout(resolve, 60));
  await (await raw(url)).text();
  expect(sessions()).toBe(1);
});

test.each<readonly [string, RawInit, number]>([
  ["no token", { headers: { authorization: "" } }, 401],
  ["a wrong token", { headers: { authorization: `Bearer ${"x".repeat(32)}` } }, 401],
  ["another site's origin", { headers: { origin: "https://evil.example" } }, 403],
  ["an opaque origin", { headers: { origin: "null" } }, 403],
  ["a form", { headers: { "content-type": "text/plain" } }, 415],
  ["a form of the stateless protocol", { body: MODERN, headers: { "content-type": "text/plain" } }, 415],
  ["no JSON", { body: "{" }, 400],
  ["another path", {}, 404],
  ["a body too large", { body: `"${"x".repeat(5 * 1024 * 1024)}"` }, 413],
  ["a batch", { body: JSON.stringify([INITIALIZE, INITIALIZE]) }, 400],
  ["deep nesting", { body: `${"[".repeat(100_000)}${"]".repeat(100_000)}` }, 400],
  ["null", { body: "null" }, 400],
  ["another method", { method: "PUT" }, 405],
])("%s is refused", async (name, init, status) => {
  const { url } = await serve();
  const response = await raw(name === "another path" ? new URL("/mcpx", url) : url, init);
  expect(response.status).toBe(status);
  expect(await response.text()).not.toMatch(/\n\s+at /);
});
