// What the first queries of a new server take: asked right after the handshake, and once it had a few idle seconds.
//   npm run build && node bench/first-queries.mjs [PROJECT] [--rounds 3] [--idle 4000]
// The project (default: this repository) is indexed by words, so that no model's time is in the figures. Prints latencies of
// the first dozen of 60 queries and of all, and on Linux the server's processor time and memory by then.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, idle: { type: "string", default: "4000" } },
});
const project = path.resolve(positionals[0] ?? fileURLToPath(new URL("../", import.meta.url)));
const WORDS =
  "parse request,error handling,retry with backoff,create server,validate schema,stream response,read file,cache,format date,main entry".split(
    ",",
  );
const program = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const home = mkdtempSync(path.join(tmpdir(), "codelab-bench-first-"));
const env = { ...process.env, CODELAB_HOME: home, CLAUDE_LOGS_PATH: home, EMBEDDING_PROVIDER: "none" };
try {
  execFileSync(process.execPath, [program, "index", project], { env, stdio: "ignore" });
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const idle of [0, Number(flags.idle)]) console.log(await measure(idle));
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
  const handshake = used(server.pid);
  await sleep(idle);
  const before = used(server.pid);
  const times = [];
  for (let index = 0; index < 60; index++) {
    const query = `${WORDS[index % WORDS.length]} ${WORDS[(index * 7 + 3) % WORDS.length]}`;
    const from = performance.now();
    const { result } = await ask(index + 1, "tools/call", { name: "search_code", arguments: { query, compact: true } });
    if (result?.isError !== undefined && result.isError !== false) throw new Error(JSON.stringify(result));
    times.push(performance.now() - from);
  }
  const after = used(server.pid);
  server.stdin.end();
  await new Promise((resolve) => server.once("exit", resolve));
  const first = times.slice(0, 12).map((time) => time.toFixed(1));
  const sorted = times.toSorted((a, b) => a - b);
  const took =
    after &&
    `; CPU ms: handshake ${handshake.cpu}, idle ${before.cpu - handshake.cpu}, queries ${after.cpu - before.cpu}; ${after.mb} MB`;
  return `after ${idle} ms: first ${first.join(" ")}, p50 ${sorted[30].toFixed(1)}, p95 ${sorted[57].toFixed(1)} ms${took ?? ""}`;
}

/** Processor time of a process in milliseconds and its memory in MB; null where the system does not tell. */
function used(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1];
  // In hundredths of a second.
  return { cpu: 10 * (Number(fields[11]) + Number(fields[12])), mb: Math.round(Number(kb) / 1000) };
}
