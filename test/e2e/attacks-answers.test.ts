import { existsSync } from "node:fs";
import path from "node:path";
import type { ElicitResult } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERAS, textOf } from "../mcp/harness.ts";
import { approves, serve, type Served, thinking } from "./mcp-client.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";
import { Sandbox } from "./run-cli.ts";

// Answers that are not the answer to what was asked, to the built program over stdio: in both eras from the SDK's client
// where it can send them, from a raw one where only a raw one can.

type Human = () => ElicitResult | Promise<ElicitResult>;

const APPROVED = { action: "accept", content: { decision: "approve_once" } } as const satisfies ElicitResult;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** All of these count against one hour of one user. */
const MANY = { CODELAB_APPROVALS_PER_HOUR: "1000" };
/** Longer than a client needs that declines by itself. */
const THINKS_MS = 300;

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox[Symbol.dispose]());

const exists = (name: string) => existsSync(path.join(sandbox.project, name));
const file = (name: string) => `${name.replaceAll(/\W+/g, "-")}.txt`;
const idIn = (text: string) => /(?:approval|request) (\w{4}-\w{4}-\w{4})/.exec(text)?.[1] ?? "";

describe.each(ERAS)("to the SDK's client in %s", (era) => {
  let served: Served;
  /** Who answers about a file, by its name. */
  const humans = new Map<string, Human>();
  /** One server for all: every test asks about files of its own. */
  const write = (name: string, human: Human, more: Record<string, unknown> = {}) => {
    humans.set(name, human);
    return served.call("write_file", { path: name, content: era, ...more });
  };
  const nameOf = (name: string) => file(`${era} ${name}`);

  beforeAll(async () => {
    const human = (message: string) =>
      humans.get(/Create (\S+)/.exec(message)?.[1] ?? "")?.() ?? { action: "cancel" as const };
    served = await serve(sandbox, era, { human, env: MANY });
  });
  afterAll(() => served[Symbol.asyncDispose]());

  describe.concurrent("one at a time", () => {
    it.each<readonly [string, ElicitResult]>([
      ["nothing filled in", { action: "accept", content: {} }],
      ["the form's default", { action: "accept", content: { decision: "deny" } }],
      ["a true", { action: "accept", content: { decision: true } }],
      ["another field", { action: "accept", content: { approve: true, decision: "yes" } }],
      ["more than was asked", { action: "accept", content: { decision: "approve_once", also: "approve_session" } }],
      ["another spelling", { action: "accept", content: { decision: "APPROVE_ONCE" } }],
      ["a list of decisions", { action: "accept", content: { decision: ["deny", "approve_once"] } }],
      ["no form at all", { action: "accept" }],
      ["a decline", { action: "decline" }],
      ["a cancel", { action: "cancel" }],
    ])("%s does nothing", async (what, answer) => {
      const name = nameOf(what);
      // Some of these the client itself refuses to send, as its schema does not know them.
      const result = await write(name, thinking(answer)).catch(() => ({ isError: true }));
      expect(result.isError).toBe(true);
      expect(exists(name)).toBe(false);
    });

    it.each(["decline", "cancel"] as const)("an instant %s leaves the question open elsewhere", async (action) => {
      let name = "";
      let text = "refused request";
      // On a busy machine the answer may take as long as a human's, and then counts as one.
      for (let attempt = 1; text.includes("refused request") && attempt <= 20; attempt++) {
        name = nameOf(`instant ${action} ${attempt}`);
        text = textOf(await write(name, () => ({ action })));
      }
      const id = idIn(text);
      expect((await sandbox.run(["approvals", "list", "--json"])).stdout).toContain(`"${id}"`);
      expect(exists(name)).toBe(false);
    });

    it("a yes to a call that was given up meanwhile does nothing", async () => {
      const name = nameOf("given up");
      let yes = (_answer: ElicitResult) => {};
      humans.set(name, () => new Promise((resolve) => (yes = resolve)));
      const abort = new AbortController();
      const request = { name: "write_file", arguments: { path: name, content: "x" } };
      const outcome = served.client.callTool(request, { signal: abort.signal }).catch(() => "given up");
      const shown = () => served.asked.some((message) => message.includes(name));
      await expect.poll(shown).toBe(true);
      await pause(THINKS_MS);
      abort.abort();
      yes(APPROVED);
      expect(await outcome).toBe("given up");
      await pause(500);
      expect(exists(name)).toBe(false);
    });

    it("of several questions at once, each answer counts for its own", async () => {
      const [no, yes, other] = [nameOf("first"), nameOf("second"), nameOf("third")];
      const results = await Promise.all([
        write(no, thinking({ action: "decline" })),
        write(yes, approves),
        write(other, thinking({ action: "decline" })),
      ]);
      expect(results.map(({ isError }) => isError === true)).toEqual([true, false, true]);
      expect([no, yes, other].map(exists)).toEqual([false, true, false]);
    });

    it("two approvals of one call at once let it run once", async () => {
      const name = nameOf("twice");
      const results = await Promise.all([write(name, approves), write(name, approves)]);
      expect(results.filter(({ isError }) => isError !== true)).toHaveLength(1);
      expect(results.map(textOf).join("\n")).toMatch(/already used|changed since|differs/);
    });

    it.each(["nope", "' OR status='pending' --", "'; DROP TABLE hitl_requests; --", "%", "../x", "x".repeat(200)])(
      "the approval %j does not exist",
      async (approvalId) => {
        const name = nameOf(`unknown ${approvalId}`);
        await write(name, () => ({ action: "cancel" }));
        expect(textOf(await write(name, () => APPROVED, { approvalId }))).toContain("there is no approval");
        expect(exists(name)).toBe(false);
      },
    );
  });

  it("an answer that comes after its time does nothing, and the call asks anew", async () => {
    const human = () => pause(1_600).then(() => APPROVED);
    await using hasty = await serve(sandbox, era, { human, env: { ...MANY, CODELAB_APPROVAL_TIMEOUT: "1" } });
    const call = () => hasty.call("write_file", { path: nameOf("late"), content: "x" });
    expect(textOf(await call())).toContain("has expired");
    expect((await call()).isError).toBe(true);
    expect(hasty.asked).toHaveLength(2);
    expect(exists(nameOf("late"))).toBe(false);
  });

  it("an approval of one session is of no use to another, whose name rearranges nothing for the human", async () => {
    const name = nameOf("session");
    const clientName = "\u202eedoC\u001b[2J\nrequest approved";
    await using other = await serve(sandbox, era, { human: () => ({ action: "cancel" }), env: MANY, name: clientName });
    const approvalId = idIn(textOf(await write(name, () => ({ action: "cancel" }))));
    const theirs = { path: name, content: era };
    expect(textOf(await other.call("write_file", { ...theirs, approvalId }))).toContain("another session");
    await other.call("write_file", theirs);
    const { stdout } = await sandbox.run(["approvals", "list", "--json"]);
    expect(stdout).toContain("⟨U+202E⟩edoC⟨ESC⟩[2J⟨LF⟩request approved");
    expect(textOf(await write(`${name}2`, () => APPROVED, { approvalId }))).toContain("other arguments");
    expect([name, `${name}2`].map(exists)).toEqual([false, false]);
  });
});

