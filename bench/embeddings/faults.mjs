// What clients of the embedding service see when things break, and how soon they are served again:
//   npm run build && node bench/embeddings/faults.mjs HOME MODEL [--small DIR]
// DIR is a nearly full file system (such as a tmpfs of 64 MB) for the disk that fills up. Takes about a minute. Linux only.
import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { atOnce, chunksOf, post } from "./load.mjs";
import { readFlags } from "../shared/flags.mjs";
import { family } from "../shared/processes.mjs";
import { withOurs } from "./servers.mjs";

const { flags, positionals } = readFlags({ small: undefined });
const [given, model] = positionals;
const home = path.resolve(given);
const since = (started) => `${Math.round(performance.now() - started)} ms`;
const told = (error) => error.message.slice(0, 260);

await withOurs({ home, model }, async ({ origin, pid }) => {
  const ask = () => post(origin, { model, input: ["where is it handled?"] });
  await ask();
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    process.kill(family(pid)[1], "SIGKILL");
    const started = performance.now();
    await ask();
    times.push(since(started));
  }
  console.log(`worker killed: the next answer came after ${times.join(", ")}`);
  const missing = await post(origin, { model: "jina-code-v2", input: "a" }).catch(told);
  console.log(`model missing: ${missing}`);
});

const models = path.join(home, "models");
const folder = path.join(
  models,
  readdirSync(models).find((name) => name.startsWith(`${model}-`) && !name.includes("fp32")),
);
const graph = path.join(folder, "model.onnx");
const whole = readFileSync(graph);
try {
  writeFileSync(graph, whole.subarray(0, whole.length / 2));
  await withOursNotReady(async (origin) => {
    const started = performance.now();
    console.log(`model corrupt: ${await post(origin, { model, input: "a" }).catch(told)} (after ${since(started)})`);
    writeFileSync(graph, whole);
    const mended = performance.now();
    await post(origin, { model, input: "a" });
    console.log(`model mended: the next answer came after ${since(mended)}, without a restart`);
  });
} finally {
  writeFileSync(graph, whole);
}

if (flags.small !== undefined) {
  for (const name of ["models", "runtimes"]) symlinkSync(path.join(home, name), path.join(flags.small, name));
  await withOurs({ home: flags.small, model, cached: true }, async ({ origin }) => {
    const chunks = chunksOf(new URL("../../src", import.meta.url).pathname, 600).map((chunk) => chunk.slice(0, 100));
    const ask = (tag) => {
      const inputs = Array.from({ length: 20 }, (_, batch) => chunks.slice(batch * 30, batch * 30 + 30));
      return atOnce(
        8,
        inputs.map((input) => () => post(origin, { model, input: input.map((text) => tag + text) })),
      );
    };
    await ask("a");
    const filler = path.join(flags.small, "filler");
    fill(filler);
    await ask("b");
    const entries = async () => (await (await fetch(`${origin}/info`)).json()).cache?.entries;
    console.log(`disk full: 600 texts answered, the cache holds ${await entries()} vectors`);
    rmSync(filler);
    await ask("c");
    console.log(`room again: 600 texts answered, the cache holds ${await entries()} vectors`);
  });
  cpSync("/dev/null", path.join(flags.small, "done"));
}

async function withOursNotReady(body) {
  const { spawn } = await import("node:child_process");
  const cli = new URL("../../dist/cli.js", import.meta.url).pathname;
  const args = [cli, "embeddings", "--port", "0", "--json", "--no-cache", "--model", model];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, CODELAB_HOME: home },
  });
  const line = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  await body(new URL(JSON.parse(line).url).origin).finally(() => child.kill());
}

/** Takes all the room there is. */
function fill(file) {
  for (let size = 2 ** 20; size >= 1_024; size /= 2) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: "a" });
    } catch {
      if (statSync(file).size === 0) return;
    }
  }
}
