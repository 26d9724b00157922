import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import { openEmbeddedStore } from "../../src/store/embedded-store.ts";
import { wholeOf } from "../../src/terms.ts";
import { assistantLine, userLine } from "../transcripts/make-log.ts";
import { Sandbox } from "./run-cli.ts";

/** How often an import and a watcher are killed; more for a release than for every change. */
const KILLS = Number(process.env["CODELAB_KILLS"] ?? 5);
const LOGS = 80;

let sandbox: Sandbox;
let folder: string;
beforeEach(() => {
  sandbox = new Sandbox();
  folder = path.join(sandbox.root, ".claude", "projects", "-p");
  mkdirSync(folder, { recursive: true });
  for (let log = 0; log < LOGS; log += 1) writeFileSync(placeOf(log), exchanges(log, 0, 25));
});
afterEach(() => sandbox[Symbol.dispose]());

it(
  `ends, however often importing is killed, with what an undisturbed import gives (${KILLS} kills)`,
  { timeout: 600_000 },
  async () => {
    const started = performance.now();
    const wanted = await undisturbed();
    const span = performance.now() - started;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = sandbox.spawn(["watch", "--once"]);
      const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
      const finished = await Promise.race([ended, sleep(Math.random() * span, "still running" as const)]);
      child.kill("SIGKILL");
      await ended;
      // There is nothing left to disturb in a memory that is complete.
      if (finished === 0) rmSync(sandbox.home, { recursive: true });
    }
    expect((await sandbox.run(["watch", "--once"])).code).toBe(0);
    expect(await contentOf(sandbox.home)).toEqual(wanted);
  },
);

it(
  `loses nothing and tells nothing twice, however often the watcher is killed while logs grow (${KILLS} kills)`,
  { timeout: 600_000 },
  async () => {
    expect((await sandbox.run(["watch", "--once"])).code).toBe(0);
    let written = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = sandbox.spawn(["watch"], { IMPORT_INTERVAL: "1" });
      const ended = new Promise((resolve) => child.on("close", resolve));
      const dies = sleep(300 + Math.random() * 900).then(() => child.kill("SIGKILL"));
      while (child.signalCode === null && child.exitCode === null) {
        // Half a record at a time, so that kills meet torn lines as well.
        const text = exchanges(written % LOGS, 1000 + written, 1);
        const middle = Math.floor(text.length / 2);
        appendFileSync(placeOf(written % LOGS), text.slice(0, middle));
        await sleep(5);
        appendFileSync(placeOf(written % LOGS), text.slice(middle));
        written += 1;
        await sleep(15);
      }
      await dies;
      await ended;
    }
    expect(written).toBeGreaterThan(KILLS);
    expect((await sandbox.run(["watch", "--once"])).code).toBe(0);
    expect(await contentOf(sandbox.home)).toEqual(await undisturbed());
  },
);

function placeOf(log: number): string {
  return path.join(folder, `s${log}.jsonl`);
}

function exchanges(log: number, from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => from + index)
    .flatMap((n) => [
      userLine(`question ${n} about zeppelin${log}x${n}`, { sessionId: `s${log}`, uuid: `q${log}-${n}` }),
      assistantLine(
        `m${log}-${n}`,
        { type: "text", text: `answer ${n} `.repeat(30) },
        { sessionId: `s${log}`, uuid: `a${log}-${n}` },
      ),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

/** What an import that nobody disturbs makes of the logs as they are now. */
async function undisturbed() {
  const home = path.join(sandbox.root, "undisturbed");
  rmSync(home, { recursive: true, force: true });
  expect((await sandbox.run(["watch", "--once"], { CODELAB_HOME: home })).code).toBe(0);
  return await contentOf(home);
}

/** Every chunk of every log, how far each was read, and how often each message is found by its own word. */
async function contentOf(home: string) {
  const store = await openEmbeddedStore(path.join(home, "conversations", "index.db"), { log: createLogger("silent") });
  try {
    const logs: unknown[] = [];
    for (const [place, { hash, session }] of [...(await store.sources())].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const chunks = (await store.chunksOf(place)).map((chunk) => ({ ...chunk, id: 0 }));
      logs.push({ place: path.basename(place), hash, lines: session?.lines, messages: session?.messages, chunks });
    }
    const found: number[] = [];
    for (let log = 0; log < LOGS; log += 1) {
      const terms = [{ text: wholeOf(`zeppelin${log}x7`) }];
      found.push((await store.searchLexical({ terms, limit: 10 })).length);
    }
    expect(Math.min(...found)).toBeGreaterThan(0);
    return { logs, found };
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
