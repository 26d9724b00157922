import { PassThrough } from "node:stream";
import { Client, type ClientOptions, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { listen } from "../../src/http.ts";
import { createLogger, type Logger } from "../../src/log.ts";
import type { Guard } from "../../src/mcp/guard.ts";
import { createMcpHttp } from "../../src/mcp/http.ts";
import { type CallRecord, createToolRunner, type RunnerParts } from "../../src/mcp/run-tool.ts";
import { createServerFactory, type ServerFactory } from "../../src/mcp/server.ts";
import { serveStdio } from "../../src/mcp/stdio.ts";
import { RESOURCES } from "../../src/resources/catalogue.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { fakeContext } from "../tools/fake-context.ts";

export const ERAS = ["2025-11-25", "2026-07-28"] as const;
export type Era = (typeof ERAS)[number];

/** The options that make the SDK's client speak one era. */
export function clientOptions(era: Era): ClientOptions {
  return { versionNegotiation: { mode: era === "2025-11-25" ? "legacy" : { pin: era } } };
}

export interface Harness extends AsyncDisposable {
  readonly client: Client;
  readonly records: CallRecord[];
  readonly logged: string[];
  /** Resolves when the server noticed the end. */
  readonly served: Promise<void>;
  /** Ends the server's stdin, as a client that goes away does. */
  readonly hangUp: () => void;
}

/** A guard for tests that gate nothing. */
export const openDoor: Guard = {
  authorise: () => Promise.reject(new Error("nothing is gated here")),
  decided: () => Promise.reject(new Error("nothing is gated here")),
  countFileOperation: () => {},
};

export const TRANSPORTS = ["stdio", "http"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Our server and the SDK's client in one process, over a pair of streams as stdio is, or over HTTP on loopback. */
export async function connect(
  era: Era,
  parts: Partial<RunnerParts> & { readonly guard?: Guard } = {},
  options: ClientOptions = {},
  transport: Transport = "stdio",
): Promise<Harness> {
  const { guard = openDoor } = parts;
  const records: CallRecord[] = [];
  const logged: string[] = [];
  const log = createLogger("info", (line) => logged.push(line));
  const tools = parts.tools ?? TOOLS;
  const runner = createToolRunner({
    tools,
    openContext: async () => fakeContext({ "a.txt": "one\ntwo\n" }),
    openGuard: async () => guard,
    observe: (record) => records.push(record),
    log,
    ...parts,
  });
  const facts = () => ({ version: "1.2.3", workspace: "/home/me/project", index: null, gated: false });
  const factory = createServerFactory({
    tools,
    resources: RESOURCES,
    runner,
    facts,
    askingMs: 300_000,
    heartbeatMs: 20,
    decided: guard.decided,
  });
  const client = new Client({ name: "harness", version: "7" }, { ...clientOptions(era), ...options });
  const connection =
    transport === "stdio" ? await overStreams(client, factory, log) : await overHttp(client, factory, log);
  return {
    client,
    records,
    logged,
    ...connection,
    [Symbol.asyncDispose]: async () => {
      connection.hangUp();
      await connection.served;
      await client.close();
    },
  };
}

type Connection = Pick<Harness, "served" | "hangUp">;

async function overStreams(client: Client, factory: ServerFactory, log: Logger): Promise<Connection> {
  const toServer = new PassThrough();
  const fromServer = new PassThrough();
  const served = serveStdio({ factory, log, stdin: toServer, stdout: fromServer });
  // The server's transport is symmetric: with the streams swapped it serves the client.
  await client.connect(new StdioServerTransport(fromServer, toServer));
  return { served, hangUp: () => void toServer.end() };
}

async function overHttp(client: Client, factory: ServerFactory, log: Logger): Promise<Connection> {
  const mcp = createMcpHttp({ factory, log });
  const bearer = { token: "t".repeat(32), isOpen: () => false };
  const server = await listen({ host: "127.0.0.1", port: 0, handlers: [mcp.handle], log, bearer });
  const requestInit = { headers: { authorization: `Bearer ${bearer.token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.origin}/mcp`), { requestInit }));
  let hangUp = () => {};
  const served = new Promise<void>((resolve) => (hangUp = resolve)).then(async () => {
    await client.close();
    await mcp[Symbol.asyncDispose]();
    await server.close(0);
  });
  return { served, hangUp: () => hangUp() };
}

/** The text of a result, its blocks joined. */
export function textOf(result: {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
}): string {
  return result.content.map(({ text }) => text ?? "").join("\n");
}
