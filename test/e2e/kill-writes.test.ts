import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openApprovals } from "../../src/approval/open.ts";
import { silent } from "../approval/setup.ts";
import { serve, type Served } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

/** `CODELAB_KILLS=100` for the long run. */
const KILLS = Number(process.env["CODELAB_KILLS"] ?? 3);

const BODY = "x\n".repeat(30_000);

/** A human who approves without end meets no limit here. */
const LIMITLESS = { CODELAB_APPROVALS_PER_HOUR: "1000000", CODELAB_FILE_OPERATIONS_PER_HOUR: "1000000" };

/** Writes one number after the other until the server dies. */
async function countUp(served: Served, from: number): Promise<void> {
  for (let number = from; ; number++)
    await served.call("write_file", { path: "counter.txt", content: `${number}\n${BODY}` });
}

it(
  `neither tears nor repeats nor hides a write when the server is killed (${KILLS} kills)`,
  { timeout: 60_000 + KILLS * 10_000 },
  async () => {
    using sandbox = new Sandbox({ "counter.txt": `0\n${BODY}` });
    const file = path.join(sandbox.project, "counter.txt");
    const human = () => ({ action: "accept" as const, content: { decision: "approve_once" } });
    for (let kill = 0; kill < KILLS; kill++) {
      const served = await serve(sandbox, kill % 2 === 0 ? "2025-11-25" : "2026-07-28", { human, env: LIMITLESS });
      const before = Number(readFileSync(file, "utf8").split("\n", 1)[0]);
      const counting = countUp(served, before + 1).catch(() => {});
      await expect.poll(() => served.asked.length).toBeGreaterThan(0);
      await sleep(Math.random() * 400);
      process.kill(served.pid, "SIGKILL");
      await counting;
      await served.client.close().catch(() => {});
      const [count = "", ...body] = readFileSync(file, "utf8").split("\n");
      expect(body.join("\n"), "no half file").toBe(BODY);
      const audit = await sandbox.run(["audit", "verify"]);
      expect(audit, "the chain is intact").toMatchObject({ code: 0 });
      using approvals = await openApprovals({ home: sandbox.home, log: silent, timeoutMs: 300_000 });
      // An intent that was cut off counts when the file shows that it was carried out.
      const acts = approvals.listChanges(100_000).filter(({ state }) => state === "done" || state === "intent");
      const records = approvals.audit.list({ limit: 1_000_000 });
      const allowed = new Set(records.flatMap(({ event, request }) => (event === "authorised" ? [request] : [])));
      expect(
        acts.every(({ request }) => allowed.has(request)),
        "no act without its audit record",
      ).toBe(true);
      const done = acts.filter(({ state }) => state === "done").length;
      expect([done, done + 1], "every act is in the journal").toContain(Number(count));
      expect(new Set(acts.map(({ request }) => request)).size, "no approval was used twice").toBe(acts.length);
    }
    // On a busy machine every kill may come before the first write: then there is nothing to take back.
    const changes = await sandbox.json<readonly unknown[]>(["undo", "--list"]);
    expect((await sandbox.run(["undo"])).code).toBe(changes.length > 0 ? 0 : 1);
    // A temporary file of a killed process is swept up by a later write.
    const left = readdirSync(sandbox.project).filter((name) => !/^\.codelab-\d+-[0-9a-f]+\.tmp$/.test(name));
    expect(left, "nothing else is left lying about").toEqual(["counter.txt"]);
  },
);
