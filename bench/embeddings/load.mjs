// Load in the shapes that clients send, and what came of it.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { percentiles, secondsSince } from "../shared/numbers.mjs";
import { usageOfFamily } from "../shared/processes.mjs";

/** Pieces of source of about even length: whole lines, up to 1,000 characters. */
export function chunksOf(folder, most) {
  const chunks = [];
  for (const name of readdirSync(folder, { recursive: true })
    .filter((file) => /\.(ts|js|mjs|md)$/.test(file))
    .toSorted()) {
    let chunk = "";
    for (const line of readFileSync(path.join(folder, name), "utf8").split("\n")) {
      if (chunk.length + line.length > 1_000 && chunk.length >= 50) {
        chunks.push(chunk);
        chunk = "";
      }
      chunk += `${line.slice(0, 1_000)}\n`;
    }
    if (chunk.length >= 50) chunks.push(chunk);
  }
  while (chunks.length < most) chunks.push(...chunks.map((chunk, index) => `// ${chunks.length + index}\n${chunk}`));
  return chunks.slice(0, most);
}

export async function post(origin, body, signal) {
  const response = await fetch(`${origin}/v1/embeddings`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer none" },
    body: JSON.stringify({ encoding_format: "base64", ...body }),
    signal,
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

/** Runs `tasks` (functions) with so many at once. */
export async function atOnce(width, tasks) {
  const left = [...tasks];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let task = left.shift(); task !== undefined; task = left.shift()) await task();
    }),
  );
}

/** Roo's first indexing: batches of 60, ten at once, while /health is asked every 20 ms and a query sent every 100 ms. */
export async function rooLoad({ origin, pid }, model, chunks) {
  const running = new AbortController();
  const health = [];
  const queries = [];
  let failures = 0;
  const every = async (ms, times, ask) => {
    const pending = [];
    while (!running.signal.aborted) {
      const started = performance.now();
      pending.push(
        ask().then(
          () => times.push(performance.now() - started),
          () => (failures += 1),
        ),
      );
      await sleep(ms);
    }
    await Promise.race([Promise.all(pending), sleep(60_000, undefined, { ref: false })]);
  };
  const probes = [
    every(20, health, () => fetch(`${origin}/health`).then((response) => response.text())),
    every(100, queries, () => post(origin, { model, input: [`where is request ${queries.length} handled?`] })),
  ];
  const before = usageOfFamily(pid);
  let peakMb = before.rssMb;
  const watch = setInterval(() => (peakMb = Math.max(peakMb, usageOfFamily(pid).rssMb)), 500);
  const started = performance.now();
  const batches = Array.from({ length: Math.ceil(chunks.length / 60) }, (_, index) =>
    chunks.slice(index * 60, index * 60 + 60),
  );
  await atOnce(
    10,
    batches.map((input) => () => post(origin, { model, input }).catch(() => (failures += 1))),
  );
  const seconds = secondsSince(started);
  const after = usageOfFamily(pid);
  clearInterval(watch);
  running.abort();
  await Promise.all(probes);
  const [healthMs, queryMs] = [health, queries].map((times) => percentiles(times));
  return {
    chunksPerSecond: chunks.length / seconds,
    cpuMsPerChunk: (after.cpuMs - before.cpuMs) / chunks.length,
    failures,
    healthMs,
    queryMs,
    peakRssMb: peakMb,
    pssMb: after.pssMb,
  };
}
