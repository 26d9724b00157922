import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import type { CodeHit, SearchAnswer } from "../../src/search/answer.ts";
import { openEmbeddedStore } from "../../src/store/embedded-store.ts";
import { userLine } from "../transcripts/make-log.ts";
import { CLI, Sandbox } from "./run-cli.ts";

// The limit of a user namespace, which ends with its processes. That under /proc/sys/fs is the whole machine's.
const LIMIT = "echo 6 > /proc/sys/user/max_inotify_watches";
const canLimit = process.platform === "linux" && spawnSync("unshare", ["-Ur", "sh", "-c", LIMIT]).status === 0;

it.skipIf(!canLimit)(
  "where the system watches no more folders, it says so and looks in turns",
  { timeout: 90_000 },
  async () => {
    using sandbox = new Sandbox();
    const logs = path.join(sandbox.root, ".claude", "projects", "-p");
    mkdirSync(logs, { recursive: true });
    for (let folder = 0; folder < 30; folder += 1)
      sandbox.write({ [`src/d${folder}/a.ts`]: `export const a${folder} = 1;\n` });
    writeFileSync(path.join(logs, "s.jsonl"), `${userLine("first")}\n`);
    const node = `exec "$0" "$1" watch`;
    // No sweep is due within an hour: what is found, is found by looking in turns.
    const child = spawn("unshare", ["-Ur", "sh", "-c", `${LIMIT} && ${node}`, process.execPath, CLI], {
      cwd: sandbox.project,
      env: sandbox.env({ IMPORT_INTERVAL: "3600" }),
    });
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    try {
      for (let round = 0; round < 300 && !stderr.includes("watches no more folders"); round += 1) await sleep(100);
      expect(stderr).toContain("watches no more folders");
      expect(stderr).toContain("max_user_watches");
      for (let folder = 0; folder < 30; folder += 1)
        appendFileSync(path.join(sandbox.project, `src/d${folder}/a.ts`), `export const zeppelin${folder} = 2;\n`);
      const workspaces = path.join(sandbox.home, "workspaces");
      const file = path.join(workspaces, readdirSync(workspaces)[0] ?? "", "index.db");
      await using store = await openEmbeddedStore(file, { log: createLogger("silent") });
      const found = async (folder: number) =>
        (await store.searchLexical({ terms: [{ text: `zeppelin${folder}` }], limit: 1 })).length > 0;
      for (let round = 0; round < 300 && !(await found(29)); round += 1) await sleep(100);
      const all = await Promise.all(Array.from({ length: 30 }, async (_, folder) => await found(folder)));
      expect(all.every(Boolean)).toBe(true);
      // Said once for each memory at most, not for each folder.
      expect(stderr.match(/watches no more folders/g)?.length).toBeLessThanOrEqual(2);
    } finally {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("close", resolve));
    }
    const answer = await sandbox.json<SearchAnswer<CodeHit>>(["search", "zeppelin7"]);
    expect(answer.hits[0]?.path).toBe("src/d7/a.ts");
  },
);
