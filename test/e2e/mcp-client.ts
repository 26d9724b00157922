import { Client, type ElicitResult, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { clientOptions, type Era, type Transport } from "../mcp/harness.ts";
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
  /** Default `stdio`. */
  readonly transport?: Transport;
  /** What the client calls itself; default `e2e`. */
  readonly name?: string;
}

/** Longer than a client needs that answers by itself. */
const THINKS_MS = 300;

export const approves = thinking({ action: "accept", content: { decision: "approve_once" } });

/** A human who takes a moment and then answers so. */
export function thinking(result: ElicitResult): () => Promise<ElicitResult> {
  return () => new Promise((resolve) => setTimeout(() => resolve(result), THINKS_MS));
}

/** Starts the built program as a client does, and connects the SDK's client to it. */
export async function serve(sandbox: Sandbox, era: Era, options: ServeOptions = {}): Promise<Served> {
  const { env = {}, human, transport = "stdio", name = "e2e" } = options;
  const client = new Client(
    { name, version: "1" },
    { ...clientOptions(era), capabilities: human === undefined ? {} : { elicitation: { form: {} } } },
  );
  const asked: string[] = [];
  if (human !== undefined)
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      asked.push(params.message);
      return human(params.message);
    });
  const call: Served["call"] = (name, args = {}) => client.callTool({ name, arguments: args });
  const connect = transport === "stdio" ? connectByStdio : connectByHttp;
  return { client, asked, call, ...(await connect(sandbox, client, { ...env, LOG_LEVEL: "info" })) };
}

type Connected = Pick<Served, "pid" | "stderr" | typeof Symbol.asyncDispose>;

async function connectByStdio(sandbox: Sandbox, client: Client, env: NodeJS.ProcessEnv): Promise<Connected> {
  const defined = Object.fromEntries(
    Object.entries(sandbox.env(env)).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
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
  await client.connect(transport);
  return { pid: transport.pid ?? 0, stderr: () => stderr, [Symbol.asyncDispose]: () => client.close() };
}

async function connectByHttp(sandbox: Sandbox, client: Client, env: NodeJS.ProcessEnv): Promise<Connected> {
  const token = "t".repeat(40);
  const child = sandbox.spawn(["serve", "--http", "--port", "0"], { ...env, CODELAB_HTTP_TOKEN: token });
  let stderr = "";
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
      const found = /MCP at (\S+\/mcp)/.exec(stderr)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(stderr)));
  });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }));
  return {
    pid: child.pid ?? 0,
    stderr: () => stderr,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      child.kill("SIGKILL");
    },
  };
}
