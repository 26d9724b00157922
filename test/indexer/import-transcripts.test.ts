import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createTranscriptImporter } from "../../src/indexer/import-transcripts.ts";
import { createLogger } from "../../src/log.ts";
import { LogFolder, OPTIONS, assistantLine, userLine } from "../transcripts/make-log.ts";
import { MemoryTranscriptStore } from "./memory-transcript-store.ts";

const FIXTURES = path.join(import.meta.dirname, "../fixtures/transcripts");

function optionsFor(root: string, store: MemoryTranscriptStore, warnings: string[] = []) {
  const logger = createLogger("warn", (line) => warnings.push(line));
  return { roots: [root], store, cut: OPTIONS, logger };
}

function importerOf(root: string, store: MemoryTranscriptStore, warnings: string[] = []) {
  return createTranscriptImporter(optionsFor(root, store, warnings));
}

function conversation(words: readonly string[], sessionId = "s"): string {
  return words
    .map((word, at) =>
      at % 2 === 0 ? userLine(word, { sessionId }) : assistantLine(`m${at}`, { type: "text", text: word }),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** A folder with a few logs in it. */
function someLogs(count: number): LogFolder {
  const folder = new LogFolder();
  mkdirSync(path.join(folder.path, "p"));
  for (let index = 0; index < count; index += 1) {
    folder.write(`p/s${index}.jsonl`, conversation([`question ${index}`, `answer ${index}`, "thanks"]));
  }
  return folder;
}

test("a second sweep imports nothing and reads nothing", async () => {
  using folder = new LogFolder();
  cpSync(FIXTURES, folder.path, { recursive: true });
  const store = new MemoryTranscriptStore();
  const importer = importerOf(folder.path, store);
  const first = await importer.sweep({ check: "quick" });
  expect(first).toMatchObject({ files: 3, imported: 3, gone: 0, problems: [] });
  expect(first.chunks).toBe(Object.values(store.content()).flat().length);
  const batches = store.batches.length;
  for (const check of ["quick", "full"] as const) {
    expect(await importer.sweep({ check })).toMatchObject({ files: 3, imported: 0, chunks: 0, problems: [] });
  }
  expect(await importerOf(folder.path, store).sweep({ check: "quick" })).toMatchObject({ imported: 0, bytesRead: 0 });
  expect(store.batches).toHaveLength(batches);
});

test("the latest conversation is stored first; a sweep of everything is noted, and whether it read everything", async () => {
  using folder = someLogs(5);
  for (const [index, age] of [300, 100, 500, 200, 400].entries()) {
    const time = Date.now() / 1000 - age;
    utimesSync(path.join(folder.path, "p", `s${index}.jsonl`), time, time);
  }
  const store = new MemoryTranscriptStore();
  const importer = importerOf(folder.path, store);
  await importer.sweep({ check: "quick" });
  const order = store.batches.flatMap(({ put }) => put.map(({ state }) => path.basename(state.path, ".jsonl")));
  expect(order).toEqual(["s1", "s3", "s0", "s4", "s2"]);
  await importer.sweep({ check: "quick", paths: [path.join(folder.path, "p", "s0.jsonl")] });
  await importer.sweep({ check: "full" });
  expect(store.scans).toEqual([false, true]);
});

test("only what was appended is read, and the kept chunks stay the same rows", async () => {
  using folder = new LogFolder();
  mkdirSync(path.join(folder.path, "p"));
  const { path: log } = folder.write(
    "p/s.jsonl",
    conversation(Array.from({ length: 3000 }, (_, at) => `${at} words `.repeat(30))),
  );
  const store = new MemoryTranscriptStore();
  const importer = importerOf(folder.path, store);
  await importer.sweep({ check: "quick" });
  const before = store.records.get(log) ?? [];
  appendFileSync(log, conversation(["and one more thing"]));
  const summary = await importer.sweep({ check: "quick" });
  expect(summary).toMatchObject({ imported: 1 });
  expect(summary.bytesRead).toBeLessThan(70_000);
  const after = store.records.get(log) ?? [];
  expect(after.slice(0, before.length - 4)).toEqual(before.slice(0, -4));
  expect(after.some(({ text }) => text.includes("and one more thing"))).toBe(true);
});

test("what was indexed outlives its log", async () => {
  using folder = someLogs(3);
  const store = new MemoryTranscriptStore();
  const importer = importerOf(folder.path, store);
  await importer.sweep({ check: "quick" });
  const content = store.content();
  rmSync(path.join(folder.path, "p"), { recursive: true });
  expect(await importer.sweep({ check: "full" })).toMatchObject({ files: 0, imported: 0, gone: 3 });
  expect(store.content()).toEqual(content);
});

test("a touched log changes its state only; a log altered behind its times is found by the full check", async () => {
  using folder = someLogs(2);
  const store = new MemoryTranscriptStore();
  const importer = importerOf(folder.path, store);
  await importer.sweep({ check: "quick" });
  const log = path.join(folder.path, "p", "s0.jsonl");
  utimesSync(log, 1000, 1000);
  expect(await importer.sweep({ check: "quick" })).toMatchObject({ imported: 0 });
  expect(store.batches.at(-1)).toMatchObject({ put: [], touch: [{ mtimeMs: 1_000_000 }] });

  const { ino } = statSync(log);
  writeFileSync(log, readFileSync(log, "utf8").replace("question 0", "question X"));
  utimesSync(log, 1000, 1000);
  expect(statSync(log).ino).toBe(ino);
  expect(await importer.sweep({ check: "quick" })).toMatchObject({ imported: 0 });
  expect(await importer.sweep({ check: "full" })).toMatchObject({ imported: 1 });
  expect(JSON.stringify(store.content())).toContain("question X");
});

test("a full check reads several logs at once and finds each altered one; checks are logged on request", async () => {
  using folder = someLogs(12);
  const lines: string[] = [];
  const options = {
    roots: [folder.path],
    store: new MemoryTranscriptStore(),
    cut: OPTIONS,
    logger: createLogger("info", (line) => lines.push(line)),
    parallelHashes: 4,
    verbose: true,
  };
  const importer = createTranscriptImporter(options);
  await importer.sweep({ check: "quick" });
  for (const name of ["s3.jsonl", "s7.jsonl"]) {
    const log = path.join(folder.path, "p", name);
    const { atime, mtime } = statSync(log);
    writeFileSync(log, readFileSync(log, "utf8").replace("thanks", "THANKS"));
    utimesSync(log, atime, mtime);
  }
  lines.length = 0;
  // Times set by hand lose what is below a microsecond: the logs count as touched at the least.
  await importer.sweep({ check: "full" });
  expect(JSON.stringify(options.store.content()).match(/THANKS/g)?.length).toBeGreaterThanOrEqual(2);
  expect(lines.filter((line) => line.includes("INFO Checked"))).toHaveLength(12);
});

test("a forgotten log is never read again, however it grows", async () => {
  using folder = someLogs(1);
  const store = new MemoryTranscriptStore();
  await importerOf(folder.path, store).sweep({ check: "quick" });
  const [place, state] = [...store.states][0] ?? [];
  if (place === undefined || state === undefined) throw new Error("a log expected");
  await store.apply({
    put: [{ state: { ...state, skipped: "forgotten", resume: null }, chunks: [] }],
    remove: [],
    touch: [],
  });
  appendFileSync(place, conversation(["more"]));
  expect(await importerOf(folder.path, store).sweep({ check: "full" })).toMatchObject({ imported: 0, bytesRead: 0 });
  expect(store.records.get(place)).toEqual([]);
});

test("a process that dies between two batches loses nothing and stores nothing twice", async () => {
  using folder = someLogs(4);
  folder.write("p/big.jsonl", conversation(Array.from({ length: 400 }, (_, at) => `${at} long answer `.repeat(80))));
  const whole = new MemoryTranscriptStore();
  const options = { roots: [folder.path], cut: { ...OPTIONS, partBytes: 50_000 }, logger: createLogger("silent") };
  await createTranscriptImporter({ ...options, store: whole }).sweep({ check: "quick" });
  expect(whole.batches.length).toBeGreaterThan(3);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 6 }), async (lives) => {
      const store = new MemoryTranscriptStore();
      for (const applies of lives) {
        store.appliesLeft = applies;
        await createTranscriptImporter({ ...options, store })
          .sweep({ check: "quick" })
          .catch(() => {});
      }
      store.appliesLeft = Number.POSITIVE_INFINITY;
      await createTranscriptImporter({ ...options, store }).sweep({ check: "quick" });
      expect(store.content()).toEqual(whole.content());
    }),
    { numRuns: 10 },
  );
});

