import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { undo } from "../../src/approval/undo.ts";
import { diskFiles } from "./disk-files.ts";
import { openTestApprovals, temporaryDirectory } from "./setup.ts";

/** `CODELAB_KILLS=100` for the long run. */
const KILLS = Number(process.env["CODELAB_KILLS"] ?? 6);

const BODY = `${"x".repeat(200_000)}\n`;

it(
  `loses nothing when killed at ${KILLS} random moments around approval, act and audit`,
  { timeout: 60_000 + KILLS * 10_000 },
  async () => {
    const home = temporaryDirectory();
    const root = temporaryDirectory();
    const file = path.join(root, "counter.txt");
    writeFileSync(file, `0\n${BODY}`);
    const script = fileURLToPath(new URL("../fixtures/approval/act.mjs", import.meta.url));
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [script, home, root], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      await sleep(Math.random() * 250);
      expect(child.exitCode).toBeNull();
      child.kill("SIGKILL");
      await once(child, "exit");
      const [count = "", ...body] = readFileSync(file, "utf8").split("\n");
      expect(body.join("\n"), "no half file").toBe(BODY);
      const approvals = await openTestApprovals({ home });
      const files = diskFiles(root);
      const journal = approvals.journalOf(root, files);
      await journal.recover();
      expect(await approvals.verifyAudit()).toMatchObject({ ok: true, problem: null });
      const acts = journal.list(100_000).filter(({ state }) => state === "done");
      expect(acts.length, "every act is in the journal, none happened twice").toBe(Number(count));
      expect(new Set(acts.map(({ request }) => request)).size).toBe(acts.length);
      const authorised = approvals.audit.list({ limit: 1_000_000 }).filter(({ event }) => event === "authorised");
      const allowed = new Set(authorised.map(({ request }) => request));
      expect(authorised.length, "each approval was used once").toBe(allowed.size);
      expect(
        acts.every(({ request }) => allowed.has(request)),
        "no act without its audit record",
      ).toBe(true);
      expect(journal.list(100_000).filter(({ state }) => state === "unclear" || state === "intent")).toEqual([]);
    }
    const approvals = await openTestApprovals({ home });
    const files = diskFiles(root);
    const journal = approvals.journalOf(root, files);
    const steps = Math.min(3, journal.list(3).filter(({ state }) => state === "done").length);
    const count = Number(readFileSync(file, "utf8").split("\n", 1)[0]);
    for (let step = 0; step < steps; step++)
      await undo({ journal, files, audit: approvals.audit, channel: "terminal" });
    expect(readFileSync(file, "utf8")).toBe(`${count - steps}\n${BODY}`);
  },
);
