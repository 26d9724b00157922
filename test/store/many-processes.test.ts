import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { makeChunk, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

const module = new URL("../../dist/store/embedded-store.js", import.meta.url).href;
const writer = fileURLToPath(new URL("crash-writer.mjs", import.meta.url));

/** Searches until its input ends, then says how many of its searches failed and how many there were. */
const READER = `
  const { openEmbeddedStore } = await import(process.argv[1]);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await openEmbeddedStore(process.argv[2], { log });
  let [done, failed, open] = [0, 0, true];
  process.stdin.resume().on("end", () => (open = false));
  while (open) {
    try {
      const found = await store.searchLexical({ terms: [{ text: "chunk1" }], limit: 20 });
      const near = await store.searchVector(new Float32Array(32).fill(1), 20);
      await store.chunks([...found, ...near].map(({ id }) => id));
      await store.stats();
      done++;
    } catch (error) { failed++; process.stderr.write(error.stack + "\\n"); }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await store[Symbol.asyncDispose]();
  process.stdout.write(failed + " of " + done);`;

it("serves readers in other processes while one writes, without an error of locks", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  await store.useVectors("test", 32);
  const writing = spawn(process.execPath, [writer, module, place.path, "1"], { stdio: ["ignore", "pipe", "inherit"] });
  let commits = 0;
  const enough = new Promise<void>((resolve) =>
    writing.stdout.on("data", (data: Buffer) => {
      commits += String(data).split("\n").length - 1;
      if (commits > 60) resolve();
    }),
  );
  const readers = Array.from({ length: 2 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", READER, module, place.path], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  const said = readers.map(
    (reader) => new Promise<string>((resolve) => reader.stdout.once("data", (data: Buffer) => resolve(String(data)))),
  );
  await enough;
  expect(await store.acquireLease()).toBe(false);
  for (const reader of readers) reader.stdin.end();
  for (const line of await Promise.all(said)) expect(line).toMatch(/^0 of [1-9]/);
  const closed = new Promise((resolve) => writing.once("close", resolve));
  writing.kill("SIGKILL");
  await closed;
  expect(await store.acquireLease()).toBe(true);
});

it("reports a full disk and loses nothing", async () => {
  await using place = await TempStore.create();
  const tables = await place.openTables();
  const { EmbeddedStore } = await import("../../src/store/embedded-store.ts");
  const store = new EmbeddedStore(tables, Date.now);
  await put(store, source("a.ts", makeChunk("kept")));
  tables.exec("PRAGMA max_page_count = 60");
  const large = Array.from({ length: 500 }, (_, n) => makeChunk(`much text ${n} ${"x".repeat(500)}`));
  await expect(put(store, source("b.ts", ...large))).rejects.toMatchObject({ code: "store.disk-full" });
  expect(Array.from((await store.sources()).keys())).toEqual(["a.ts"]);
  tables.exec("PRAGMA max_page_count = 1000000");
  await put(store, source("b.ts", ...large));
  expect(await store.stats()).toMatchObject({ files: 2, chunks: 501 });
});
