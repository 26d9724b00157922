import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { clientOptions, ERAS, textOf } from "../mcp/harness.ts";
import { thinking } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

// The built program over HTTP as anybody starts it: another user of the machine, who reaches its port, gets nothing.

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({ "a.txt": "a line of mine\n" });
});
const servers: ReturnType<Sandbox["spawn"]>[] = [];
afterEach(async () => {
  const running = servers.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(running.map((child) => (child.kill("SIGTERM"), once(child, "close"))));
  sandbox[Symbol.dispose]();
});

async function serveHttp(args: readonly string[] = []) {
  const child = sandbox.spawn(["serve", "--http", "--port", "0", ...args], { LOG_LEVEL: "debug" });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data.toString()));
  servers.push(child);
  await expect.poll(() => /MCP at (\S+\/mcp)/.exec(said)?.[1]).toBeDefined();
  return { url: new URL(/MCP at (\S+\/mcp)/.exec(said)?.[1] ?? ""), pid: child.pid ?? 0, said: () => said };
}

const ownToken = () => readFileSync(path.join(sandbox.home, "http-token"), "utf8").trim();

async function connect(url: URL, era: (typeof ERAS)[number], authorization?: string): Promise<Client> {
  const client = new Client(
    { name: "e2e", version: "1" },
    { ...clientOptions(era), capabilities: { elicitation: {} } },
  );
  client.setRequestHandler("elicitation/create", thinking({ action: "accept", content: { decision: "approve_once" } }));
  const requestInit = authorization === undefined ? {} : { headers: { authorization } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  onTestFinished(() => client.close());
  return client;
}

describe.each(ERAS)("serve --http in %s", (era) => {
  it("lets in who has the token of its user, and nobody else", async () => {
    const { url, said, pid } = await serveHttp();
    for (const wrong of [undefined, "Bearer ", "Bearer wrong", `Basic ${ownToken()}`, ownToken()])
      await expect(connect(url, era, wrong)).rejects.toThrow();
    const client = await connect(url, era, `Bearer ${ownToken()}`);
    expect(textOf(await client.callTool({ name: "read_file", arguments: { path: "a.txt" } }))).toContain("of mine");
    // Logs and lists of processes are read by others.
    expect(said()).not.toContain(ownToken());
    if (process.platform === "linux") {
      expect(statSync(path.join(sandbox.home, "http-token")).mode & 0o777).toBe(0o600);
      expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(ownToken());
    }
  });
});

it("two servers want the same token, also after a restart", async () => {
  const both = await Promise.all([serveHttp(), serveHttp()]);
  const token = ownToken();
  for (const { url } of [...both, await serveHttp()]) await connect(url, "2025-11-25", `Bearer ${token}`);
  expect(ownToken()).toBe(token);
});

it("without a token, where that was asked for, another client's approval for its session is not mine", async () => {
  const { url } = await serveHttp(["--no-token"]);
  const write = (client: Client, file: string) =>
    client.callTool({ name: "write_file", arguments: { path: file, content: "x\n" } });
  for (const era of ERAS) {
    const [first, second] = [await connect(url, era), await connect(url, era)];
    let offered: string[] = [];
    const grant = thinking({ action: "accept", content: { decision: "approve_session" } });
    first.setRequestHandler("elicitation/create", async ({ params }) => {
      const schema: unknown = Reflect.get(params, "requestedSchema");
      offered = Array.from(JSON.stringify(schema).matchAll(/"(approve_\w+)"/g), ([, word]) => word ?? "");
      return grant();
    });
    const asked: string[] = [];
    second.setRequestHandler("elicitation/create", async ({ params }) => {
      asked.push(params.message);
      return thinking({ action: "decline" })();
    });
    const granted = await write(first, `${era}-1.txt`);
    expect(offered.includes("approve_session")).toBe(era !== "2026-07-28");
    expect(granted.isError === true).toBe(era === "2026-07-28");
    expect((await write(second, `${era}-2.txt`)).isError).toBe(true);
    expect(asked).toHaveLength(1);
  }
});
