import { cpSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { forgetTranscripts } from "../../src/indexer/forget-transcripts.ts";
import { createTranscriptImporter } from "../../src/indexer/import-transcripts.ts";
import { listSessions, readConversation } from "../../src/indexer/transcript-archive.ts";
import { createLogger } from "../../src/log.ts";
import { LogFolder, OPTIONS, assistantLine, userLine } from "../transcripts/make-log.ts";
import { MemoryTranscriptStore } from "./memory-transcript-store.ts";

const FIXTURES = path.join(import.meta.dirname, "../fixtures/transcripts");
const SESSION = "11111111-1111-4111-8111-111111111111";

async function indexed(folder: LogFolder): Promise<MemoryTranscriptStore> {
  const store = new MemoryTranscriptStore();
  await sweep(folder, store);
  return store;
}

async function sweep(folder: LogFolder, store: MemoryTranscriptStore) {
  const options = { roots: [folder.path], store, cut: OPTIONS, logger: createLogger("silent") };
  return await createTranscriptImporter(options).sweep({ check: "quick" });
}

function withFixtures(): LogFolder {
  const folder = new LogFolder();
  cpSync(FIXTURES, folder.path, { recursive: true });
  return folder;
}

test("sessions are listed newest first, with their subagents counted and not listed", async () => {
  using folder = withFixtures();
  const store = await indexed(folder);
  const sessions = await listSessions(store);
  expect(sessions).toMatchObject([
    { sessionId: "22222222-2222-4222-8222-222222222222", subagents: 0 },
    { sessionId: SESSION, title: "Login cookie and SameSite", project: "shop", subagents: 1, logExists: true },
  ]);
  expect(await listSessions(store, { project: "other" })).toEqual([]);
  expect(await listSessions(store, { since: sessions[0]?.endedAt, limit: 5 })).toHaveLength(1);
  expect(await listSessions(store, { limit: 1 })).toHaveLength(1);
});

test("a conversation reads the same after its log is gone", async () => {
  using folder = withFixtures();
  const store = await indexed(folder);
  const before = await readConversation(store, { sessionId: SESSION });
  expect(before.turns.slice(0, 4)).toMatchInlineSnapshot(`
    [
      {
        "line": 11,
        "role": "user",
        "text": "Users cannot log in since the update. Look at src/auth.ts please.",
        "timestamp": "2026-03-03T09:01:40.000Z",
        "uuid": "aaaaaaaa-0000-4000-8000-000000000007",
      },
      {
        "line": 14,
        "role": "assistant",
        "text": "I will read the authentication module.
    [Read] /home/dev/shop/src/auth.ts",
        "timestamp": "2026-03-03T09:02:40.000Z",
        "uuid": "aaaaaaaa-0000-4000-8000-000000000010",
      },
      {
        "line": 17,
        "role": "assistant",
        "text": "[Bash] Run the tests: npm test -- auth
    [error] Exit code 1 Error: ENOSPC: no space left on device, write",
        "timestamp": "2026-03-03T09:03:40.000Z",
        "uuid": "aaaaaaaa-0000-4000-8000-000000000013",
      },
      {
        "line": 20,
        "role": "user",
        "text": "also check the session cookie",
        "timestamp": "2026-03-03T09:04:40.000Z",
        "uuid": "aaaaaaaa-0000-4000-8000-000000000016",
      },
    ]
  `);
  rmSync(path.join(folder.path, "-home-dev-shop"), { recursive: true });
  const after = await readConversation(store, { sessionId: SESSION });
  expect(after.turns).toEqual(before.turns);
  expect(after.session.logExists).toBe(false);
});

test("messages come back word for word, however long they are and wherever chunks were cut", async () => {
  using folder = new LogFolder();
  mkdirSync(path.join(folder.path, "p"));
  const words = fc
    .string({ minLength: 1, maxLength: 2000, unit: "grapheme-ascii" })
    .map((text) => `a${text.replaceAll("<", "")}z`);
  await fc.assert(
    fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 14 }), async (texts) => {
      const lines = texts.map((text, at) =>
        at % 3 === 0 ? userLine(text) : assistantLine(`m${at}`, { type: "text", text }, { uuid: `u${at}` }),
      );
      folder.write("p/s.jsonl", `${lines.join("\n")}\n`);
      const { turns } = await readConversation(await indexed(folder), { sessionId: "s", limit: 200 });
      expect(turns.map(({ text }) => text)).toEqual(texts);
      expect(turns.map(({ line }) => line)).toEqual(texts.map((_, at) => at + 1));
    }),
    { numRuns: 40 },
  );
});

