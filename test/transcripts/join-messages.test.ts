import { expect, test } from "vitest";
import { finishJoin, joinRecord, newJoin } from "../../src/transcripts/join-messages.ts";
import type { JoinProgress } from "../../src/transcripts/join-messages.ts";
import type { Message } from "../../src/transcripts/message.ts";
import { readRecord } from "../../src/transcripts/read-record.ts";
import { assistantLine, userLine } from "./make-log.ts";

function joinLines(lines: readonly string[], join: JoinProgress = newJoin()): Message[] {
  const messages: Message[] = [];
  for (const [index, line] of lines.entries()) {
    const speaks = (id: string) => join.speaking.find(([known]) => known === id)?.[1] ?? null;
    const record = readRecord(Buffer.from(line), speaks);
    if (record.kind === "message") messages.push(...joinRecord(join, record, index + 1));
  }
  const last = finishJoin(join);
  return last === null ? messages : [...messages, last];
}

const text = (words: string) => ({ type: "text", text: words });
const use = (id: string, name: string, input: object = {}) => ({ type: "tool_use", id, name, input });
const result = (id: string, content: unknown, isError = false) =>
  userLine([{ type: "tool_result", tool_use_id: id, content, is_error: isError }]);

test("the lines of one answer are one message, also with results between them", () => {
  const messages = joinLines([
    assistantLine("m1", { type: "thinking", thinking: "hm" }),
    assistantLine("m1", text("I look.")),
    assistantLine("m1", use("t1", "Read", { file_path: "/a.ts" })),
    result("t1", "content"),
    assistantLine("m1", use("t2", "Grep", { pattern: "x" })),
    assistantLine("m2", text("Found.")),
  ]);
  expect(messages.map((one) => [one.text, one.line, one.endLine, one.tools.map(({ tool }) => tool)])).toEqual([
    ["I look.", 2, 5, ["Read", "Grep"]],
    ["Found.", 6, 6, []],
  ]);
});

test("answers without an id stay apart", () => {
  expect(joinLines([assistantLine("", text("one")), assistantLine("", text("two"))])).toHaveLength(2);
});

test("an error belongs to the answer that called; without one it stands for itself", () => {
  const [answer] = joinLines([
    assistantLine("m1", use("t1", "Bash", { command: "make" })),
    result("t1", "ENOSPC\nmore", true),
  ]);
  expect(answer?.tools).toMatchObject([{ tool: "Bash", target: "make" }, { error: "ENOSPC more" }]);
  expect(joinLines([result("t9", "EPERM", true)])).toMatchObject([{ role: "assistant", tools: [{ error: "EPERM" }] }]);
  expect(joinLines([userLine("go"), result("t9", "EPERM", true)])).toHaveLength(2);
});

test("a record that is written twice counts once; the same uuid with other words is another", () => {
  const join = newJoin();
  const twice = userLine("again", { uuid: "u1" });
  const other = userLine("other words", { uuid: "u1" });
  expect(joinLines([twice, assistantLine("m", text("ok")), twice, other], join).map((one) => one.text)).toEqual([
    "again",
    "ok",
    "other words",
  ]);
  expect(join.duplicates).toBe(1);
});

test("what must be remembered of former records stays bounded", () => {
  const join = newJoin();
  joinLines(
    Array.from({ length: 2500 }, (_, at) => assistantLine(`m${at}`, use(`t${at}`, "Task"), { uuid: `u${at}` })),
    join,
  );
  expect(Object.keys({ ...join.seen, ...join.seenBefore }).length).toBeLessThanOrEqual(2000);
  expect(join.speaking.length).toBeLessThanOrEqual(64);
});

test("a message without a time, place or branch takes those before it", () => {
  const bare = JSON.stringify({ type: "user", message: { role: "user", content: "bare" } });
  const [, second] = joinLines([userLine("first", { at: 5 }), bare]);
  expect(second).toMatchObject({
    text: "bare",
    cwd: "/home/dev/shop",
    gitBranch: "main",
    time: Date.UTC(2026, 0, 5, 9, 5),
  });
});

test("secrets are masked in words, commands and errors", () => {
  const secret = `ghp_${"aB3".repeat(12)}`;
  const messages = joinLines([
    userLine(`use ${secret}`),
    assistantLine("m", use("t", "Bash", { command: `curl -H ${secret}` })),
    result("t", `denied for ${secret}`, true),
  ]);
  expect(JSON.stringify(messages)).not.toContain(secret);
  expect(JSON.stringify(messages).match(/masked github token/g)).toHaveLength(3);
});