describe("from a raw client before 2026-07-28", () => {
  let client: RawClient;
  let last = 100;

  beforeAll(async () => {
    client = await connectRaw(sandbox, MANY);
  });
  afterAll(() => client[Symbol.asyncDispose]());

  /** Calls, waits until the human is asked, and lets a moment go by. */
  async function ask(
    what: string,
  ): Promise<{ readonly call: number; readonly question: unknown; readonly name: string }> {
    const call = (last += 1);
    const name = file(`raw ${what}`);
    client.call(call, "write_file", { path: name, content: "x" });
    const question = await client.questionAbout(`Create ${name}`);
    await pause(THINKS_MS);
    return { call, question, name };
  }

  it("answers sent before their question do nothing", async () => {
    await using fresh = await connectRaw(sandbox, MANY);
    for (let id = 0; id < 50; id++) fresh.send({ id, result: APPROVED });
    fresh.call(100, "write_file", { path: "early.txt", content: "x" });
    for (let id = 1_000; id < 1_050; id++) fresh.send({ id, result: APPROVED });
    await fresh.questionAbout("Create early.txt");
    await pause(500);
    expect([fresh.hasAnswered(100), exists("early.txt")]).toEqual([false, false]);
  });

  describe.concurrent("one question each", () => {
    it.each<readonly [string, object]>([
      ["an error", { error: { code: -32_000, message: "approve_once" } }],
      ["no object", { result: "approve_once" }],
      ["a list", { result: [APPROVED] }],
      ["a wrapped answer", { result: { result: APPROVED } }],
      ["a decision beside the content", { result: { action: "accept", decision: "approve_once" } }],
      ["a decision by prototype", { result: { action: "accept", content: { ["__proto__"]: APPROVED.content } } }],
      ["an answer that is an error too", { result: APPROVED, error: { code: 1, message: "no" } }],
    ])("%s approves nothing", async (what, answer) => {
      const { question, name } = await ask(what);
      client.send({ id: question, ...answer });
      await pause(1_000);
      expect(exists(name)).toBe(false);
    });

    it("the first answer counts, whatever is sent after it", async () => {
      const { call, question, name } = await ask("replayed");
      client.send({ id: question, result: { action: "decline" } });
      client.send({ id: question, result: APPROVED });
      expect((await client.answerTo(call)).result?.isError).toBe(true);
      client.send({ id: question, result: APPROVED });
      await pause(500);
      expect(exists(name)).toBe(false);
    });

    it("an answer counts for the question whose number it has", async () => {
      const [one, other] = await Promise.all([ask("swapped one"), ask("swapped other")]);
      client.send({ id: one.question, result: APPROVED });
      expect((await client.answerTo(one.call)).result?.isError ?? false).toBe(false);
      client.send({ id: one.question, result: APPROVED });
      await pause(500);
      expect([exists(one.name), exists(other.name)]).toEqual([true, false]);
    });

    it("a yes right after the call was cancelled does nothing", async () => {
      const { call, question, name } = await ask("cancelled");
      client.send({ method: "notifications/cancelled", params: { requestId: call } });
      client.send({ id: question, result: APPROVED });
      await pause(1_000);
      expect(exists(name)).toBe(false);
    });

    it("a yes to a server that was replaced meanwhile does nothing", async () => {
      const former = await connectRaw(sandbox, MANY);
      former.call(100, "write_file", { path: "replaced.txt", content: "x" });
      const id = await former.questionAbout("Create replaced.txt");
      await former[Symbol.asyncDispose]();
      await using next = await connectRaw(sandbox, MANY);
      next.send({ id, result: APPROVED });
      next.call(100, "write_file", { path: "replaced.txt", content: "x" });
      await pause(1_000);
      expect(exists("replaced.txt")).toBe(false);
    });
  });
});
