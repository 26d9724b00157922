import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConversation } from "../../src/indexer/transcript-archive.ts";
import type { SessionSummary } from "../../src/store/index-store.ts";
import { RESULT_CHARS } from "../../src/tools/limits.ts";
import { renderConversation } from "../../src/tools/read-conversation.ts";
import { makeChunk, makeSession, makeState, put } from "../contract/make-chunks.ts";
import { TempStore } from "../store/temp-store.ts";
import { PAGE } from "./fake-context.ts";

const turnsOf = (lengths: readonly number[]) =>
  lengths.map((length, at) => ({
    role: "user",
    timestamp: "",
    line: at + 1,
    text: `<${at + 1}>${"x".repeat(length)}`,
  }));

/** The messages that a page shows, by their lines, and where it says to go on. */
function readPage(text: string) {
  const lines = Array.from(text.matchAll(/^\[user, line (\d+)\]$/gm), ([, line]) => Number(line));
  const next = /go on with around (\d+)\)/.exec(text)?.[1];
  return { lines, next: next === undefined ? null : Number(next) };
}

/** A page laid around a line as the archive lays it: with a third of it in front. */
function pageAround(lengths: readonly number[], around: number, limit: number) {
  const turns = turnsOf(lengths);
  const first = Math.min(Math.max(0, turns.length - limit), Math.max(0, around - 1 - Math.floor(limit / 3)));
  const shown = turns.slice(first, first + limit);
  return {
    ...PAGE,
    turns: shown,
    asked: around - 1 - first,
    before: first,
    after: turns.length - first - shown.length,
    next: turns[first + shown.length]?.line ?? null,
  };
}

// Small ones, ones of which a few fill an answer, and ones that alone are too long.
const length = fc.oneof(fc.nat(200), fc.integer({ min: 5_000, max: 20_000 }), fc.integer({ min: 39_000, max: 90_000 }));
const lengths = fc.array(length, { minLength: 1, maxLength: 30 });

describe("a page of a conversation", () => {
  it("shows the message that was asked for, however long those before it are", () => {
    fc.assert(
      fc.property(lengths, fc.nat(29), fc.integer({ min: 1, max: 40 }), (given, place, limit) => {
        const around = 1 + (place % given.length);
        const text = renderConversation(pageAround(given, around, limit));
        expect(readPage(text).lines).toContain(around);
        expect(text.length).toBeLessThan(RESULT_CHARS + 1_000);
      }),
    );
  });

  it("leads on to the end, by the places that it says to go on at, over every message", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 40 }), (given, limit) => {
        const seen = new Set<number>();
        let around: number | null = 1;
        for (let page = 0; around !== null; page++) {
          expect(page, "it goes round in circles").toBeLessThan(given.length + 2);
          const { lines, next } = readPage(renderConversation(pageAround(given, around, limit)));
          for (const line of lines) seen.add(line);
          const last: number = lines.at(-1) ?? 0;
          if (next !== null) expect(next).toBe(last + 1);
          else expect(last).toBe(given.length);
          around = next;
        }
        expect(seen.size).toBe(given.length);
      }),
    );
  });

  it("counts the messages that it leaves out in front", () => {
    const text = renderConversation(pageAround([30_000, 30_000, 30_000, 5], 4, 20));
    expect(readPage(text).lines).toEqual([3, 4]);
    expect(text).toContain("(2 messages before)");
  });

  it("says how much of a message that is too long it does not show, and tears no character", () => {
    for (const begin of ["", "y"]) {
      const text = begin + "😀".repeat(RESULT_CHARS);
      const shown = renderConversation({ ...PAGE, turns: [{ role: "user", timestamp: "", line: 1, text }] });
      expect(shown).toMatch(/\(\d+ characters more in this message\)/);
      expect(shown).not.toMatch(/\p{Surrogate}/u);
    }
  });
});

describe("the archive", () => {
  let place: TempStore;
  beforeEach(async () => void (place = await TempStore.create()));
  afterEach(() => place[Symbol.asyncDispose]());

  it("says where on the page the message is that was asked for", async () => {
    const summary: SessionSummary = {
      sessionId: "s1", agentId: null, project: "shop", cwd: null, gitBranch: null, title: null, startedAt: 1,
      endedAt: 2, messages: 30, lines: 30, corruptLines: 0, unknownTypes: {},
    }; // prettier-ignore
    const store = await place.open();
    const chunks = Array.from({ length: 30 }, (_, n) =>
      makeChunk(`message ${n}`, {
        startLine: n + 1,
        endLine: n + 1,
        kind: "exchange",
        session: makeSession({ details: { turns: [{ role: "user", uuid: `u${n}`, time: 1, line: n + 1, start: 0 }] } }),
      }),
    );
    await put(store, { state: makeState("/logs/1.jsonl", { session: summary }), chunks });
    for (const around of [1, 2, 15, 29, 30]) {
      const page = await readConversation(store, { sessionId: "s1", around, limit: 9 });
      expect(page.turns[page.asked ?? -1]?.line).toBe(around);
      const byName = await readConversation(store, { sessionId: "s1", around: `u${around - 1}`, limit: 9 });
      expect(byName).toEqual(page);
    }
    expect(await readConversation(store, { sessionId: "s1", limit: 9 })).toMatchObject({ asked: null, before: 0 });
    expect(await readConversation(store, { sessionId: "s1", around: "no such message" })).toMatchObject({
      asked: null,
    });
  });
});
