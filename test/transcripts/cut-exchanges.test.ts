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
  closeChunk(cut, session, chunks);
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
