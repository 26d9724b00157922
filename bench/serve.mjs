// What clients of one server get: many of them call search_code over HTTP at once, then one alone.
//   npm run build && node bench/serve.mjs [--workspace DIR] [--clients 32] [--seconds 6] [--with-text]
// The workspace (default: this repository) is indexed by words, so that no model's time is in the figures. Prints calls a
// second, latency, and on Linux what the server took: processor time a call, and memory. Takes half a minute.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readFlags } from "./shared/flags.mjs";
import { percentiles, secondsSince } from "./shared/numbers.mjs";
import { usageOf } from "./shared/processes.mjs";

const { flags } = readFlags({
  workspace: fileURLToPath(new URL("../", import.meta.url)),
  clients: 32,
  seconds: 6,
  "with-text": false,
  port: 4479,
});
const QUESTIONS = [
  "where are failed requests retried",
  "how is a file split into chunks",
  "parse the command line",
  "open the database",
  "which settings are read from the environment",
  "the server closes idle sessions",
  "error messages",
  "write a file",
  "cache of vectors",
  "render a page",
  "tests of the router",
  "logger",
  "what happens when the disk is full",
  "config",
  "validate arguments of a call",
  "compare two versions",
  "start a worker thread",
  "token bound",
  "path of a symlink",
];
const home = mkdtempSync(path.join(tmpdir(), "codelab-bench-serve-"));
const program = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const env = { ...process.env, CODELAB_HOME: home };
const given = ["--workspace", flags.workspace, "--provider", "none"];
execFileSync(process.execPath, [program, "index", ...given], { env, stdio: "ignore" });
const server = spawn(
  process.execPath,
  [program, "serve", "--http", "--no-token", "--port", String(flags.port), ...given],
  {
    env,
    stdio: "ignore",
  },
);
try {
  await ready();
  const clients = await Promise.all(Array.from({ length: flags.clients }, begin));
  await ask(clients, 2);
  for (const some of [clients, clients.slice(0, 1)]) console.log(await ask(some, flags.seconds));
} finally {
  server.kill("SIGTERM");
  await new Promise((resolve) => server.once("exit", resolve));
  rmSync(home, { recursive: true, force: true });
}

async function ready() {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await post({ jsonrpc: "2.0", id: 0, method: "ping" }).catch(() => null);
    if (answer !== null) return;
    await sleep(100);
  }
  throw new Error("The server does not answer.");
}

/** A client: its own connection and session. */
async function begin() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } };
  const { headers } = await post({ jsonrpc: "2.0", id: 0, method: "initialize", params }, { agent });
  const client = { agent, session: headers["mcp-session-id"] };
  await post({ jsonrpc: "2.0", method: "notifications/initialized" }, client);
  return client;
}

async function ask(clients, seconds) {
  const times = [];
  const [start, before] = [performance.now(), usageOf(server.pid)];
  let asked = 0;
  const calls = async (client) => {
    while (performance.now() - start < seconds * 1000) {
      const from = performance.now();
      const query = QUESTIONS[asked++ % QUESTIONS.length];
      const params = { name: "search_code", arguments: { query, compact: !flags["with-text"] } };
      const { text } = await post({ jsonrpc: "2.0", id: asked, method: "tools/call", params }, client);
      if (!text.includes("structuredContent") && !text.includes('"content"')) throw new Error(text.slice(0, 300));
      times.push(performance.now() - from);
    }
  };
  await Promise.all(clients.map(calls));
  const perSecond = Math.round(times.length / secondsSince(start));
  const { p50, p95, p99 } = percentiles(times);
  const { cpuMs, rssMb } = usageOf(server.pid);
  return (
    `${clients.length} clients: ${perSecond} calls/s, p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)} ms; ` +
    `server: ${((cpuMs - before.cpuMs) / times.length).toFixed(2)} ms CPU a call, ${Math.round(rssMb)} MB`
  );
}

function post(message, { agent, session } = {}) {
  const body = JSON.stringify(message);
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  if (session !== undefined)
    Object.assign(headers, { "mcp-session-id": session, "mcp-protocol-version": "2025-06-18" });
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: flags.port, path: "/mcp", method: "POST", agent, headers };
    const request = http.request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => resolve({ headers: response.headers, text }));
    });
    request.on("error", reject).end(body);
  });
}