test("a page is laid around a line or a message, and says what stands before and after", async () => {
  using folder = new LogFolder();
  mkdirSync(path.join(folder.path, "p"));
  const lines = Array.from({ length: 50 }, (_, at) =>
    assistantLine(`m${at}`, { type: "text", text: `n${at + 1}` }, { uuid: `u${at + 1}` }),
  );
  folder.write("p/s.jsonl", `${lines.join("\n")}\n`);
  const store = await indexed(folder);
  const page = async (around?: number | string) => {
    const { turns, before, after, next } = await readConversation(store, {
      sessionId: "s",
      limit: 9,
      ...(around === undefined ? {} : { around }),
    });
    return { first: turns[0]?.text, last: turns.at(-1)?.text, before, after, next };
  };
  expect(await page()).toEqual({ first: "n1", last: "n9", before: 0, after: 41, next: 10 });
  expect(await page(25)).toEqual({ first: "n22", last: "n30", before: 21, after: 20, next: 31 });
  expect(await page("u25")).toEqual(await page(25));
  expect(await page(50)).toEqual({ first: "n42", last: "n50", before: 41, after: 0, next: null });
  expect(await page("no such message")).toMatchObject({ first: "n1" });
});

test("a subagent's conversation is read by its name, an unknown one is refused", async () => {
  using folder = withFixtures();
  const store = await indexed(folder);
  const { turns } = await readConversation(store, { sessionId: SESSION, agentId: "a1b2c3" });
  expect(turns[0]?.text).toBe("List all cookies");
  await expect(readConversation(store, { sessionId: "none" })).rejects.toMatchObject({
    code: "conversation.not-found",
  });
  await expect(readConversation(store, { sessionId: SESSION, agentId: "x" })).rejects.toThrow(/subagent x/);
});

test.each([
  ["a session", { sessionId: SESSION }, 2],
  ["a project", { project: "shop" }, 3],
  ["a text", { pattern: "enospc" }, 1],
  ["an age", { olderThan: Date.UTC(2026, 2, 4) }, 3],
])("forgets by %s, for good", async (_, request, logs) => {
  using folder = withFixtures();
  const store = await indexed(folder);
  const all = store.states.size;
  expect(await forgetTranscripts(store, { ...request, dryRun: true })).toMatchObject({ logs, vectors: 0 });
  expect(store.pruned).toBe(0);
  const summary = await forgetTranscripts(store, request);
  expect(summary).toMatchObject({ logs, left: { chunks: 0, words: 0, vectors: 0 } });
  expect(store.pruned).toBe(1);
  expect([...store.states.values()].filter(({ skipped }) => skipped === "forgotten")).toHaveLength(logs);
  expect(await sweep(folder, store)).toMatchObject({ imported: 0 });
  expect(store.states.size).toBe(all);
});

test("of a log that is gone not even the path stays", async () => {
  using folder = withFixtures();
  const store = await indexed(folder);
  rmSync(path.join(folder.path, "-home-dev-shop"), { recursive: true });
  expect(await forgetTranscripts(store, { sessionId: SESSION })).toMatchObject({
    logs: 2,
    left: { chunks: 0, words: 0, vectors: 0 },
  });
  expect(store.states.size).toBe(1);
});

test("forgetting needs a condition", async () => {
  await expect(forgetTranscripts(new MemoryTranscriptStore(), {})).rejects.toMatchObject({
    code: "request.forget-nothing",
  });
});
