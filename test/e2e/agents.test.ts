import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openApprovals } from "../../src/approval/open.ts";
import { createLogger } from "../../src/log.ts";
import { startChat, type Turn } from "../agents/scripted-chat.ts";
import { textOf } from "../mcp/harness.ts";
import { approves, serve } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({ "src/cart.ts": "export function emptyCart(): void {}\n" });
});
afterEach(() => sandbox[Symbol.dispose]());

const model = (url: string) => ({ AGENT_BASE_URL: url, AGENT_MODEL: "scripted" });
const write: Turn = { calls: [{ name: "write_file", arguments: { path: "new.txt", content: "hello\n" } }] };
const written = () => path.join(sandbox.project, "new.txt");

/** Decides the next request of a gated call, as a human at another terminal would. */
async function decideNext(verdict: "approve_once" | "deny"): Promise<string> {
  using approvals = await openApprovals({ home: sandbox.home, log: createLogger("silent"), timeoutMs: 300_000 });
  const { ledger } = approvals;
  await expect.poll(() => ledger.list({ status: "pending" }).length, { interval: 100 }).toBe(1);
  const [request] = ledger.list({ status: "pending" });
  ledger.decide(request?.id ?? "", { verdict, channel: "terminal", comment: null });
  return request?.client ?? "";
}

describe("codelab-mcp agent", () => {
  it("answers a question with what the tools found, on stdout alone", async () => {
    await using chat = await startChat("openai", [
      { text: "I search.", calls: [{ name: "search_code", arguments: { query: "emptyCart" } }] },
      { text: "It is in src/cart.ts:1." },
    ]);
    const { stdout, stderr, code } = await sandbox.run(["agent", "ask", "where is the cart emptied"], model(chat.url));
    expect([stdout, code]).toEqual(["It is in src/cart.ts:1.\n", 0]);
    expect(stderr).toContain('ask: search_code {"query":"emptyCart"}');
    expect(JSON.stringify(chat.asked[1]?.body.messages)).toContain("src/cart.ts:1-1");
  });

  it("goes on with a former session, and lists it", async () => {
    await using chat = await startChat("openai", [{ text: "blue" }, { text: "still blue" }]);
    const first = await sandbox.json<{ session: string }>(["agent", "ask", "which colour"], model(chat.url));
    const again = ["agent", "auto", "sure?", "--resume", first.session];
    expect(await sandbox.json(again, model(chat.url))).toMatchObject({ text: "still blue", role: "ask" });
    expect(JSON.stringify(chat.asked[1]?.body.messages)).toContain("blue");
    expect(await sandbox.json(["agent", "--list"])).toMatchObject([{ session: first.session, task: "which colour" }]);
  });

  it("writes only after a human's yes, who is told which agent asks", async () => {
    await using chat = await startChat("openai", [write, { text: "Written." }]);
    const running = sandbox.run(["agent", "coder", "write it"], model(chat.url));
    expect(await decideNext("approve_once")).toBe("the coder agent of codelab-mcp agent");
    expect((await running).stdout).toBe("Written.\n");
    expect(readFileSync(written(), "utf8")).toBe("hello\n");
    expect(await sandbox.json(["audit", "verify"])).toMatchObject({ ok: true });
  });

  it("takes a no for a no, and tells the model", async () => {
    await using chat = await startChat("openai", [write, { text: "Then not." }]);
    const running = sandbox.run(["agent", "coder", "write it"], model(chat.url));
    await decideNext("deny");
    expect((await running).stdout).toBe("Then not.\n");
    expect(existsSync(written())).toBe(false);
    expect(JSON.stringify(chat.asked[1]?.body.messages.at(-1))).toMatch(/denied|refused|declined|said no/i);
  });

  it.each([
    [["agent"], "give a role and a task"],
    [["agent", "ask"], "give a role and a task"],
    [["agent", "wizard", "x"], 'no agent "wizard"'],
    [["agent", "ask", "x", "--resume", "../../x"], "no agent session"],
  ])("refuses %j with the next step", async (args, words) => {
    const { code, stderr, stdout } = await sandbox.run(args, model("http://127.0.0.1:9/v1"));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(words);
    expect(stderr).toContain("hint:");
  });

  it("says what to set when no model is configured, before it indexes a project for nothing", async () => {
    const { code, stderr } = await sandbox.run(["agent", "auto", "x"]);
    expect(code).toBe(1);
    expect(stderr).toContain("ANTHROPIC_API_KEY");
    expect(stderr).not.toContain("Indexing");
  });
});

describe("run_agent", () => {
  const task = { role: "coder", task: "write it" };

  it("asks the client's human while its own call is open", async () => {
    await using chat = await startChat("openai", [write, { text: "Written." }]);
    await using served = await serve(sandbox, "2025-11-25", { human: approves, env: model(chat.url) });
    const result = await served.call("run_agent", task);
    expect(textOf(result)).toContain("Written.");
    expect(result.structuredContent).toMatchObject({ role: "coder", isFinished: true, steps: 2 });
    expect(served.asked).toHaveLength(1);
    expect(served.asked[0]).toContain("+hello");
    expect(readFileSync(written(), "utf8")).toBe("hello\n");
  });

  it.each(["2025-11-25", "2026-07-28"] as const)(
    "waits for a human elsewhere where the client of %s cannot ask",
    async (era) => {
      await using chat = await startChat("openai", [write, { text: "Written." }]);
      await using served = await serve(sandbox, era, { env: model(chat.url) });
      const running = served.call("run_agent", task);
      await decideNext("approve_once");
      expect(textOf(await running)).toContain("Written.");
      expect(readFileSync(written(), "utf8")).toBe("hello\n");
    },
  );

  it("tells a model how to get one, and never starts agents from agents", async () => {
    await using served = await serve(sandbox, "2026-07-28");
    const refused = await served.call("run_agent", task);
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toContain("ANTHROPIC_API_KEY");
    await using chat = await startChat("openai", [{ calls: [{ name: "run_agent", arguments: task }] }, { text: "ok" }]);
    await using other = await serve(sandbox, "2026-07-28", { env: model(chat.url) });
    await other.call("run_agent", task);
    expect(JSON.stringify(chat.asked[1]?.body.messages.at(-1))).toContain("has no tool");
  });
});
