// What years of conversations cost: importing them (time, processor, peak memory, and the same held to a share of one core),
// checking them unchanged beside a bare sweep of stats, and going on with a large log.
//
//   npm run build && node bench/conversation-load.mjs [--files 10000] [--messages 1000000] [--logs DIR] [--share 50]
//     [--big-mb 100] [--json FILE]
//
// --logs measures logs that are there instead of made-up ones; --share 0 leaves the slowed import out. Takes about five
// minutes. Linux only: processor time and memory are read from /proc.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { once } from "node:events";
import { DEFAULT_LIMIT } from "../dist/chunk/limits.js";
import { createTranscriptImporter } from "../dist/indexer/import-transcripts.js";
import { createLogger } from "../dist/log.js";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { readFlags } from "./shared/flags.mjs";
import { cpuMsSince, median, round, secondsSince } from "./shared/numbers.mjs";
import { usageOf } from "./shared/processes.mjs";
import { statAll } from "./shared/stat-all.mjs";
import { writeLogs } from "./shared/synthetic-logs.mjs";

const { flags } = readFlags({
  files: 10_000,
  messages: 1_000_000,
  logs: undefined,
  share: 50,
  "big-mb": 100,
  json: undefined,
});
const cli = path.resolve(import.meta.dirname, "../dist/cli.js");
const scratch = mkdtempSync(path.join(os.tmpdir(), "codelab-load-"));
const project = path.join(scratch, "project");
mkdirSync(project);
const log = createLogger("warn");
const cut = {
  chunkSize: 10,
  maxTokens: DEFAULT_LIMIT.maxTokens,
  measure: (text) => Math.ceil(DEFAULT_LIMIT.measure(text) / 1.5),
};
const result = {};
try {
  const logs = flags.logs ?? path.join(scratch, "logs");
  if (!flags.logs) writeLogs(logs, flags);
  const home = path.join(scratch, "home");
  result.import = await importAll(logs, home);
  console.log("import", result.import);
  if (flags.share > 0) {
    result.heldBack = await importAll(logs, path.join(scratch, "home2"), { CODELAB_CPU_SHARE: String(flags.share) });
    console.log(`import at ${flags.share} % of a core`, result.heldBack);
  }
  result.check = await checks(logs, path.join(home, "conversations", "index.db"));
  console.log("check of unchanged logs", result.check);
  if (!flags.logs) {
    const [few, fewHome] = [path.join(scratch, "few"), path.join(scratch, "home3")];
    writeLogs(few, { files: 1000, messages: 10_000 });
    await importAll(few, fewHome);
    result.checkOfFew = await checks(few, path.join(fewHome, "conversations", "index.db"));
    console.log("check of 1,000 unchanged logs", result.checkOfFew);
  }
  if (flags["big-mb"] > 0) {
    result.append = await append(flags["big-mb"]);
    console.log("append to a large log", result.append);
  }
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** One import by the program itself; processor time and peak memory as the system counts them (Linux). */
async function importAll(logs, home, extra = {}) {
  const env = { ...process.env, CODELAB_HOME: home, CLAUDE_LOGS_PATH: logs, EMBEDDING_PROVIDER: "none", ...extra };
  const started = performance.now();
  const child = spawn(process.execPath, [cli, "watch", "--once", "--json"], {
    cwd: project,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let [stdout, peakMb, cpu] = ["", 0, 0];
  child.stdout.on("data", (data) => (stdout += data));
  const sampler = setInterval(() => {
    const now = usageOf(child.pid);
    peakMb = Math.max(peakMb, now.peakMb);
    cpu = Math.max(cpu, now.cpuMs / 1_000);
  }, 50);
  await once(child, "close");
  clearInterval(sampler);
  const seconds = secondsSince(started);
  const { imported, chunks } = JSON.parse(stdout).conversations;
  return {
    imported,
    chunks,
    seconds: round(seconds),
    cpuSeconds: round(cpu),
    cores: round(cpu / seconds),
    peakMb: Math.round(peakMb),
  };
}

/**
 * Checks of unchanged logs beside bare sweeps of stats, in turns: by an importer that knows the index, and by processes
 * that have just started, each with its own sweep.
 */
async function checks(logs, file) {
  const store = await openEmbeddedStore(file, { log });
  await store.acquireLease();
  const known = createTranscriptImporter({ roots: [logs], store, cut, logger: log });
  await known.sweep({ check: "quick" });
  const rounds = { stats: [], check: [] };
  const timed = async (name, act) => {
    const [before, started] = [process.cpuUsage(), performance.now()];
    await act();
    rounds[name].push({ ms: performance.now() - started, cpuMs: cpuMsSince(before) });
  };
  for (let n = 0; n < 9; n += 1) {
    await timed("stats", () => statAll(logs));
    await timed("check", () => known.sweep({ check: "quick" }));
  }
  const files = statAll(logs);
  await store[Symbol.asyncDispose]();
  return { files, ...compare(rounds), firstInProcess: firstChecks(logs, file) };
}

function firstChecks(logs, file) {
  const script = path.resolve(import.meta.dirname, "conversations/first-check.mjs");
  const run = (...args) => JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));
  const rounds = { stats: [], check: [] };
  for (let n = 0; n < 9; n += 1) {
    rounds.stats.push(run("stats", logs));
    rounds.check.push(run("check", logs, file));
  }
  return compare(rounds);
}

/** Medians, and how many times a sweep of stats a check takes: by the clock, and by processor time. */
function compare({ stats, check }) {
  const of = (runs, key) => median(runs.map((run) => run[key]));
  return {
    statsMs: round(of(stats, "ms")),
    checkMs: round(of(check, "ms")),
    times: round(of(check, "ms") / of(stats, "ms")),
    timesCpu: round(of(check, "cpuMs") / of(stats, "cpuMs")),
  };
}

/** A log of so many megabytes is imported, then one exchange appended: what is read, and how long until it is stored. */
async function append(megabytes) {
  const folder = path.join(scratch, "big", "-p");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "s.jsonl");
  const stream = createWriteStream(file);
  const line = (text, n) =>
    `${JSON.stringify({ type: "user", uuid: `u${n}`, sessionId: "s", cwd: "/p", message: { role: "user", content: text } })}\n`;
  const filler = "some words of an ordinary question ".repeat(60);
  for (let n = 0, bytes = 0; bytes < megabytes * 1e6; n += 1) {
    const text = line(`${n} ${filler}`, n);
    bytes += text.length;
    if (!stream.write(text)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
  const store = await openEmbeddedStore(path.join(scratch, "big.db"), { log });
  await store.acquireLease();
  const importer = createTranscriptImporter({ roots: [path.dirname(folder)], store, cut, logger: log });
  const before = process.memoryUsage.rss();
  const { bytesRead } = await importer.sweep({ check: "quick" });
  const grownMb = Math.round((process.memoryUsage.rss() - before) / 1e6);
  const appended = line("and a zeppelin", "z");
  appendFileSync(file, appended);
  const started = performance.now();
  const summary = await importer.sweep({ check: "quick", paths: [file] });
  const ms = round(performance.now() - started);
  const found = (await store.searchLexical({ terms: [{ text: "zeppelin" }], limit: 5 })).length;
  await store[Symbol.asyncDispose]();
  return {
    logMb: round(statSync(file).size / 1e6),
    importedBytes: bytesRead,
    grownMb,
    appended: appended.length,
    bytesRead: summary.bytesRead,
    ms,
    found,
  };
}
