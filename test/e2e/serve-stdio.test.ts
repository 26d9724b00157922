import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { ERAS, textOf } from "../mcp/harness.ts";
import { approves, serve } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({ "src/cart.ts": "export function emptyCart(): void {}\n", "notes.md": "one\ntwo\n" });
});
afterEach(() => sandbox[Symbol.dispose]());

/** Nested deeper than any stack. */
const DEEP = `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"search_code","arguments":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`;

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};

describe.each(ERAS)("the program over stdio in %s", (era) => {
  it("offers every tool, searches, reads and tells its state", async () => {
    await using served = await serve(sandbox, era);
    expect((await served.client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS.map(({ name }) => name));
    expect(served.client.getInstructions()).toContain(JSON.stringify(sandbox.project));
    await expect
      .poll(async () => textOf(await served.call("search_code", { query: "emptyCart" })), {
        timeout: 20_000,
        interval: 200,
      })
      .toContain("src/cart.ts:1-1");
    expect(textOf(await served.call("read_file", { path: "notes.md" }))).toContain("one\ntwo");
    expect(textOf(await served.call("search_files", { pattern: "tw." }))).toContain("2: two");
    const status = await served.client.readResource({ uri: "codelab://index" });
    expect(JSON.stringify(status)).toContain(sandbox.project);
  });

  it("writes, commits nothing by itself, runs and deletes after a human's yes, and keeps the record", async () => {
    await using served = await serve(sandbox, era, { human: approves });
    expect(textOf(await served.call("write_file", { path: "new.txt", content: "hello\n" }))).toContain(
      "Created new.txt",
    );
    expect(readFileSync(path.join(sandbox.project, "new.txt"), "utf8")).toBe("hello\n");
    expect(served.asked[0]).toContain("+hello");
    expect(textOf(await served.call("execute_command", { argv: ["cat", "new.txt"] }))).toContain("```\nhello\n```");
    expect(served.asked[1]).toContain("cat new.txt");
    expect(textOf(await served.call("delete_file", { path: "new.txt" }))).toContain("Deleted new.txt");
    expect(existsSync(path.join(sandbox.project, "new.txt"))).toBe(false);
    expect(served.asked).toHaveLength(3);
  });
});

it("ends when its client does, also with a call in flight, and leaves no command behind", async () => {
  const child = sandbox.spawn(["serve"]);
  const lines = createInterface({ input: child.stdout });
  child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
  await once(lines, "line");
  const call = { name: "execute_command", arguments: { argv: ["sleep", "1000"] } };
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/call", params: call })}\n`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.stdin.end();
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
});

it("writes nothing but the protocol to stdout, whatever it is sent", async () => {
  const child = sandbox.spawn(["serve"]);
  const wrong: string[] = [];
  let answers = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    answers++;
    const message: unknown = JSON.parse(line);
    if (typeof message !== "object" || message === null || Reflect.get(message, "jsonrpc") !== "2.0") wrong.push(line);
  });
  const send = (message: unknown) =>
    child.stdin.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
  send(INITIALIZE);
  send({ jsonrpc: "2.0", method: "notifications/initialized" });
  for (const garbage of ["", "{", "[]", "null", "\u0000", '{"jsonrpc":"1.0"}', '{"jsonrpc":"2.0","id":{}}', DEEP])
    send(garbage);
  for (let id = 10; id < 60; id++)
    send({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: id % 2 ? "search_code" : "list_files", arguments: id % 2 ? { query: "cart" } : {} },
    });
  await expect.poll(() => answers).toBeGreaterThanOrEqual(51);
  child.stdin.end();
  await once(child, "exit");
  expect(wrong).toEqual([]);
});

it("gets its search ready while nobody asks, and has nothing to do where nothing is indexed", async () => {
  using empty = new Sandbox({});
  for (const [place, searches] of [
    [sandbox, 1],
    [empty, 0],
  ] as const) {
    await place.run(["index", "--lexical-only"]);
    const child = place.spawn(["serve"], { LOG_LEVEL: "debug" });
    let log = "";
    child.stderr.on("data", (data: Buffer) => (log += data.toString()));
    child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
    await expect.poll(() => /search is warm.*searches=(\d+)/.exec(log)?.[1]).toBeDefined();
    const said = Number(/search is warm.*searches=(\d+)/.exec(log)?.[1]);
    if (searches === 0) expect(said).toBe(0);
    else expect(said).toBeGreaterThanOrEqual(searches);
    child.stdin.end();
    await once(child, "exit");
  }
});

it("works once what stood in its way is mended, without being started again", async () => {
  const late = path.join(sandbox.root, "late");
  await using served = await serve(sandbox, "2025-11-25", { env: { CODELAB_WORKSPACE: late } });
  const find = async () => textOf(await served.call("search_code", { query: "emptyCart" }));
  for (let round = 0; round < 2; round++) expect(await find()).toContain("late does not exist");
  // A home that cannot be used, once the workspace can.
  writeFileSync(sandbox.home, "a file");
  mkdirSync(late);
  writeFileSync(path.join(late, "cart.ts"), "export function emptyCart(): void {}\n");
  expect(await find()).toContain("CODELAB_HOME");
  rmSync(sandbox.home);
  expect(textOf(await served.call("read_file", { path: "cart.ts" }))).toContain("emptyCart");
  expect(await find()).not.toContain("Hint");
});
