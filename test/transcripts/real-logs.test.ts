import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { listAll } from "./list-all.ts";
import { readTranscript } from "../../src/transcripts/read-transcript.ts";
import type { TranscriptPart } from "../../src/transcripts/read-transcript.ts";
import { LogFolder, OPTIONS } from "./make-log.ts";

/** A folder of real logs, laid out as Claude Code lays them out. Not part of the repository. */
const ROOT = process.env["CODELAB_REAL_LOGS"] ?? "";

describe.skipIf(ROOT === "")("real logs", () => {
  const parts = new Map<string, TranscriptPart>();

  beforeAll(async () => {
    const { files } = await listAll([ROOT]);
    for (const file of files) parts.set(file.path, await readTranscript(file, null, OPTIONS));
  });

  test("counts of records by type are those of an independent reader", () => {
    const [ours, theirs] = [new Map<string, number>(), new Map<string, number>()];
    for (const [file, { records, session }] of parts) {
      for (const [type, count] of Object.entries(records)) add(ours, type, count);
      add(ours, "corrupt", session.corruptLines);
      for (const line of readFileSync(file, "utf8").split("\n")) {
        const record = parse(line);
        if (record !== null) add(theirs, typeOf(record), 1);
      }
    }
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });

  test("no message with words is lost", () => {
    let looked = 0;
    for (const [file, { chunks }] of parts) {
      const indexed = squeeze(chunks.map(({ text }) => text.replace(/^(?:User|Assistant|Summary): /, "")).join(""));
      for (const line of readFileSync(file, "utf8").split("\n")) {
        for (const text of wordsOf(parse(line))) {
          looked += 1;
          expect(indexed.includes(squeeze(text)), text).toBe(true);
        }
      }
    }
    expect(looked).toBeGreaterThan(1000);
  });

  test.each([7, 1000])(
    "arriving in %i pieces of random size, each gives the chunks of the whole",
    { timeout: 600_000 },
    async (pieces) => {
      using folder = new LogFolder();
      let read = 0;
      for (const file of parts.keys()) {
        const content = readFileSync(file);
        // A thousand reads of the largest would take minutes, and say nothing that the others do not.
        if (content.length * pieces > MOST_BYTES_READ) continue;
        read += 1;
        const { project, name } = { project: path.basename(path.dirname(file)), name: path.basename(file) };
        mkdirSync(path.join(folder.path, project), { recursive: true });
        const whole = await readTranscript(folder.write(`${project}/${name}`, content), null, OPTIONS);
        const grown = folder.write(`${project}/${name}`, "");
        let [chunks, resume]: [TranscriptPart["chunks"], string | null] = [[], null];
        for (const [from, to] of cutsOf(content.length, pieces)) {
          appendFileSync(grown.path, content.subarray(from, to));
          const part = await readTranscript(grown, resume, OPTIONS);
          expect(part.restarted || !part.done).toBe(false);
          chunks = [...chunks.slice(0, part.keep), ...part.chunks];
          resume = part.resume;
        }
        expect(chunks, file).toEqual(whole.chunks);
      }
      expect(read).toBeGreaterThan(pieces === 7 ? parts.size - 1 : 10);
    },
  );
});

const MOST_BYTES_READ = 600_000_000;

/** Ascending ranges that cover `length`, as many as asked for, cut at places drawn from a fixed seed. */
function cutsOf(length: number, pieces: number): [from: number, to: number][] {
  let state = length;
  const draw = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
  const cuts = Array.from({ length: pieces - 1 }, () => Math.floor(draw() * length)).toSorted((a, b) => a - b);
  return [...cuts, length].map((to, index) => [cuts[index - 1] ?? 0, to]);
}

function add(counts: Map<string, number>, key: string, count: number): void {
  if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count);
}

interface RawRecord {
  readonly type?: unknown;
  readonly isMeta?: boolean;
  readonly isApiErrorMessage?: boolean;
  readonly message?: { readonly role?: string; readonly content?: unknown };
}

function parse(line: string): RawRecord | "corrupt" | null {
  if (line.trim() === "") return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : "corrupt";
  } catch {
    return "corrupt";
  }
}

function typeOf(record: RawRecord | "corrupt"): string {
  if (record === "corrupt") return record;
  return typeof record.type === "string" ? record.type : (record.message?.role ?? "(none)");
}

/** The texts that people and models wrote, apart from those with markup or anything like a secret in them. */
function wordsOf(record: RawRecord | "corrupt" | null): string[] {
  if (record === null || record === "corrupt" || record.isMeta === true || record.isApiErrorMessage === true) return [];
  if (record.type !== "user" && record.type !== "assistant") return [];
  const content = record.message?.content;
  const blocks: unknown[] = Array.isArray(content) ? content : [{ type: "text", text: content }];
  return blocks
    .map((block) => (typeof block === "object" && block !== null && "text" in block ? block.text : ""))
    .filter((text) => typeof text === "string")
    .filter(
      (text) => text.trim() !== "" && !/<[a-z_-]+>|^\[Request|^Caveat:|token|secret|passw|key|bearer/i.test(text),
    );
}

function squeeze(text: string): string {
  return text.replaceAll(/\s/g, "");
}
