import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readTranscript } from "../../src/transcripts/read-transcript.ts";
import type { ReadOptions, TranscriptPart } from "../../src/transcripts/read-transcript.ts";
import type { TranscriptFile } from "../../src/transcripts/list-transcripts.ts";
import { LogFolder, OPTIONS, assistantLine, userLine } from "./make-log.ts";

const FIXTURES = path.join(import.meta.dirname, "../fixtures/transcripts/-home-dev-shop");

/** What the index holds of a log: the parts applied one after another, as the store would. */
class Imported {
  chunks: TranscriptPart["chunks"][number][] = [];
  resume: string | null = null;
  last: TranscriptPart | null = null;

  async read(file: TranscriptFile, options: ReadOptions = OPTIONS): Promise<TranscriptPart> {
    for (;;) {
      const part = await readTranscript(file, this.resume, options);
      this.chunks = [...this.chunks.slice(0, part.keep), ...part.chunks];
      this.resume = part.resume;
      this.last = part;
      if (part.done) return part;
    }
  }
}

async function readWhole(file: TranscriptFile, options: ReadOptions = OPTIONS): Promise<Imported> {
  const imported = new Imported();
  await imported.read(file, options);
  return imported;
}

const anyLine = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("yes", "why? ".repeat(30), "x".repeat(3000), "<system-reminder>r</system-reminder>"),
      fc.nat(200),
    )
    .map(([text, at]) => userLine(text, { at })),
  fc
    .tuple(fc.nat(3), fc.constantFrom("done.", "Because. ".repeat(60), "ü😀\n\n".repeat(20)), fc.nat(200))
    .map(([id, text, at]) => assistantLine(`m${id}`, { type: "text", text }, { at })),
  fc
    .nat(3)
    .map((id) => assistantLine(`m${id}`, { type: "tool_use", name: "Edit", input: { file_path: `/a/${id}.ts` } })),
  fc.constant(userLine([{ type: "tool_result", tool_use_id: "t", is_error: true, content: "ENOSPC" }])),
  fc.constantFrom(
    '{"type":"progress","data":1}',
    '{"type":"compact',
    "",
    "null",
    '{"type":"custom-title","customTitle":"T"}',
  ),
  fc.constant('{"type":"system","subtype":"compact_boundary"}'),
);
const anyLog = fc
  .tuple(fc.array(anyLine, { maxLength: 40 }), fc.boolean())
  .map(([lines, isEnded]) => Buffer.from(lines.join("\n") + (isEnded ? "\n" : "")));

test("a log that arrives in pieces gives exactly the chunks of the whole", async () => {
  using folder = new LogFolder();
  await fc.assert(
    fc.asyncProperty(anyLog, fc.array(fc.nat(), { maxLength: 7 }), async (content, cuts) => {
      const whole = await readWhole(folder.write("s-1.jsonl", content));
      const places = [...new Set(cuts.map((cut) => cut % (content.length + 1)))].sort((a, b) => a - b);
      const file = folder.write("s-1.jsonl", "");
      const pieced = new Imported();
      let at = 0;
      for (const place of [...places, content.length]) {
        appendFileSync(file.path, content.subarray(at, place));
        at = place;
        expect((await pieced.read(file)).restarted).toBe(false);
      }
      expect(pieced.chunks).toEqual(whole.chunks);
      expect(pieced.last?.session).toEqual(whole.last?.session);
      expect(pieced.last?.hash).toBe(whole.last?.hash);
    }),
    { numRuns: 60 },
  );
});

test("a log that arrives byte by byte, and one read in small parts, give the chunks of the whole", async () => {
  using folder = new LogFolder();
  const content = readFileSync(path.join(FIXTURES, "11111111-1111-4111-8111-111111111111.jsonl"));
  const whole = await readWhole(folder.write("s-1.jsonl", content));
  const inParts = await readWhole(folder.file("s-1.jsonl"), { ...OPTIONS, partBytes: 700 });
  expect(inParts.chunks).toEqual(whole.chunks);

  const file = folder.write("s-1.jsonl", "");
  const pieced = new Imported();
  for (let at = 0; at < content.length; at += 17) {
    appendFileSync(file.path, content.subarray(at, at + 17));
    await pieced.read(file);
  }
  expect(pieced.chunks).toEqual(whole.chunks);
});

