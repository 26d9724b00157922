import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import { openEmbeddedStore } from "../../src/store/embedded-store.ts";
import type { HttpServer } from "../../src/http.ts";
import { embeddingsEndpoint, embeddingsEnv } from "./embeddings-endpoint.ts";
import { Sandbox } from "./run-cli.ts";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How often an index run is killed; more for a release than for every change. */
const KILLS = Number(process.env["CODELAB_KILLS"] ?? 6);
const FILES = 240;

let sandbox: Sandbox;
let embedder: HttpServer;
beforeEach(async () => {
  sandbox = new Sandbox(
    Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`src/module${n % 12}/file${n}.ts`, moduleText(n)])),
  );
  embedder = await embeddingsEndpoint();
});
afterEach(async () => {
  await embedder[Symbol.asyncDispose]();
  sandbox[Symbol.dispose]();
});

it(`ends, however often it is killed, with the index of an undisturbed run (${KILLS} kills)`, async () => {
  const undisturbed = path.join(sandbox.root, "undisturbed");
  const started = performance.now();
  expect((await sandbox.run(["index", "--no-conversations"], { ...env(), CODELAB_HOME: undisturbed })).code).toBe(0);
  // The kills fall on every part of a run: start, reading, committing, embedding.
  const span = performance.now() - started;
  const wanted = await contentOf(undisturbed);
  expect(wanted.embedded).toBe(wanted.texts);
  for (let kill = 0; kill < KILLS; kill++) {
    const child = sandbox.spawn(["index", "--no-conversations", ...(kill % 5 === 4 ? ["--full"] : [])], env());
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    const finished = await Promise.race([ended, sleep(Math.random() * span, "still running" as const)]);
    child.kill("SIGKILL");
    await ended;
    // There is nothing left to disturb in an index that is complete.
    if (finished === 0) rmSync(sandbox.home, { recursive: true });
  }
  const last = await sandbox.run(["index", "--no-conversations"], env());
  expect({ code: last.code, stderr: last.stderr }).toMatchObject({ code: 0 });
  expect(last.stderr).not.toMatch(/damaged|aside/);
  expect(await contentOf(sandbox.home)).toEqual(wanted);
}, 600_000);

const env = () => embeddingsEnv(embedder);

/** Everything that the index of the sandbox's project holds, but for what may differ between two sound runs. */
async function contentOf(home: string) {
  const directory = path.join(home, "workspaces");
  const [name = ""] = readdirSync(directory);
  const store = await openEmbeddedStore(path.join(directory, name, "index.db"), { log: createLogger("silent") });
  try {
    const sources = [...(await store.sources()).values()].map(({ path: file, hash }) => `${file} ${hash}`).toSorted();
    const chunks: string[] = [];
    for (const file of (await store.sources()).keys()) {
      for (const { startLine, endLine, vectorKey, symbol } of await store.chunksOf(file)) {
        chunks.push(`${file}:${startLine}-${endLine} ${symbol} ${vectorKey}`);
      }
    }
    const { texts, embedded } = await store.stats();
    return { sources, chunks: chunks.toSorted(), texts, embedded, pending: (await store.pendingVectors(10)).length };
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function moduleText(n: number): string {
  const functions = Array.from(
    { length: 6 },
    (_, index) =>
      `/** Computes part ${index} of module ${n}. */\nexport function part${n}_${index}(input: number): number {\n` +
      `  const scaled = input * ${n + index};\n  return scaled > ${index} ? scaled : ${n};\n}\n`,
  );
  return functions.join("\n");
}
