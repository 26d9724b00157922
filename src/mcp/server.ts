import {
  type ListResourcesResult,
  type ListResourceTemplatesResult,
  type ListToolsResult,
  type McpRequestContext,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { ElicitationTurn } from "../approval/gate.ts";
import type { Resource } from "../resources/resource.ts";
import type { Call, Caller } from "../tools/call.ts";
import type { Tool } from "../tools/tool.ts";
import { HEARTBEAT_MS } from "./admit.ts";
import { askByRequest, askByResult } from "./ask-client.ts";
import { clientOf } from "./client-facts.ts";
import { turnOf } from "./elicitation-turn.ts";
import { instructionsFor, type ServerFacts } from "./instructions.ts";
import { listTool } from "./list-tools.ts";
import { progressOf } from "./progress.ts";
import { readResource } from "./read-resource.ts";
import { PATIENCE_MS, type ToolRunner } from "./run-tool.ts";
import type { AskingCall } from "./settle.ts";
import { toCallToolResult } from "./tool-result.ts";

/** Whom a connection belongs to; the transport knows. */
export type Identity = Omit<Caller, "client">;

export interface ServerParts {
  readonly tools: readonly Tool[];
  readonly resources: readonly Resource[];
  readonly runner: ToolRunner;
  readonly facts: () => ServerFacts;
  /** Resolves when a request is no longer pending, or the signal aborts. */
  readonly decided: (requestId: string, signal: AbortSignal) => Promise<void>;
  /** Milliseconds that a human has to decide. */
  readonly askingMs: number;
  /** Milliseconds between two signs of life while a human thinks. */
  readonly heartbeatMs?: number;
}

/** Builds protocol servers that share one set of definitions: one for each connection, or for each request over HTTP. */
export type ServerFactory = (connection: McpRequestContext, identify: (request: ServerContext) => Identity) => Server;

/** How long a client may keep the lists: they change with the program's version only. */
const LIST_TTL_MS = 3_600_000;

/** A factory whose lists and schemas are built once, when first asked for. */
export function createServerFactory({
  tools,
  resources,
  runner,
  facts,
  decided,
  askingMs,
  heartbeatMs = HEARTBEAT_MS,
}: ServerParts): ServerFactory {
  const listed = lazily((): ListToolsResult => ({ tools: tools.map(listTool) }));
  const lists = lazily(() => listResources(resources));
  return (connection, identify) => {
    const known = facts();
    const server = new Server(
      { name: "codelab-mcp", title: "Codelab", version: known.version },
      {
        capabilities: { tools: {}, resources: {} },
        instructions: instructionsFor(known),
        cacheHints: {
          "tools/list": { ttlMs: LIST_TTL_MS, cacheScope: "public" },
          "resources/list": { ttlMs: LIST_TTL_MS, cacheScope: "public" },
          "resources/templates/list": { ttlMs: LIST_TTL_MS, cacheScope: "public" },
        },
      },
    );
    const callOf = (request: ServerContext): Call => ({
      caller: { ...identify(request), client: clientOf(request, server) },
      signal: request.mcpReq.signal,
      progress: progressOf(request),
    });
    server.setRequestHandler("tools/list", () => listed());
    server.setRequestHandler("tools/call", async ({ params }, request) => {
      const call = callOf(request);
      const turn = turnOf(request, server);
      const run = (whole: Call, attempt: ElicitationTurn | null) =>
        runner.run(params.name, params.arguments, whole, attempt);
      if (connection.era === "modern") return askByResult((answer) => run(call, answer), turn);
      const asking = {
        request,
        decided,
        patienceMs: patienceOf(request, askingMs),
        progress: call.progress,
        heartbeatMs,
      };
      // What the call has others do for it asks through the same open call.
      const whole: AskingCall = { ...call, settle: (attempt) => askByRequest(attempt, turn, asking) };
      return toCallToolResult(await askByRequest((answer) => run(whole, answer), turn, asking));
    });
    server.setRequestHandler("resources/list", () => lists().single);
    server.setRequestHandler("resources/templates/list", () => lists().families);
    server.setRequestHandler("resources/read", ({ params }, request) =>
      readResource(params.uri, resources, runner, callOf(request)),
    );
    return server;
  };
}

function listResources(resources: readonly Resource[]): {
  readonly single: ListResourcesResult;
  readonly families: ListResourceTemplatesResult;
} {
  const single: ListResourcesResult["resources"] = [];
  const families: ListResourceTemplatesResult["resourceTemplates"] = [];
  for (const { name, title, description, mimeType, uri, variable } of resources) {
    const facts = { name, title, description, mimeType };
    if (variable === undefined) single.push({ uri, ...facts });
    else families.push({ uriTemplate: `${uri}{${variable}}`, ...facts });
  }
  return { single: { resources: single }, families: { resourceTemplates: families } };
}

/** A client that follows progress may wait as long as its human; any other gives up after a minute. */
function patienceOf({ mcpReq }: ServerContext, askingMs: number): number {
  return mcpReq._meta?.progressToken === undefined ? Math.min(askingMs, PATIENCE_MS) : askingMs;
}

function lazily<Value>(build: () => Value): () => Value {
  let built: { readonly value: Value } | undefined;
  return () => (built ??= { value: build() }).value;
}
