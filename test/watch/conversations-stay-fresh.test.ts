import { spawn } from "node:child_process";
import { appendFileSync, cpSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { createTranscriptImporter } from "../../src/indexer/import-transcripts.ts";
import { readConversation } from "../../src/indexer/transcript-archive.ts";
import { conversationSubject } from "../../src/indexer/transcript-subject.ts";
import { createLogger } from "../../src/log.ts";
import { openEmbeddedStore } from "../../src/store/embedded-store.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { termsOf } from "../../src/terms.ts";
import { Watcher } from "../../src/watch/watcher.ts";
import { OPTIONS, assistantLine, userLine } from "../transcripts/make-log.ts";
import { WatchPlace, until } from "./watch-place.ts";

const FIXTURES = path.join(import.meta.dirname, "../fixtures/transcripts");
const DIST = pathToFileURL(path.join(import.meta.dirname, "../../dist/")).href;
const log = createLogger("silent");

const openStore = (place: WatchPlace) => openEmbeddedStore(path.join(place.path, "index.db"), { log });
const importerInto = (store: EmbeddedStore, root: string) =>
  createTranscriptImporter({ roots: [root], store, cut: OPTIONS, logger: log });

async function finds(store: EmbeddedStore, word: string): Promise<number> {
  const terms = termsOf(word).map((text) => ({ text }));
  return (await store.searchLexical({ terms, limit: 100 })).length;
}

/** All chunks of all sources, without what differs from index to index. */
async function contentOf(store: EmbeddedStore) {
  const content = new Map<string, unknown>();
  for (const source of (await store.sources()).keys()) {
    content.set(
      path.basename(source),
      (await store.chunksOf(source)).map((chunk) => ({ ...chunk, id: 0 })),
    );
  }
  return content;
}

test("a message is searchable soon after it is written, and still after its log is gone", async () => {
  using place = new WatchPlace();
  const root = path.join(place.path, "projects");
  cpSync(FIXTURES, root, { recursive: true });
  await using store = await openStore(place);
  const subject = conversationSubject({ roots: [root], importer: importerInto(store, root), store });
  const controller = new AbortController();
  const watcher = new Watcher(subject, {
    logger: log,
    importInterval: 3600,
    fullCheckInterval: 3600,
    quickCheckOnly: false,
    logStatsEvery: 10,
    isBusy: () => false,
  });
  const done = watcher.run(controller.signal);
  await until(async () => (await finds(store, "enospc")) > 0);
  await until(() => watcher.status.refreshes >= 2);

  const session = "22222222-2222-4222-8222-222222222222";
  const logFile = path.join(root, "-home-dev-shop", `${session}.jsonl`);
  appendFileSync(logFile, `\n${userLine("what about the zeppelin?", { sessionId: session })}\n`);
  await until(async () => (await finds(store, "zeppelin")) > 0);
  place.write("projects/-home-dev-new/brand-new.jsonl", `${userLine("a submarine question")}\n`);
  await until(async () => (await finds(store, "submarine")) > 0);

  rmSync(root, { recursive: true });
  await sleep(300);
  expect(await finds(store, "zeppelin")).toBeGreaterThan(0);
  const page = await readConversation(store, { sessionId: session, limit: 200 });
  expect(page.turns.at(-1)?.text).toBe("what about the zeppelin?");
  controller.abort();
  await done;
});

test("killed at any moment, an import goes on to what it would have been", async () => {
  using place = new WatchPlace();
  const root = path.join(place.path, "projects");
  for (let index = 0; index < 60; index += 1) {
    const turns = Array.from({ length: 30 }, (_, at) => [
      userLine(`question ${at} about needle${index}x${at}`, { uuid: `q${index}-${at}` }),
      assistantLine(`m${at}`, { type: "text", text: `answer ${at} `.repeat(40) }, { uuid: `a${index}-${at}` }),
    ]);
    place.write(`projects/p/s${index}.jsonl`, `${turns.flat().join("\n")}\n`);
  }
  const script = `
    const { openEmbeddedStore } = await import("${DIST}store/embedded-store.js");
    const { createTranscriptImporter } = await import("${DIST}indexer/import-transcripts.js");
    const { createLogger } = await import("${DIST}log.js");
    const logger = createLogger("silent");
    const store = await openEmbeddedStore(process.argv[1], { log: logger });
    while (!(await store.acquireLease())) await new Promise((wake) => setTimeout(wake, 5));
    process.stdout.write("ready");
    const cut = { chunkSize: 10, maxTokens: 200, measure: (text) => Math.ceil(text.length / 4), partBytes: 4000 };
    await createTranscriptImporter({ roots: [process.argv[2]], store, cut, logger }).sweep({ check: "quick" });
    process.stdout.write("done");`;
  for (let round = 0; round < 4; round += 1) {
    const args = ["--input-type=module", "-e", script, path.join(place.path, "index.db"), root];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await sleep(5 + round * 60);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
  }
  await using store = await openStore(place);
  await until(() => store.acquireLease());
  await importerInto(store, root).sweep({ check: "quick" });
  using fresh = new WatchPlace();
  await using whole = await openStore(fresh);
  await whole.acquireLease();
  await importerInto(whole, root).sweep({ check: "quick" });
  expect(await contentOf(store)).toEqual(await contentOf(whole));
  expect(await finds(store, "needle59x29")).toBe(await finds(whole, "needle59x29"));
});
