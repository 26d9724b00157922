import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { forgetTranscripts } from "../../src/indexer/forget-transcripts.ts";
import { createTranscriptImporter } from "../../src/indexer/import-transcripts.ts";
import { reportLogs, reportMemory } from "../../src/indexer/transcript-report.ts";
import { createLogger } from "../../src/log.ts";
import { LogFolder, OPTIONS } from "../transcripts/make-log.ts";
import { MemoryTranscriptStore } from "./memory-transcript-store.ts";

async function indexed(folder: LogFolder): Promise<MemoryTranscriptStore> {
  cpSync(path.join(import.meta.dirname, "../fixtures/transcripts"), folder.path, { recursive: true });
  const store = new MemoryTranscriptStore();
  const options = { roots: [folder.path], store, cut: OPTIONS, logger: createLogger("silent") };
  await createTranscriptImporter(options).sweep({ check: "quick" });
  return store;
}

test("sums up sessions, what could not be understood, and what outlived its log", async () => {
  using folder = new LogFolder();
  const store = await indexed(folder);
  const report = await reportMemory(store);
  expect(report).toMatchObject({ sessions: 2, subagents: 1, gone: 0, forgotten: 0, corruptLines: 6 });
  expect(report.unknownTypes).toEqual({ hologram: 1, "(none)": 1 });
  expect(report.projects).toMatchObject([{ project: "shop", sessions: 2 }]);
  expect(report.projects[0]?.since).toMatch(/^2026-03-03T09:/);

  await forgetTranscripts(store, { sessionId: "22222222-2222-4222-8222-222222222222" });
  rmSync(path.join(folder.path, "-home-dev-shop", "11111111-1111-4111-8111-111111111111.jsonl"));
  expect(await reportMemory(store)).toMatchObject({ sessions: 1, gone: 1, forgotten: 1 });
});

test("lists each log with what it was indexed from", async () => {
  using folder = new LogFolder();
  const store = await indexed(folder);
  const logs = await reportLogs(store);
  expect(logs.map((log) => path.basename(log.path))).toEqual([
    "11111111-1111-4111-8111-111111111111.jsonl",
    "agent-a1b2c3.jsonl",
    "22222222-2222-4222-8222-222222222222.jsonl",
  ]);
  expect(logs[0]).toMatchObject({ lines: 52, onDisk: true, corruptLines: 0, problems: [], forgotten: false });
  expect(logs.map(({ chunks }) => chunks)).toEqual(logs.map(({ path: log }) => store.records.get(log)?.length));
  expect(Math.abs(Date.parse(logs[0]?.processed ?? "") - Date.now())).toBeLessThan(600_000);
  expect(logs[1]?.agentId).toBe("a1b2c3");
  const broken = logs.find(({ corruptLines }) => corruptLines > 0);
  expect(broken?.problems.slice(0, 2)).toEqual([
    { line: expect.any(Number), reason: expect.any(String) },
    { line: expect.any(Number), reason: expect.any(String) },
  ]);
  expect(logs[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(Number.isNaN(Date.parse(logs[0]?.modified ?? ""))).toBe(false);
});

test("an empty index has nothing to tell", async () => {
  expect(await reportMemory(new MemoryTranscriptStore())).toMatchObject({ sessions: 0, messages: 0, projects: [] });
});
