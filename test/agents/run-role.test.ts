import { describe, expect, it } from "vitest";
import { ROLES, roleNamed } from "../../src/agents/catalogue.ts";
import { createChatModel } from "../../src/agents/llm/ask-model.ts";
import { anthropic } from "../../src/agents/llm/anthropic.ts";
import { type AgentEvent, type AgentParts, runRole } from "../../src/agents/run-role.ts";
import { Budget } from "../../src/agents/session.ts";
import type { RoleName } from "../../src/agents/role.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { type Body, startChat, type Turn } from "./scripted-chat.ts";

const TASK = [{ role: "user", text: "do it" }] as const;

async function run(
  role: RoleName,
  script: readonly Turn[] | ((body: Body) => Turn),
  over: Partial<AgentParts> & { readonly maxSteps?: number; readonly maxTokens?: number } = {},
) {
  await using chat = await startChat("anthropic", script);
  const called: [string, unknown, string][] = [];
  const events: AgentEvent[] = [];
  const budget = new Budget({ maxSteps: over.maxSteps ?? 10, maxTokens: over.maxTokens ?? 1_000_000 });
  const retry = { attempts: 1, firstDelayMs: 1, longestDelayMs: 1 };
  const model = createChatModel({ api: anthropic, baseUrl: chat.url, apiKey: "k", model: "m", retry });
  const answer = await runRole(roleNamed(role), TASK, {
    roles: ROLES,
    tools: TOOLS,
    modelFor: () => model,
    callTool: async (name, args, as) => {
      called.push([name, args, as.name]);
      return { text: `result of ${name}`, isError: false };
    },
    setting: "The project is at /p.",
    budget,
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    ...over,
  });
  return { answer, called, events, asked: chat.asked, budget };
}

const read = { name: "read_file", arguments: { path: "a.ts" } };

describe("runRole", () => {
  it("calls what the model wants, gives it the results, and ends with its words", async () => {
    const { answer, called, asked, budget } = await run("ask", [
      { text: "I look", calls: [read, read] },
      { text: "It is so." },
    ]);
    expect(answer).toEqual({ text: "It is so.", isFinished: true });
    expect(called).toEqual([
      ["read_file", { path: "a.ts" }, "ask"],
      ["read_file", { path: "a.ts" }, "ask"],
    ]);
    expect(JSON.stringify(asked[1]?.body.messages.at(-1))).toContain("result of read_file");
    expect(asked[0]?.body.system?.[0]?.text).toContain("The project is at /p.");
    expect([budget.steps, budget.used]).toEqual([2, { inputTokens: 200, outputTokens: 10 }]);
  });

  it.each([
    ["ask", { name: "write_file", arguments: { path: "a", content: "x" } }],
    ["architect", { name: "execute_command", arguments: { argv: ["ls"] } }],
    ["coder", { name: "delegate", arguments: { role: "ask", task: "x" } }],
    ["coder", { name: "run_agent", arguments: { task: "x" } }],
  ] as const)("gives the %s no tool that is not its own, whatever its model asks for", async (role, call) => {
    const { called, asked } = await run(role, [{ calls: [call] }, { text: "done" }]);
    expect(called).toEqual([]);
    expect(JSON.stringify(asked[1]?.body.messages.at(-1))).toContain("has no tool");
  });

  it("hands work to a specialist with nothing but the words it is given", async () => {
    const { answer, asked, called } = await run("orchestrator", (body) => {
      const isLead = body.tools?.some(({ name }) => name === "delegate") === true;
      if (!isLead) return body.messages.length === 1 ? { calls: [read] } : { text: "found at a.ts:3" };
      return body.messages.length === 1
        ? { text: "I split it", calls: [{ name: "delegate", arguments: { role: "ask", task: "find it" } }] }
        : { text: "all done" };
    });
    expect(answer.text).toBe("all done");
    expect(called).toEqual([["read_file", { path: "a.ts" }, "ask"]]);
    const specialist = asked.find(({ body }) => body.tools?.every(({ name }) => name !== "delegate"));
    expect(specialist?.body.messages).toEqual([{ role: "user", content: "find it" }]);
    expect(JSON.stringify(asked.at(-1)?.body.messages.at(-1))).toContain("found at a.ts:3");
  });

  it.each([
    [{ role: "orchestrator", task: "x" }],
    [{ role: "wizard", task: "x" }],
    [{ role: "ask" }],
    ["text"],
    [null],
  ])("refuses to delegate %j", async (args) => {
    const { asked } = await run("orchestrator", [{ calls: [{ name: "delegate", arguments: args }] }, { text: "ok" }]);
    expect(JSON.stringify(asked[1]?.body.messages.at(-1))).toContain("Give a role (architect, coder, debug, ask)");
  });

  it("stops when its budget of steps or tokens is spent, and says what it last said", async () => {
    const forever = () => ({ text: "still looking", calls: [read] });
    const steps = await run("ask", forever, { maxSteps: 3 });
    expect(steps.answer.isFinished).toBe(false);
    expect(steps.answer.text).toContain("3 steps");
    expect(steps.answer.text).toContain("still looking");
    expect(steps.asked).toHaveLength(3);
    expect((await run("ask", forever, { maxTokens: 200 })).asked).toHaveLength(2);
  });

  it("spends one budget with those it delegates to", async () => {
    const { asked, answer } = await run(
      "orchestrator",
      (body) =>
        body.tools?.some(({ name }) => name === "delegate") === true
          ? { calls: [{ name: "delegate", arguments: { role: "ask", task: "x" } }] }
          : { calls: [read] },
      { maxSteps: 5 },
    );
    expect(asked).toHaveLength(5);
    expect(answer.isFinished).toBe(false);
  });

  it("never runs a call that was cut off", async () => {
    const { called, asked, answer } = await run("coder", [{ calls: [read], isCut: true }, { text: "smaller then" }]);
    expect(called).toEqual([]);
    expect(JSON.stringify(asked[1]?.body.messages.at(-1))).toContain("smaller parts");
    expect(answer.text).toBe("smaller then");
  });

  it("shows the model no more of a result than it can take", async () => {
    const { asked } = await run("ask", [{ calls: [read] }, { text: "ok" }], {
      callTool: async () => ({ text: "x".repeat(200_000), isError: false }),
    });
    const shown = JSON.stringify(asked[1]?.body.messages.at(-1));
    expect(shown.length).toBeLessThan(41_000);
    expect(shown).toContain("160000 more characters");
  });

  it("ends with the signal between two calls", async () => {
    const stop = new AbortController();
    const running = run("ask", [{ calls: [read, read] }], {
      signal: stop.signal,
      callTool: async () => {
        stop.abort(new Error("stopped"));
        return { text: "", isError: false };
      },
    });
    await expect(running).rejects.toThrow("stopped");
  });

  it("lets the orchestrator go on when a specialist's model fails", async () => {
    const { answer, asked } = await run("orchestrator", (body) => {
      if (!body.tools?.some(({ name }) => name === "delegate")) return { status: 400, body: "{}" };
      return body.messages.length === 1
        ? { calls: [{ name: "delegate", arguments: { role: "ask", task: "x" } }] }
        : { text: "without it then" };
    });
    expect(answer.text).toBe("without it then");
    expect(JSON.stringify(asked.at(-1)?.body.messages.at(-1))).toContain("could not work");
  });
});