test("a log that cannot be read is told once, and again when its trouble changes", async () => {
  using folder = someLogs(1);
  const store = new MemoryTranscriptStore();
  const warnings: string[] = [];
  let reason = "first";
  const measure = () => {
    throw new Error(reason);
  };
  const importer = createTranscriptImporter({
    ...optionsFor(folder.path, store, warnings),
    cut: { ...OPTIONS, measure },
  });
  for (let round = 0; round < 3; round += 1) {
    expect((await importer.sweep({ check: "quick" })).problems).toHaveLength(1);
  }
  expect(warnings).toHaveLength(1);
  reason = "second";
  await importer.sweep({ check: "quick" });
  expect(warnings).toHaveLength(2);
});

test("rests between batches in proportion to the work, and stores as many logs at once as asked for", async () => {
  using folder = someLogs(10);
  const store = new MemoryTranscriptStore();
  const worked: number[] = [];
  const pause = async (ms: number) => void worked.push(ms);
  await createTranscriptImporter({ ...optionsFor(folder.path, store), batchSize: 3, pause }).sweep({ check: "quick" });
  expect(store.batches.map(({ put }) => put.length)).toEqual([3, 3, 3, 1]);
  expect(worked).toHaveLength(4);
  expect(worked.every((ms) => ms >= 0)).toBe(true);
});

test("stops between logs when asked to, keeping what was stored", async () => {
  using folder = someLogs(3);
  const store = new MemoryTranscriptStore();
  const controller = new AbortController();
  const importer = createTranscriptImporter({
    roots: [folder.path],
    store,
    cut: { ...OPTIONS, partBytes: 300 },
    logger: createLogger("silent"),
    pause: async () => controller.abort(new Error("enough")),
  });
  await expect(importer.sweep({ check: "quick", signal: controller.signal })).rejects.toThrow("enough");
  expect(store.states.size).toBe(1);
});
