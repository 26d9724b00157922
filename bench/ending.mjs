// How long after its time limit a command is answered, and what of it is left: ours against Node's own `timeout` option.
//   npm run build && node bench/ending.mjs [ROUNDS=5] [--json]
// Takes about three minutes. Linux only.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { planCommand } from "../dist/workspace/command-plan.js";
import { ENDING_MS } from "../dist/workspace/launch.js";
import { runCommand } from "../dist/workspace/run-command.js";
import { openWorkspace } from "../dist/workspace/workspace.js";
import { readFlags } from "./shared/flags.mjs";

const LIMIT_MS = 500;
/** A rival that has not answered by then is ended by us. */
const PATIENCE_MS = 5_000;
const { flags, positionals } = readFlags({ json: false });
const rounds = Number(positionals[0] ?? 5);
const root = mkdtempSync(path.join(os.tmpdir(), "bench-ending-"));
const workspace = openWorkspace(root);

const TREES = {
  "one process": "sleep TAG",
  "ignores SIGTERM": "trap '' TERM; sleep TAG & wait; sleep TAG",
  orphans: "(sleep TAG &); (sleep TAG &); sleep TAG",
  "left the session": "setsid sleep TAG & setsid -f sleep TAG; sleep TAG",
  "holds the pipe": "(setsid sleep TAG &); echo done; sleep TAG",
  "endless output": "yes TAG",
  "storm of forks": "while :; do setsid sleep TAG & done",
};

/** Ids of processes whose command line holds the tag; `/proc` is Linux's. */
function survivors(tag) {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "latin1").includes(tag);
    } catch {
      return false;
    }
  });
}

async function ours(line) {
  const outputFile = path.join(root, `${Math.random()}.log`);
  const began = performance.now();
  await runCommand(workspace, planCommand(workspace, { line, timeoutMs: LIMIT_MS }), { outputFile });
  rmSync(outputFile);
  return performance.now() - began;
}

/** What `child_process` offers: a signal to the shell when the time is over, and `close` when all pipes are closed. */
async function node(line) {
  const began = performance.now();
  const child = spawn("/bin/bash", ["-c", line], { timeout: LIMIT_MS, killSignal: "SIGKILL", stdio: "pipe" });
  child.stdout.resume();
  await Promise.race([new Promise((resolve) => child.once("close", resolve)), sleep(PATIENCE_MS)]);
  child.stdout.destroy();
  return performance.now() - began;
}

const table = [];
for (const [name, line] of Object.entries(TREES)) {
  for (const [label, run] of Object.entries({ ours, node })) {
    const overruns = [];
    let left = 0;
    for (let round = 0; round < rounds; round++) {
      const tag = `4711${Math.floor(Math.random() * 1e9)}`;
      overruns.push((await run(line.replaceAll("TAG", tag))) - LIMIT_MS);
      // Once more after a moment: what only just forked counts too.
      await sleep(50);
      left += survivors(tag).length;
      for (let tries = 0; survivors(tag).length > 0 && tries < 100; tries++) {
        for (const pid of survivors(tag)) {
          try {
            process.kill(Number(pid), "SIGKILL");
          } catch {
            // It ended by itself meanwhile.
          }
        }
      }
    }
    const worst = Math.round(Math.max(...overruns));
    table.push({ tree: name, who: label, worstOverrunMs: worst, survivors: left });
  }
}
rmSync(root, { recursive: true });
if (flags.json) console.log(JSON.stringify({ limitMs: LIMIT_MS, boundMs: ENDING_MS, table }));
else {
  console.log(`limit ${LIMIT_MS} ms, our bound after it ${ENDING_MS} ms, ${rounds} rounds`);
  console.table(table);
}