describe("what a tool gives back", () => {
  it("is never cut in the middle of a character, which providers refuse", async () => {
    for (const lead of [0, 1]) {
      const { asked } = await run("ask", [{ calls: [read] }, { text: "ok" }], {
        callTool: async () => await Promise.resolve({ text: "x".repeat(lead) + "🙂".repeat(30_000), isError: false }),
      });
      const shown = JSON.stringify(asked[1]?.body.messages.at(-1));
      expect(shown).toContain("more characters; ask for a smaller part");
      expect(shown).not.toMatch(/\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])/i);
    }
  });

  it.each([
    ["words that are no JSON", "not json"],
    ["nothing", null],
    ["a list", ["a.ts"]],
  ])("is asked for with %s as arguments: whoever runs the tool sees them as they are", async (_, args) => {
    const { called, answer } = await run("ask", [{ calls: [{ name: "read_file", arguments: args }] }, { text: "ok" }]);
    expect(called).toEqual([["read_file", args, "ask"]]);
    expect(answer.text).toBe("ok");
  });

  it("as an error goes to the model like any result, and the run goes on", async () => {
    const { asked, answer } = await run("ask", [{ calls: [read] }, { text: "then without it" }], {
      callTool: async () => await Promise.resolve({ text: "there is no such file", isError: true }),
    });
    expect(JSON.stringify(asked[1]?.body.messages.at(-1))).toMatch(/there is no such file.*"is_error":true/);
    expect(answer).toEqual({ text: "then without it", isFinished: true });
  });

  it("when the tool throws ends the run: that is a fault of ours, not an answer", async () => {
    const broken = run("ask", [{ calls: [read] }], { callTool: () => Promise.reject(new TypeError("a fault")) });
    await expect(broken).rejects.toThrow("a fault");
  });

  it("costs one step of the budget whether the answer was cut, empty or full", async () => {
    for (const turn of [{ text: "" }, { text: "long", isCut: true }, { text: "done" }]) {
      const { budget, asked } = await run("ask", [turn]);
      expect([budget.steps, asked.length]).toEqual([1, 1]);
    }
    const { answer } = await run("ask", [{ text: "long", isCut: true }]);
    expect(answer).toEqual({ text: "long\n\n(The answer was cut at its longest.)", isFinished: false });
  });
});
