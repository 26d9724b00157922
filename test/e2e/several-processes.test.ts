import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import type { CodeHit, SearchAnswer } from "../../src/search/answer.ts";
import { CLI, Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox(
    Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`src/f${n}.ts`, `export const animal${n} = "zebra";\n`])),
  );
});
afterEach(() => sandbox[Symbol.dispose]());

async function server(): Promise<{ client: Client; stderr: () => string }> {
  const env = Object.fromEntries(
    Object.entries(sandbox.env()).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const args = [CLI, "serve", "--workspace", sandbox.project];
  const transport = new StdioClientTransport({ command: process.execPath, args, env, stderr: "pipe" });
  let stderr = "";
  transport.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  return { client, stderr: () => stderr };
}

async function search(client: Client, query: string): Promise<SearchAnswer<CodeHit>> {
  const result = await client.callTool({ name: "search_code", arguments: { query, limit: 5 } });
  expect(result.isError ?? false).toBe(false);
  return result.structuredContent as SearchAnswer<CodeHit>;
}

it("lets two servers and the command line work on one project at once: one writes, all answer fresh", async () => {
  const [first, second] = await Promise.all([server(), server()]);
  try {
    for (let round = 0; round < 6; round++) {
      const word = `unicorn${round}x`;
      sandbox.write({ [`src/round${round}.ts`]: `export const ${word} = ${round};\n` });
      const indexing = sandbox.run(["index", "--no-conversations"]);
      const during = await Promise.all([search(first.client, "zebra"), search(second.client, "zebra")]);
      for (const answer of during) expect(answer.query).toBe("zebra");
      expect(await indexing).toMatchObject({ code: 0 });
      for (const { client } of [first, second]) {
        expect((await search(client, word)).hits[0]?.path).toBe(`src/round${round}.ts`);
      }
      const fromTerminal = await sandbox.json<SearchAnswer<CodeHit>>(["search", word]);
      expect(fromTerminal.hits[0]?.path).toBe(`src/round${round}.ts`);
    }
    expect(first.stderr() + second.stderr()).not.toMatch(/lock|busy/i);
  } finally {
    await Promise.all([first.client.close(), second.client.close()]);
  }
});

it("never calls an index fresh that another process has yet to make, and says to ask again", async () => {
  const config = loadConfig({ env: sandbox.env(), cwd: sandbox.project, homeDir: sandbox.root });
  await using app = await openApp(config);
  // The test is the process that makes the index.
  expect(await app.store.acquireLease()).toBe(true);
  const { client } = await server();
  try {
    const freshness = async () => (await search(client, "zebra")).index.freshness;
    await expect.poll(freshness, { interval: 100 }).toBe("updating");
    const early = await client.callTool({ name: "search_code", arguments: { query: "zebra" } });
    expect(JSON.stringify(early.content)).toContain("ask again in a few seconds");
    await app.index({ full: false, lexicalOnly: true, signal: new AbortController().signal, onEvent: () => {} });
    await expect.poll(freshness, { interval: 100 }).toBe("fresh");
    expect((await search(client, "zebra")).hits).toHaveLength(5);
  } finally {
    await client.close();
  }
});
