import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { ERAS, textOf } from "../mcp/harness.ts";
import { serve } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({
    "src/cart.ts": "export function emptyCart(items: string[]): void {\n  items.length = 0;\n}\n",
    "src/basket.ts": "export function emptyBasket(items: string[]): void {\n  items.length = 0;\n}\n",
    "logo.bin": "a\0b",
  });
  const folder = path.join(sandbox.root, ".claude", "projects", sandbox.project.replaceAll(/[^\w]/g, "-"));
  mkdirSync(folder, { recursive: true });
  const said = { sessionId: "s-1", cwd: sandbox.project, timestamp: "2026-11-20T10:00:00.000Z", type: "user" };
  const line = { ...said, uuid: "u-1", message: { role: "user", content: "the cart is emptied twice" } };
  writeFileSync(path.join(folder, "s-1.jsonl"), `${JSON.stringify(line)}\n`);
});
afterEach(() => sandbox[Symbol.dispose]());

/** A call of each tool that answers without a human. */
const CALLS: Readonly<Record<string, Record<string, unknown>>> = {
  search_code: { query: "empty the cart" },
  find_similar: { path: "src/cart.ts", line: 1 },
  search_conversations: { query: "cart emptied" },
  read_conversation: { sessionId: "s-1" },
  index_status: {},
  read_file: { path: "src/cart.ts" },
  list_files: {},
  search_files: { pattern: "emptyCart" },
};

describe.each(ERAS)("answers in %s", (era) => {
  it("pass a client that holds them against the schemas it was told", async () => {
    expect(Object.keys(CALLS)).toEqual(
      TOOLS.filter(({ access, name }) => access === "read" && name !== "run_agent").map(({ name }) => name),
    );
    await using served = await serve(sandbox, era);
    // A client knows the schemas only once it has listed the tools; from then on it refuses what does not fit.
    const { tools } = await served.client.listTools();
    const found = (name: string) => async () => textOf(await served.call(name, CALLS[name]));
    await expect.poll(found("search_code"), { interval: 200 }).toContain("src/cart.ts:1-3");
    await expect.poll(found("search_conversations"), { interval: 200 }).toContain("emptied twice");
    for (const [name, args] of Object.entries(CALLS)) {
      const answer = await served.call(name, args);
      expect([name, answer.isError ?? false]).toEqual([name, false]);
      const isTyped = tools.some((tool) => tool.name === name && tool.outputSchema !== undefined);
      expect([name, answer.structuredContent !== undefined]).toEqual([name, isTyped]);
    }
  });
});
