import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Database } from "../../src/sqlite.ts";
import { TempStore } from "./temp-store.ts";

const KILLS = Number(process.env["CODELAB_TEST_KILLS"] ?? 4);
const writer = fileURLToPath(new URL("crash-writer.mjs", import.meta.url));
const module = new URL("../../dist/store/embedded-store.js", import.meta.url).href;

/** Runs a writer and kills it at a random moment after its first commit; what it said it had committed last. */
async function writeAndKill(database: string, seed: number): Promise<string> {
  const child = spawn(process.execPath, [writer, module, database, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  const closed = new Promise((resolve) => child.once("close", resolve));
  const began = new Promise((resolve) => child.stdout.once("data", resolve));
  child.stdout.on("data", (data: Buffer) => (said += String(data)));
  await began;
  await sleep(Math.random() * 250);
  child.kill("SIGKILL");
  await closed;
  return said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1) ?? "";
}

/** Every table agrees with every other. */
function expectWhole(db: Database): void {
  const none = (sql: string) => expect(db.all(sql), sql).toEqual([]);
  expect(db.all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  none("SELECT id FROM chunk WHERE source NOT IN (SELECT id FROM source) OR text NOT IN (SELECT id FROM text)");
  none("SELECT id FROM chunk WHERE id NOT IN (SELECT chunk FROM chunk_text)");
  none("SELECT chunk FROM chunk_text WHERE chunk NOT IN (SELECT id FROM chunk)");
  none("SELECT text FROM pending WHERE text NOT IN (SELECT text FROM chunk) OR text IN (SELECT text FROM vector)");
  none("SELECT text FROM chunk WHERE text NOT IN (SELECT text FROM vector UNION SELECT text FROM pending)");
}

describe("a writer that is killed", () => {
  it(`leaves a whole index with all that it had committed (${KILLS} times)`, { timeout: 30_000 * KILLS }, async () => {
    await using place = await TempStore.create();
    const reader = await place.open();
    for (let seed = 0; seed < KILLS; seed++) {
      const [path = "", round = ""] = (await writeAndKill(place.path, seed)).split(" ");
      expectWhole(await place.openTables());
      const { chunks } = await reader.stats();
      // The kill may have come after a further commit, which is then in as a whole, and may have replaced this one.
      const found = await reader.searchLexical({ terms: [{ text: round.toLowerCase() }], limit: 100 });
      const texts = (await reader.chunksOf(path)).map(({ text }) => text);
      expect(texts.length % 20).toBe(0);
      if (texts[0]?.includes(`${round} `)) expect(found).toHaveLength(20);
      expect(chunks % 20).toBe(0);
    }
    expect(await reader.acquireLease()).toBe(true);
  });
});
