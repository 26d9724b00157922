// What clients of one server get: many of them call search_code over HTTP at once, then one alone.
//   npm run build && node bench/serve.mjs [--workspace DIR] [--clients 32] [--seconds 6] [--with-text]
// The workspace (default: this repository) is indexed by words, so that no model's time is in the figures. Prints calls a
// second, latency, and on Linux what the server took: processor time a call, and memory.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    workspace: { type: "string", default: fileURLToPath(new URL("../", import.meta.url)) },
    clients: { type: "string", default: "32" },
    seconds: { type: "string", default: "6" },
    "with-text": { type: "boolean", default: false },
    port: { type: "string", default: "4479" },
  },
});
const port = Number(flags.port);
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
const server = spawn(process.execPath, [program, "serve", "--http", "--no-token", "--port", flags.port, ...given], {
  env,
  stdio: "ignore",
});
try {
  await ready();
  const clients = await Promise.all(Array.from({ length: Number(flags.clients) }, begin));
  await ask(clients, 2);
  for (const some of [clients, clients.slice(0, 1)]) console.log(await ask(some, Number(flags.seconds)));
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
  const [start, cpu] = [performance.now(), cpuMs()];
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
  const wall = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * times.length)].toFixed(1);
  const perSecond = Math.round(times.length / wall);
  const latency = `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)} ms`;
  const took =
    cpu === null ? "" : `; server: ${((cpuMs() - cpu) / times.length).toFixed(2)} ms CPU a call, ${rssMb()} MB`;
  return `${clients.length} clients: ${perSecond} calls/s, ${latency}${took}`;
}

/** Processor time of the server in milliseconds; null where the system does not tell. */
function cpuMs() {
  const file = `/proc/${server.pid}/stat`;
  if (!existsSync(file)) return null;
  const fields = readFileSync(file, "utf8").split(") ")[1].split(" ");
  // In hundredths of a second.
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function rssMb() {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1000);
}

function post(message, { agent, session } = {}) {
  const body = JSON.stringify(message);
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  if (session !== undefined)
    Object.assign(headers, { "mcp-session-id": session, "mcp-protocol-version": "2025-06-18" });
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/mcp", method: "POST", agent, headers };
    const request = http.request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => resolve({ headers: response.headers, text }));
    });
    request.on("error", reject).end(body);
  });
}