test("no word of a message is lost, and the overview comes last", async () => {
  using folder = new LogFolder();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 1, maxLength: 3000, unit: "grapheme" }), { maxLength: 12 }),
      async (texts) => {
        const lines = texts.map((text, index) => assistantLine(`m${index}`, { type: "text", text }));
        const { chunks } = await readWhole(folder.write("s-1.jsonl", `${lines.join("\n")}\n`));
        const everything = chunks
          .filter(({ kind }) => kind === "exchange")
          .map(({ text }) => text.replace(/^Assistant: /, ""))
          .join("");
        for (const text of texts) {
          const squeezed = text.replaceAll(/\s/g, "");
          expect(everything.replaceAll(/\s/g, "")).toContain(squeezed);
        }
        expect(chunks.slice(0, -1).every(({ kind }) => kind === "exchange")).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test("the title is said once, in the overview: an exchange that says nothing of it is not found by it", async () => {
  using folder = new LogFolder();
  const lines = ['{"type":"custom-title","customTitle":"Zeppelin"}', userLine("why?"), userLine("go on")];
  const { chunks } = await readWhole(folder.write("s-1.jsonl", `${lines.join("\n")}\n`));
  const told = chunks.filter(({ text, symbol }) => `${symbol ?? ""} ${text}`.includes("Zeppelin"));
  expect(chunks.length).toBeGreaterThan(1);
  expect(told.map(({ kind, symbol }) => [kind, symbol])).toEqual([["session", "Zeppelin"]]);
});

test("appending reads the appended bytes and no more than one block before them", async () => {
  using folder = new LogFolder();
  const line = `${userLine("a question of some length ".repeat(20))}\n`;
  const file = folder.write("s-1.jsonl", line.repeat(2000));
  const imported = await readWhole(file);
  const before = imported.chunks.length;
  appendFileSync(file.path, `${userLine("the needle")}\n`);
  const part = await imported.read(file);
  expect(part.bytesRead).toBeLessThan(65_536 + 1000);
  expect(part.keep).toBe(before - 3);
  expect(imported.chunks.some(({ text }) => text.includes("the needle"))).toBe(true);
});

test("an unchanged log reads nothing new and changes nothing", async () => {
  using folder = new LogFolder();
  const file = folder.write("s-1.jsonl", `${userLine("hello")}\n${assistantLine("m", { type: "text", text: "hi" })}`);
  const imported = await readWhole(file);
  const { chunks } = imported;
  const part = await imported.read(file);
  expect(imported.chunks).toEqual(chunks);
  expect(part.restarted).toBe(false);
});

test.each([
  ["cut short", (file: string) => truncateSync(file, 400)],
  ["rewritten", (file: string) => writeFileSync(file, `${userLine("other words").repeat(1)}\n`.repeat(9))],
])("a log that was %s is read from its start", async (_, change) => {
  using folder = new LogFolder();
  const file = folder.write("s-1.jsonl", `${userLine("first")}\n`.repeat(5));
  const imported = await readWhole(file);
  change(file.path);
  const part = await imported.read(file);
  expect(part.restarted).toBe(true);
  expect(part.keep).toBe(0);
  expect(imported.chunks).toEqual((await readWhole(file)).chunks);
});

test("other options mean reading anew", async () => {
  using folder = new LogFolder();
  const file = folder.write("s-1.jsonl", `${userLine("first")}\n`);
  const imported = await readWhole(file);
  expect((await imported.read(file, { ...OPTIONS, chunkSize: 3 })).restarted).toBe(true);
});

test("survives binary rubbish, torn lines and lines of many megabytes", async () => {
  using folder = new LogFolder();
  const big = userLine([{ type: "tool_result", tool_use_id: "t", content: "y".repeat(20_000_000) }]);
  const rubbish = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31 + (index >> 5)) % 256));
  const deep = `{"type":"user","message":{"role":"user","content":${"[".repeat(100_000)}`;
  const file = folder.write(
    "s-1.jsonl",
    Buffer.concat([rubbish, Buffer.from(`\n${deep}\n${big}\n${userLine("still here")}\n\u0000\u0000\n`)]),
  );
  const { chunks, last } = await readWhole(file);
  expect(chunks.map(({ text }) => text)).toEqual(["User: still here", "Session: still here\nAsked: still here"]);
  expect(last?.session.corruptLines).toBeGreaterThan(2);
  expect(last?.problems.at(-1)).toEqual({ line: last?.session.lines, reason: "no text" });
});

test("a line too long to be held is counted and passed over, also while it is still being written", async () => {
  using folder = new LogFolder();
  const giant = userLine([{ type: "tool_result", tool_use_id: "t", content: "y".repeat(68_000_000) }]);
  const file = folder.write("s-1.jsonl", `${userLine("before")}\n${giant}`);
  const imported = await readWhole(file);
  const { chunks, last } = imported;
  expect(last).toMatchObject({ done: true, session: { lines: 1, corruptLines: 0 } });
  expect(chunks[0]?.text).toBe("User: before");
  folder.write("s-1.jsonl", `${userLine("before")}\n${giant}\n${userLine("after")}\n`);
  await imported.read(file);
  expect(imported.last).toMatchObject({ done: true, restarted: false, session: { lines: 3, corruptLines: 1 } });
  expect(imported.last?.session.problems).toEqual([{ line: 2, reason: expect.stringContaining("longer than") }]);
  expect(imported.chunks[0]?.text).toContain("after");
});

test("refuses what is no regular file and passes on what the system says", async () => {
  using folder = new LogFolder();
  await expect(readTranscript({ ...folder.file("x"), path: folder.path }, null, OPTIONS)).rejects.toThrow();
  await expect(readTranscript(folder.file("absent.jsonl"), null, OPTIONS)).rejects.toThrow(/ENOENT/);
});
