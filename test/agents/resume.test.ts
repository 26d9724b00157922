import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAgents } from "../../src/app/agents.ts";
import { loadConfig } from "../../src/config.ts";
import type { ChatMessage } from "../../src/agents/llm/chat.ts";
import { mended } from "../../src/agents/session.ts";
import { beginSession, resumeSession } from "../../src/agents/session-file.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { callBy } from "../tools/fake-context.ts";
import { type Body, startChat, type Turn } from "./scripted-chat.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), "codelab-resume-"))));
afterEach(() => rmSync(root, { recursive: true }));

/** What every provider demands: results directly after the answer that called, all of them, and no others. */
function expectAccepted(messages: readonly ChatMessage[]): void {
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    const called = before?.role === "assistant" ? before.calls.map(({ id }) => id) : [];
    if (message.role === "tool") expect(message.results.map(({ callId }) => callId)).toEqual(called);
    else expect(called).toEqual([]);
  }
  const last = messages.at(-1);
  if (last?.role === "assistant") expect(last.calls).toEqual([]);
}

const calls = (...ids: string[]) => ids.map((id) => ({ id, name: "read_file", arguments: { path: `${id}.ts` } }));
const results = (...ids: string[]) => ids.map((callId) => ({ callId, text: `text of ${callId} 🙂`, isError: false }));
const TALK: readonly ChatMessage[] = [
  { role: "user", text: "grüße, 日本" },
  { role: "assistant", text: "I look", calls: calls("a", "b") },
  { role: "tool", results: results("a", "b") },
  { role: "assistant", text: "", calls: calls("c") },
  { role: "tool", results: results("c") },
  { role: "assistant", text: "done", calls: [] },
  { role: "user", text: "and now?" },
  { role: "assistant", text: "also done", calls: [] },
];

function keep(messages: readonly ChatMessage[]): { id: string; file: string } {
  const session = beginSession(root, "coder", "/p");
  for (const message of messages) session.append(message);
  return { id: session.id, file: path.join(root, `${session.id}.jsonl`) };
}

describe("a session whose file lost something", () => {
  it("cut off at any byte goes on as far as it was whole, with each later word kept", () => {
    const { id, file } = keep(TALK);
    const whole = readFileSync(file);
    const head = whole.indexOf("\n") + 1;
    for (let length = head; length <= whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      const resumed = resumeSession(root, id);
      expectAccepted(resumed.messages);
      resumed.append({ role: "user", text: "go on" });
      const { messages } = resumeSession(root, id);
      expectAccepted(messages);
      expect(messages.at(-1)).toEqual({ role: "user", text: "go on" });
      const lines = whole.subarray(0, length).toString().split("\n").length - 2;
      const kept = messages.slice(0, -1).filter((each) => !JSON.stringify(each).includes("Interrupted"));
      expect(kept.length).toBeGreaterThanOrEqual(lines - 1);
    }
  });

  it("with any lines damaged, doubled or gone stays one that a model accepts, and what is whole is in it", () => {
    const { id, file } = keep(TALK);
    const [head = "", ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
    const fate = fc.constantFrom("keep", "keep", "keep", "drop", "tear", "double", "rubbish");
    fc.assert(
      fc.property(fc.array(fate, { minLength: lines.length, maxLength: lines.length }), fc.nat(60), (fates, at) => {
        const left = lines.flatMap((line, index) => {
          const what = fates[index];
          if (what === "drop") return [];
          if (what === "tear") return [line.slice(0, at)];
          if (what === "double") return [line, line];
          return what === "rubbish" ? ["\0\0{]", '{"role":"assistant"}'] : [line];
        });
        writeFileSync(file, `${[head, ...left].join("\n")}\n`);
        const { messages } = resumeSession(root, id);
        expectAccepted(messages);
        for (const [index, message] of TALK.entries())
          if (message.role === "user" && fates[index] === "keep") expect(messages).toContainEqual(message);
      }),
    );
  });

  it("is left as it is where nothing is lost", () => {
    expect(mended(TALK)).toEqual(TALK);
    const half = [...TALK.slice(0, 2), { role: "tool" as const, results: results("b") }];
    expect(mended(half)[2]).toMatchObject({
      results: [
        { callId: "a", isError: true },
        { callId: "b", isError: false },
      ],
    });
    expect(mended([{ role: "tool", results: results("x") }])).toEqual([]);
  });
});

describe("going on with a session", () => {
  const PROJECT = "/projects/one";

  async function run(script: readonly Turn[] | ((body: Body) => Turn), request: object, workspace = PROJECT) {
    await using chat = await startChat("anthropic", script);
    const env = { CODELAB_HOME: root, ANTHROPIC_API_KEY: "k", AGENT_BASE_URL: chat.url, AGENT_PROVIDER: "anthropic" };
    const config = loadConfig({ env, cwd: root, homeDir: root });
    const runner = () => ({ run: () => Promise.reject(new Error("no tool runs here")) }) as never;
    const agents = createAgents({ config, workspace, tools: TOOLS, runner });
    const report = await agents.run({ task: "do it", ...request }, callBy());
    return { report, asked: chat.asked };
  }

  it("works after an answer without a word, which the provider would refuse to be told of", async () => {
    const { report } = await run([{ text: "" }], { role: "ask" });
    expect(report).toMatchObject({ text: "", isFinished: true });
    const { asked } = await run([{ text: "now I speak" }], { session: report.session, task: "say something" });
    for (const { content } of asked[0]?.body.messages ?? []) expect(content).not.toEqual([]);
    expect(JSON.stringify(asked[0]?.body.messages)).toContain("say something");
  });

  it("keeps its role and everything said, whoever it is asked for", async () => {
    const { report } = await run([{ text: "the plan" }], { role: "architect", task: "plan it" });
    const again = await run([{ text: "more" }], { session: report.session, role: "coder", task: "go on" });
    expect(again.report).toMatchObject({ role: "architect", session: report.session, steps: 1 });
    expect(again.asked[0]?.body.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  });

  it("is refused in another project: what was read there is not for those who ask here", async () => {
    const { report } = await run([{ text: "a secret of project one" }], { role: "ask" });
    await expect(run([{ text: "x" }], { session: report.session }, "/projects/two")).rejects.toMatchObject({
      code: "agent.no-session",
      hint: expect.stringContaining(PROJECT) as string,
    });
  });

  it("that began with an unreachable model goes on with the task in it", async () => {
    const failed = run([{ status: 400, body: "{}" }], { role: "ask", task: "the first task" });
    await expect(failed).rejects.toMatchObject({ code: "agent.refused" });
    const [file = ""] = readdirSync(path.join(root, "agents"));
    const id = path.basename(file, ".jsonl");
    const { asked } = await run([{ text: "ok" }], { session: id, task: "again" });
    expect(JSON.stringify(asked[0]?.body.messages)).toMatch(/the first task.*again/);
  });
});
