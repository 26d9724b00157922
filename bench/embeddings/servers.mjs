// Starts servers for a load to be put on, and ends them.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const cli = here("../../dist/cli.js");

/**
 * Our service as users start it, with a home of its own; `spec` is a JSON file that describes a model that is not in the
 * catalogue (install-model.mjs writes one). Runs `body` with its origin and process id.
 */
export async function withOurs({ home, model, spec, cached = false, env = {} }, body) {
  const flags = ["--port", "0", "--json", "--model", model, ...(cached ? [] : ["--no-cache"])];
  const args = spec === undefined ? [cli, "embeddings", ...flags] : [here("server.mjs"), home, model, spec];
  const all = { ...process.env, CODELAB_HOME: home, LOG_LEVEL: "error", ...env };
  return withServer(args, all, async (server) => {
    for (let tries = 0; tries < 600; tries += 1) {
      if ((await fetch(`${server.origin}/readyz`)).ok) return body(server);
      await sleep(100);
    }
    throw new Error("the service does not get ready");
  });
}

/** A peer's server: `name` is a script of this folder that prints its origin. */
export const withPeer = (name, args, body) => withServer([here(name), ...args], process.env, body);

async function withServer(args, env, body) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env });
  try {
    const line = await new Promise((resolve, reject) => {
      child.stdout.once("data", (data) => resolve(String(data).trim()));
      child.once("exit", (code) => reject(new Error(`${args[0]} ended with ${code}`)));
    });
    child.stdout.resume();
    const origin = line.startsWith("{") ? new URL(JSON.parse(line).url).origin : line;
    return await body({ origin, pid: child.pid, child });
  } finally {
    child.kill("SIGKILL");
  }
}
