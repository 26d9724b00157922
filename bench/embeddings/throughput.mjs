// The service beside the bare runtime in a tight loop, with the same prepared model and texts:
//   npm run build && node bench/embeddings/throughput.mjs HOME MODEL [--spec FILE] [--texts 200] [--rounds 3] [--threads N]
// The two take turns. Prints the service's share of the bare runtime's best at concurrency 1, 8 and 64, for texts of about
// 100 tokens and for mixed lengths: by processor time, of the loop that takes least of it; by the clock, of the fastest loop
// for one text at a time, and of the fastest of all (a loop on each core) for several. Beside the share of the server
// process stands what a bare node:http server would take of the same processor time that reads the same bodies at the same
// pace and answers as many bytes, while a loop runs on each core, as caches then are as cold. `editor` is Roo's shape: ten
// requests of 60 whole chunks at once. Then how fast unchanged texts come from the cache. Takes about eight minutes on two
// cores.
import { fork } from "node:child_process";
import { rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { atOnce, chunksOf, post } from "./load.mjs";
import { readFlags } from "../shared/flags.mjs";
import { median } from "../shared/numbers.mjs";
import { family, usageOfFamily } from "../shared/processes.mjs";
import { withOurs, withPeer } from "./servers.mjs";

const { flags, positionals } = readFlags({ spec: undefined, texts: 200, rounds: 3, threads: undefined });
const [home, model] = positionals;
const cores = os.availableParallelism();
const source = fileURLToPath(new URL("../../src", import.meta.url));
const mixed = chunksOf(source, flags.texts);
/** The texts of each load, how many of them a request holds, and how many requests are sent at once. */
const loads = {
  hundred: { texts: mixed.map((chunk) => chunk.slice(0, 360)), inRequest: 1, widths: [1, 8, 64] },
  mixed: { texts: mixed.map(cut), inRequest: 1, widths: [1, 8, 64] },
  editor: { texts: chunksOf(source, Math.max(600, flags.texts)), inRequest: 60, widths: [10] },
};
/** Bytes of a vector of 384 dimensions. */
const VECTOR_BYTES = 1_536;
const show = (value) => value.toFixed(2);

/** Lengths from a line to a whole chunk. */
function cut(chunk, index) {
  return chunk.slice(0, [40, 120, 300, 600, 1_000][index % 5]);
}

const loops = {
  "one thread": [await startBare(1)],
  [`${cores} threads`]: [await startBare(cores)],
  [`a loop on each of ${cores} cores`]: await Promise.all(Array.from({ length: cores }, () => startBare(1))),
};
const env = flags.threads === undefined ? {} : { CPU_THREADS: flags.threads };
await withOurs({ home, model, spec: flags.spec, env }, async (server) => {
  await warmUp(server);
  for (const [name, load] of Object.entries(loads)) {
    const bare = Object.fromEntries(Object.keys(loops).map((each) => [each, []]));
    const ours = Object.fromEntries(load.widths.map((width) => [width, []]));
    for (let round = 0; round < flags.rounds; round += 1) {
      for (const [each, processes] of Object.entries(loops)) bare[each].push(await measureBare(processes, load.texts));
      for (const width of load.widths) ours[width].push(await measure(server, load, width));
    }
    const pace = median(ours[load.widths.at(-1)].map(({ wallMs }) => wallMs)) * load.inRequest;
    report(name, load, { bare, ours, floorMs: await measureFloor(load, pace) });
  }
});
for (const process of Object.values(loops).flat()) process.kill();
await cacheRate();

function report(name, { texts, inRequest }, { bare, ours, floorMs }) {
  const of = (rows, field) => median(rows.map((row) => row[field]));
  const [alone, shared, ...several] = Object.values(bare);
  const cpuMs = Math.min(...Object.values(bare).map((rows) => of(rows, "cpuMs")));
  const one = Math.min(of(alone, "wallMs"), of(shared, "wallMs"));
  const many = Math.min(one, ...several.map((rows) => of(rows, "wallMs")));
  const [tokens, encodeMs] = [of(alone, "tokens"), of(alone, "encodeMs")];
  console.log(
    `${name}: ${tokens.toFixed(0)} tokens a text; encoding ${show((encodeMs / cpuMs) * 100)} % of its processor time`,
  );
  for (const [each, rows] of Object.entries(bare))
    console.log(
      `  bare, ${each}: ${show(of(rows, "cpuMs"))} CPU-ms a text, ${show(1_000 / of(rows, "wallMs"))} texts/s`,
    );
  for (const [width, rows] of Object.entries(ours)) {
    const best = width === "1" ? one : many;
    const padding = rows[0].computed / (tokens * texts.length);
    const share = (ms) => show((ms / of(rows, "cpuMs")) * 100);
    console.log(
      `  ${width} at once${inRequest === 1 ? "" : `, of ${inRequest} texts each`}: ${show(cpuMs / of(rows, "cpuMs"))} of the bare runtime by processor time, ${show(best / of(rows, "wallMs"))} by the clock; ` +
        `${show(of(rows, "cpuMs"))} CPU-ms a text, ${show(1_000 / of(rows, "wallMs"))} texts/s; ` +
        `${share(of(rows, "mainMs"))} % of it in the server process (${Math.round(of(rows, "mainMs") * 1_000)} µs a text; ` +
        `a bare node:http server: ${share(floorMs)} %, ${Math.round(floorMs * 1_000)} µs); computed/real tokens ${padding.toFixed(3)}`,
    );
  }
}

async function startBare(threads) {
  const args = [home, model, flags.spec ?? "", String(threads)];
  const child = fork(fileURLToPath(new URL("bare.mjs", import.meta.url)), args);
  await answerOf(child);
  return child;
}

function answerOf(child) {
  return new Promise((resolve) => child.once("message", resolve));
}

/** What a text takes when these processes share the texts, all at once. */
async function measureBare(processes, texts) {
  const results = await Promise.all(
    processes.map((child, index) => {
      child.send(texts.filter((_, at) => at % processes.length === index));
      return answerOf(child);
    }),
  );
  const sum = (field) => results.reduce((total, result) => total + result[field], 0) / texts.length;
  const wallMs = Math.max(...results.map((result) => result.wallMs)) / texts.length;
  return { cpuMs: sum("cpuMs"), tokens: sum("tokens"), encodeMs: sum("encodeMs"), wallMs };
}

/** A service runs for weeks: what is measured is not how its code is compiled. */
async function warmUp({ origin }) {
  await atOnce(
    8,
    Array.from({ length: 1_500 }, (_, index) => () => post(origin, { model, input: `warm ${index}` })),
  );
}

/** The texts as clients send them: one by one, or so many in a request. */
function bodiesOf({ texts, inRequest }) {
  if (inRequest === 1) return texts.map((input) => ({ model, input }));
  const starts = Array.from({ length: Math.ceil(texts.length / inRequest) }, (_, index) => index * inRequest);
  return starts.map((start) => ({ model, input: texts.slice(start, start + inRequest) }));
}

async function measure({ origin, pid }, load, width) {
  const { length } = load.texts;
  const before = usageOfFamily(pid).cpuMs;
  const children = () =>
    family(pid)
      .slice(1)
      .reduce((sum, child) => sum + usageOfFamily(child).cpuMs, 0);
  const childrenBefore = children();
  const tokensBefore = await computedTokens(origin);
  const started = performance.now();
  await atOnce(
    width,
    bodiesOf(load).map((body) => () => post(origin, body)),
  );
  const wallMs = (performance.now() - started) / length;
  const cpuMs = (usageOfFamily(pid).cpuMs - before) / length;
  const mainMs = cpuMs - (children() - childrenBefore) / length;
  return { cpuMs, mainMs, wallMs, computed: (await computedTokens(origin)) - tokensBefore };
}

/** Processor time that a bare server takes of a text when a request comes every `pace` ms and all cores compute. */
async function measureFloor(load, pace) {
  const bodies = bodiesOf(load);
  return withPeer("bare-server.mjs", [String(VECTOR_BYTES)], async ({ origin, pid }) => {
    await atOnce(
      8,
      Array.from(
        { length: Math.ceil(1_500 / load.inRequest) },
        (_, at) => () => post(origin, bodies[at % bodies.length]),
      ),
    );
    const loop = Object.values(loops).at(-1);
    let running = true;
    const computing = (async () => {
      while (running) await measureBare(loop, load.texts.slice(0, 50));
    })();
    // The loops compute by now.
    await sleep(500);
    const before = usageOfFamily(pid).cpuMs;
    const answers = [];
    for (const body of bodies) {
      answers.push(post(origin, body));
      await sleep(pace);
    }
    await Promise.all(answers);
    const floorMs = (usageOfFamily(pid).cpuMs - before) / load.texts.length;
    running = false;
    await computing;
    return floorMs;
  });
}

async function computedTokens(origin) {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^te_embed_tokens (\d+)/m.exec(text)?.[1] ?? 0);
}

async function cacheRate() {
  if (flags.spec !== undefined) return;
  const cache = path.join(home, "vectors.db");
  await withOurs({ home, model, cached: true }, async ({ origin, pid }) => {
    const batches = [0, 60, 120].map((from) => mixed.slice(from, from + 60)).filter(({ length }) => length > 0);
    for (const input of batches) await post(origin, { model, input });
    const repeats = Array.from({ length: 60 }, () => batches).flat();
    const before = usageOfFamily(pid).cpuMs;
    const started = performance.now();
    await atOnce(
      10,
      repeats.map((input) => () => post(origin, { model, input })),
    );
    const number = repeats.reduce((sum, batch) => sum + batch.length, 0);
    const micros = ((usageOfFamily(pid).cpuMs - before) / number) * 1_000;
    const perSecond = (number / (performance.now() - started)) * 1_000;
    console.log(
      `cache: ${Math.round(perSecond)} texts/s by the clock, ${Math.round(micros)} CPU-µs each: ${Math.round(1e6 / micros)} texts a processor second`,
    );
  });
  for (const suffix of ["", "-wal", "-shm"]) rmSync(cache + suffix, { force: true });
}
