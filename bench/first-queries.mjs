// What the first queries of a new server take: asked right after the handshake, and once it had a few idle seconds.
//   npm run build && node bench/first-queries.mjs [PROJECT] [--rounds 3] [--idle 4000]
// The project (default: this repository) is indexed by words, so that no model's time is in the figures. Prints latencies of
// the first dozen of 60 queries and of all, and on Linux the server's processor time and memory by then. Takes half a minute.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readFlags } from "./shared/flags.mjs";
import { percentiles } from "./shared/numbers.mjs";
import { usageOf } from "./shared/processes.mjs";
import { QUERIES } from "./shared/queries.mjs";

const { flags, positionals } = readFlags({ rounds: 3, idle: 4_000 });
const project = path.resolve(positionals[0] ?? fileURLToPath(new URL("../", import.meta.url)));
const program = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const home = mkdtempSync(path.join(tmpdir(), "codelab-bench-first-"));
const env = { ...process.env, CODELAB_HOME: home, CLAUDE_LOGS_PATH: home, EMBEDDING_PROVIDER: "none" };
try {
  execFileSync(process.execPath, [program, "index", project], { env, stdio: "ignore" });
  for (let round = 0; round < flags.rounds; round++)
    for (const idle of [0, flags.idle]) console.log(await measure(idle));
} finally {
  rmSync(home, { recursive: true, force: true });
}

async function measure(idle) {
  const stdio = ["pipe", "pipe", "inherit"];
  const server = spawn(process.execPath, [program, "serve", "--workspace", project], { env, stdio });
  const waiting = new Map();
  createInterface({ input: server.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  const ask = (id, method, params) =>
    new Promise((resolve) => {
      waiting.set(id, resolve);
      server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  const clientInfo = { name: "bench", version: "1" };
  await ask(0, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
  server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  const handshake = usageOf(server.pid);
  await sleep(idle);
  const before = usageOf(server.pid);
  const times = [];
  for (const [index, query] of QUERIES.entries()) {
    const from = performance.now();
    const { result } = await ask(index + 1, "tools/call", { name: "search_code", arguments: { query, compact: true } });
    if (result?.isError !== undefined && result.isError !== false) throw new Error(JSON.stringify(result));
    times.push(performance.now() - from);
  }
  const after = usageOf(server.pid);
  server.stdin.end();
  await new Promise((resolve) => server.once("exit", resolve));
  const first = times.slice(0, 12).map((time) => time.toFixed(1));
  const { p50, p95 } = percentiles(times);
  const cpu = [handshake.cpuMs, before.cpuMs - handshake.cpuMs, after.cpuMs - before.cpuMs];
  return (
    `after ${idle} ms: first ${first.join(" ")}, p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)} ms; ` +
    `CPU ms: handshake ${cpu[0]}, idle ${cpu[1]}, queries ${cpu[2]}; ${Math.round(after.rssMb)} MB`
  );
}
