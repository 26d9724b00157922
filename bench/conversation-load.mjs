// What years of conversations cost: importing them (time, processor, peak memory, and the same held to a share of one core),
// checking them unchanged beside a bare sweep of stats, and going on with a large log.
//
//   npm run build && node bench/conversation-load.mjs [--files 10000] [--messages 1000000] [--logs DIR] [--share 50]
//     [--big-mb 100] [--json FILE]
//
// --logs measures logs that are there instead of made-up ones; --share 0 leaves the slowed import out.
import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { DEFAULT_LIMIT } from "../dist/chunk/limits.js";
import { createTranscriptImporter } from "../dist/indexer/import-transcripts.js";
import { createLogger } from "../dist/log.js";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { statAll } from "./stat-all.mjs";
import { writeLogs } from "./synthetic-logs.mjs";

const { values: flags } = parseArgs({
  options: {
    files: { type: "string", default: "10000" },
    messages: { type: "string", default: "1000000" },
    logs: { type: "string" },
    share: { type: "string", default: "50" },
    "big-mb": { type: "string", default: "100" },
    json: { type: "string" },
  },
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
  if (!flags.logs) writeLogs(logs, { files: Number(flags.files), messages: Number(flags.messages) });
  const home = path.join(scratch, "home");
  result.import = await importAll(logs, home);
  console.log("import", result.import);
  if (Number(flags.share) > 0) {
    result.heldBack = await importAll(logs, path.join(scratch, "home2"), { CODELAB_CPU_SHARE: flags.share });
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
  if (Number(flags["big-mb"]) > 0) {
    result.append = await append(Number(flags["big-mb"]));
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
    try {
      peakMb = Math.max(
        peakMb,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024,
      );
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
      cpu = (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      // It has ended since.
    }
  }, 50);
  await once(child, "close");
  clearInterval(sampler);
  const seconds = (performance.now() - started) / 1000;
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
    const ms = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    rounds[name].push({ ms, cpuMs: (user + system) / 1000 });
  };
  for (let round_ = 0; round_ < 9; round_ += 1) {
    await timed("stats", () => statAll(logs));
    await timed("check", () => known.sweep({ check: "quick" }));
  }
  const files = statAll(logs);
  await store[Symbol.asyncDispose]();
  return { files, ...compare(rounds), firstInProcess: firstChecks(logs, file) };
}

function firstChecks(logs, file) {
  const script = path.resolve(import.meta.dirname, "first-check.mjs");
  const run = (...args) => JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));
  const rounds = { stats: [], check: [] };
  for (let round_ = 0; round_ < 9; round_ += 1) {
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

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function round(value) {
  return Math.round(value * 100) / 100;
}
