// The service beside the bare runtime in a tight loop, with the same prepared model, texts and threads:
//   node bench/embeddings/throughput.mjs HOME MODEL [--spec FILE] [--texts 200] [--rounds 2] [--threads N]
// Alternates the two, and prints the service's share of the bare runtime at concurrency 1, 8 and 64, for texts of about
// 100 tokens and for mixed lengths; then how fast unchanged texts come from the cache.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { atOnce, chunksOf, post } from "./load.mjs";
import { family, usage } from "./processes.mjs";
import { withOurs } from "./servers.mjs";

const text = { type: "string" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { spec: text, texts: { ...text, default: "200" }, rounds: { ...text, default: "2" }, threads: text },
});
const [home, model] = positionals;
const threads = values.threads ?? String(os.availableParallelism());
const count = Number(values.texts);
const bare = fileURLToPath(new URL("bare.mjs", import.meta.url));
const mixed = chunksOf(fileURLToPath(new URL("../../src", import.meta.url)), count);
const loads = { hundred: mixed.map((chunk) => chunk.slice(0, 360)), mixed: mixed.map(cut) };
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Lengths from a line to a whole chunk. */
function cut(chunk, index) {
  return chunk.slice(0, [40, 120, 300, 600, 1_000][index % 5]);
}

await withOurs({ home, model, spec: values.spec, env: { CPU_THREADS: threads } }, async (server) => {
  await warmUp(server);
  for (const [name, texts] of Object.entries(loads)) {
    const rows = { bare: [], 1: [], 8: [], 64: [] };
    for (let round = 0; round < Number(values.rounds); round += 1) {
      rows.bare.push(measureBare(texts));
      for (const width of [1, 8, 64]) rows[width].push(await measure(server, texts, width));
    }
    const best = {
      cpuMs: median(rows.bare.map(({ cpuMs }) => cpuMs)),
      wallMs: median(rows.bare.map(({ wallMs }) => wallMs)),
    };
    const { tokens, encodeMs } = rows.bare[0];
    const show = (value) => value.toFixed(2);
    console.log(
      `${name}: ${tokens} tokens a text; bare runtime ${show(best.cpuMs)} CPU-ms, ${show(best.wallMs)} ms a text; encoding ${show((encodeMs / best.cpuMs) * 100)} % of it`,
    );
    for (const width of [1, 8, 64]) {
      const cpuMs = median(rows[width].map((row) => row.cpuMs));
      const mainMs = median(rows[width].map((row) => row.mainMs));
      const wallMs = median(rows[width].map((row) => row.wallMs));
      const padding = rows[width][0].computed / (tokens * texts.length);
      console.log(
        `  ${width} at once: ${show(best.cpuMs / cpuMs)} of the bare runtime by processor time, ${show(best.wallMs / wallMs)} by the clock; ` +
          `${show(cpuMs)} CPU-ms a text, ${show((mainMs / cpuMs) * 100)} % of it in the server process; computed/real tokens ${padding.toFixed(3)}`,
      );
    }
  }
});
await cacheRate();

function measureBare(texts) {
  const args = [bare, home, model, values.spec ?? "", threads];
  const { stdout, stderr } = spawnSync(process.execPath, args, { input: JSON.stringify(texts), encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A service runs for weeks: what is measured is not how its code is compiled. */
async function warmUp({ origin }) {
  await atOnce(
    8,
    Array.from({ length: 500 }, (_, index) => () => post(origin, { model, input: `warm ${index}` })),
  );
}

async function measure({ origin, pid }, texts, width) {
  const before = usage(pid);
  const children = () =>
    family(pid)
      .slice(1)
      .reduce((sum, child) => sum + usage(child).cpuMs, 0);
  const childrenBefore = children();
  const tokensBefore = await computedTokens(origin);
  const started = performance.now();
  await atOnce(
    width,
    texts.map((input) => () => post(origin, { model, input })),
  );
  const wallMs = (performance.now() - started) / texts.length;
  const cpuMs = (usage(pid).cpuMs - before.cpuMs) / texts.length;
  const mainMs = cpuMs - (children() - childrenBefore) / texts.length;
  return { cpuMs, mainMs, wallMs, computed: (await computedTokens(origin)) - tokensBefore };
}

async function computedTokens(origin) {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^te_embed_tokens (\d+)/m.exec(text)?.[1] ?? 0);
}

async function cacheRate() {
  if (values.spec !== undefined) return;
  const cache = path.join(home, "vectors.db");
  await withOurs({ home, model, cached: true }, async ({ origin, pid }) => {
    const batches = [0, 60, 120].map((from) => mixed.slice(from, from + 60)).filter(({ length }) => length > 0);
    for (const input of batches) await post(origin, { model, input });
    const repeats = Array.from({ length: 60 }, () => batches).flat();
    const before = usage(pid).cpuMs;
    const started = performance.now();
    await atOnce(
      10,
      repeats.map((input) => () => post(origin, { model, input })),
    );
    const number = repeats.reduce((sum, batch) => sum + batch.length, 0);
    const micros = ((usage(pid).cpuMs - before) / number) * 1_000;
    const perSecond = (number / (performance.now() - started)) * 1_000;
    console.log(
      `cache: ${Math.round(perSecond)} texts/s by the clock, ${Math.round(micros)} CPU-µs each: ${Math.round(1e6 / micros)} texts a processor second`,
    );
  });
  for (const suffix of ["", "-wal", "-shm"]) rmSync(cache + suffix, { force: true });
}
