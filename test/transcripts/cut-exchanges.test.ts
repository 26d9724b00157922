import fc from "fast-check";
import { expect, test } from "vitest";
import { addMessage, closeChunk, newCut } from "../../src/transcripts/cut-exchanges.ts";
import type { CutOptions } from "../../src/transcripts/cut-exchanges.ts";
import type { ExchangeChunk } from "../../src/transcripts/exchange-chunk.ts";
import type { Message } from "../../src/transcripts/message.ts";
import { newSession } from "../../src/transcripts/session-facts.ts";
import { OPTIONS } from "./make-log.ts";

const MINUTE = 60_000;

function message(role: Message["role"], text: string, more: Partial<Message> = {}): Message {
  return {
    role,
    stream: "",
    uuid: "",
    messageId: "",
    time: 0,
    text,
    tools: [],
    cwd: null,
    gitBranch: null,
    line: 1,
    endLine: 1,
    afterBoundary: false,
    ...more,
  };
}

function cutAll(messages: readonly Message[], options: CutOptions = OPTIONS): ExchangeChunk[] {
  const cut = newCut();
  const session = newSession({ sessionId: "s", agentId: null, project: "p" });
  const chunks: ExchangeChunk[] = [];
  for (const one of messages) addMessage(cut, one, session, options, chunks);
  closeChunk(cut, session, options, chunks);
  expect(cut.closed).toBe(chunks.length);
  return chunks;
}

const texts = (chunks: readonly ExchangeChunk[]) => chunks.map(({ text }) => text);

test("marks each change of speaker, and keeps an exchange together", () => {
  const chunks = cutAll([message("user", "why?"), message("assistant", "because"), message("assistant", "really")]);
  expect(texts(chunks)).toEqual(["User: why?\n\nAssistant: because\nreally"]);
});

test("cuts at the number of messages with words; calls without words do not count", () => {
  const call = { tools: [{ tool: "Read", target: "/a/b.ts", file: "/a/b.ts", error: null }] };
  const words = Array.from({ length: 5 }, (_, at) => [message("assistant", `w${at}`), message("assistant", "", call)]);
  const chunks = cutAll(words.flat(), { ...OPTIONS, chunkSize: 2 });
  expect(chunks.map(({ text }) => text.match(/w\d/g)?.length)).toEqual([2, 2, 1]);
  expect(chunks[0]?.defines).toEqual(["b.ts"]);
});

test("cuts where a question follows an answer once the chunk says enough", () => {
  const long = "a long enough answer ".repeat(12);
  expect(cutAll([message("user", "q"), message("assistant", long), message("user", "next")])).toHaveLength(2);
  expect(cutAll([message("user", "q"), message("assistant", "short"), message("user", "next")])).toHaveLength(1);
});

test.each([
  ["half an hour of silence", { time: 31 * MINUTE }, 2],
  ["a shorter pause", { time: 29 * MINUTE }, 1],
  ["a message without a time", { time: 0 }, 1],
  ["compaction", { afterBoundary: true, time: MINUTE }, 2],
  ["another line of talk", { stream: "agent", time: MINUTE }, 2],
  ["a summary", { role: "summary" as const, time: MINUTE }, 2],
])("%s: %j makes %i chunks", (_, more, count) => {
  const first = message("user", "first", { time: 1 });
  expect(cutAll([first, message("assistant", "second", more)])).toHaveLength(count);
});

test("a message longer than a chunk becomes several, none above the limit, and goes on with the next", () => {
  const text = "one sentence of several words. ".repeat(100);
  const chunks = cutAll([message("user", "go"), message("assistant", text, { uuid: "u", line: 7, endLine: 9 })]);
  expect(chunks.length).toBeGreaterThan(3);
  for (const chunk of chunks) expect(OPTIONS.measure(chunk.text)).toBeLessThanOrEqual(OPTIONS.maxTokens);
  const [, second, third] = chunks;
  expect(second).toMatchObject({ startLine: 7, endLine: 9, session: { details: { uuids: ["u"] } } });
  expect(third?.session.details["turns"]).toMatchObject([{ continued: true, line: 7 }]);
});

const anyMessage = fc
  .record({
    role: fc.constantFrom<Message["role"]>("user", "assistant", "summary"),
    text: fc.constantFrom("", "short", "some more words here ".repeat(10), "very long text. ".repeat(120)),
    stream: fc.constantFrom("", "", "", "a"),
    time: fc.nat(100).map((minutes) => minutes * MINUTE),
    afterBoundary: fc.constantFrom(false, false, false, true),
  })
  .map(({ role, text, ...more }) =>
    message(role, text, { tools: [{ tool: "T", target: "", file: null, error: null }], ...more }),
  );

test("whatever comes, no chunk is too large, none mixes lines of talk, and the same comes out again", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 30 }), (messages) => {
      const chunks = cutAll(messages);
      for (const chunk of chunks) {
        expect(OPTIONS.measure(chunk.text)).toBeLessThanOrEqual(OPTIONS.maxTokens);
        expect(chunk.vectorKey).toMatch(/^[0-9a-f]{64}$/);
      }
      expect(cutAll(messages)).toEqual(chunks);
      const words = (text: string) => text.replaceAll(/^(?:User|Assistant|Summary): /gm, "").replaceAll(/\s/g, "");
      const all = messages.map(({ text }) => `${text}[T]`).join("");
      expect(words(texts(chunks).join("\n"))).toBe(words(all));
    }),
    { numRuns: 60 },
  );
});

test("each message has a vector of its own, without its tool calls; calls alone are one as a whole", () => {
  const call = { tools: [{ tool: "Bash", target: "npm test", file: null, error: "1 failed" }] };
  const [chunk] = cutAll([
    message("user", "why?"),
    message("assistant", "because", call),
    message("assistant", "", call),
  ]);
  expect(chunk?.passages?.map(({ text }) => text)).toEqual(["User: why?", "Assistant: because"]);
  expect(chunk?.text).toContain("[Bash] npm test");
  const [silent] = cutAll([message("assistant", "", call)]);
  expect(silent?.passages).toBeUndefined();
  expect(silent?.text).toBe("Assistant: [Bash] npm test\n[error] 1 failed");
});

test("whatever is said is in the passages, none is too long, and equal ones have equal keys", () => {
  const said = fc.constantFrom(
    "yes",
    "a sentence. ".repeat(9),
    "word ".repeat(500),
    "x".repeat(2000),
    "ü😀\n\n".repeat(40),
  );
  const call = { tools: [{ tool: "Read", target: "/a/b.ts ".repeat(30), file: "/a/b.ts", error: null }] };
  fc.assert(
    fc.property(fc.array(fc.tuple(said, fc.boolean()), { minLength: 1, maxLength: 8 }), (turns) => {
      const messages = turns.map(([text, calls]) => message("assistant", text, calls ? call : {}));
      const passages = cutAll(messages).flatMap((chunk) => chunk.passages ?? []);
      const squeeze = (text: string) => text.replaceAll(/\s/g, "");
      expect(squeeze(passages.map(({ text }) => text.replace("Assistant: ", "")).join(""))).toBe(
        squeeze(turns.map(([text]) => text).join("")),
      );
      for (const { text } of passages) expect(OPTIONS.measure(text)).toBeLessThanOrEqual(OPTIONS.maxTokens + 4);
      const keys = new Map(passages.map(({ vectorKey, text }) => [text, vectorKey]));
      expect(new Set(keys.values()).size).toBe(keys.size);
      for (const { vectorKey, text } of passages) expect(keys.get(text)).toBe(vectorKey);
    }),
  );
});
