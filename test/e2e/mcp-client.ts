import { Client, type ClientOptions, type ElicitResult } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { clientOptions, type Era } from "../mcp/harness.ts";
import { CLI, type Sandbox } from "./run-cli.ts";

export interface Served extends AsyncDisposable {
  readonly client: Client;
  readonly pid: number;
  /** What the server wrote to stderr so far. */
  readonly stderr: () => string;
  /** Messages that a human was shown. */
  readonly asked: string[];
  readonly call: (name: string, args?: Record<string, unknown>) => ReturnType<Client["callTool"]>;
}

export interface ServeOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The human at the client; without one the client cannot ask. */
  readonly human?: (message: string) => ElicitResult | Promise<ElicitResult>;
}

/** Longer than a client needs that answers by itself. */
const THINKS_MS = 300;

export const approves = thinking({ action: "accept", content: { decision: "approve_once" } });

/** A human who takes a moment and then answers so. */
export function thinking(result: ElicitResult): () => Promise<ElicitResult> {
  return () => new Promise((resolve) => setTimeout(() => resolve(result), THINKS_MS));
}

/** Starts the built program as a client does, and connects the SDK's client to it. */
export async function serve(sandbox: Sandbox, era: Era, { env = {}, human }: ServeOptions = {}): Promise<Served> {
  const all = { ...sandbox.env(env), LOG_LEVEL: "info" };
  const defined = Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, "serve"],
    cwd: sandbox.project,
    env: defined,
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  const options: ClientOptions = {
    ...clientOptions(era),
    capabilities: human === undefined ? {} : { elicitation: { form: {} } },
  };
  const client = new Client({ name: "e2e", version: "1" }, options);
  const asked: string[] = [];
  if (human !== undefined)
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      asked.push(params.message);
      return human(params.message);
    });
  await client.connect(transport);
  return {
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    asked,
    call: (name, args = {}) => client.callTool({ name, arguments: args }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
