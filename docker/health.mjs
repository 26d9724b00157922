// The image's health check: `node health.mjs [URL]` asks a service; without a URL, `status` must be able to read the index.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [url] = process.argv.slice(2);
process.exit((url === undefined ? canReadIndex() : await answers(url)) ? 0 : 1);

function canReadIndex() {
  const cli = fileURLToPath(new URL("dist/cli.js", import.meta.url));
  return spawnSync(process.execPath, [cli, "status", "--json"], { stdio: "ignore", timeout: 9_000 }).status === 0;
}

async function answers(address) {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}
