// How soon after a save code and conversations are searchable, and what the watcher costs while nothing happens: a
// real `codelab-mcp watch` over a generated project and logs, asked through a second connection to its indexes.
//
//   npm run build && node bench/freshness.mjs [--files 20000] [--logs 200] [--edits 200] [--idle 600] [--json FILE]
//
// `--idle` is in seconds; processor time and memory of the watcher are read from /proc (Linux only). Takes a good minute, and
// the idle time.
import { spawn } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createLogger } from "../dist/log.js";
import { openEmbeddedStore } from "../dist/store/embedded-store.js";
import { termsOf } from "../dist/terms.js";
import { readFlags } from "./shared/flags.mjs";
import { percentiles, round } from "./shared/numbers.mjs";
import { usageOf } from "./shared/processes.mjs";

const { flags } = readFlags({ files: 20_000, logs: 200, edits: 200, idle: 600, json: undefined });
const place = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-freshness-")));
const cli = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), "dist", "cli.js");
const log = createLogger("warn");
const project = path.join(place, "project");
const logs = path.join(place, "claude", "projects", "-p");
const home = path.join(place, "home");

generate(flags.files, flags.logs);
const started = performance.now();
const watcher = spawn(process.execPath, [cli, "watch", project], {
  env: {
    ...process.env,
    CODELAB_HOME: home,
    CLAUDE_CONFIG_DIR: path.join(place, "claude"),
    EMBEDDING_PROVIDER: "none",
    LOG_LEVEL: "warn",
  },
  stdio: ["ignore", "inherit", "inherit"],
});
const result = { files: flags.files, logs: flags.logs };
try {
  const code = await opened(() =>
    path.join(home, "workspaces", readdirSync(path.join(home, "workspaces"))[0], "index.db"),
  );
  const talk = await opened(() => path.join(home, "conversations", "index.db"));
  await found(code, `file${result.files - 1}word`);
  await found(talk, `log${result.logs - 1}word`);
  result.firstSweepMs = Math.round(performance.now() - started);
  // Until the folders are watched, and the sweep after that is done.
  await sleep(5000);
  result.code = await edits(code, (word, round) => {
    const file = path.join(project, ...placeOf((round * 97) % result.files));
    appendFileSync(file, `export const ${word} = ${round};\n`);
  });
  result.conversations = await edits(talk, (word, round) => {
    appendFileSync(path.join(logs, `s${(round * 7) % result.logs}.jsonl`), `${message(word, round)}\n`);
  });
  const before = usageOf(watcher.pid);
  await sleep(flags.idle * 1000);
  const after = usageOf(watcher.pid);
  const cpuSeconds = round((after.cpuMs - before.cpuMs) / 1_000);
  result.idle = { seconds: flags.idle, cpuSeconds, rssMb: Math.round(after.rssMb) };
  for (const store of [code, talk]) await store[Symbol.asyncDispose]();
} finally {
  watcher.kill("SIGTERM");
  await new Promise((resolve) => watcher.once("close", resolve));
  rmSync(place, { recursive: true, force: true });
}
console.table([
  { what: "save to searchable, code", ...result.code },
  { what: "save to searchable, conversation", ...result.conversations },
]);
console.log(
  `idle ${result.idle.seconds} s: ${result.idle.cpuSeconds} s of processor, ${result.idle.rssMb} MB; first sweep ${result.firstSweepMs} ms`,
);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);

function generate(files, logCount) {
  for (let file = 0; file < files; file += 1) {
    const [folder, name] = placeOf(file);
    mkdirSync(path.join(project, folder), { recursive: true });
    writeFileSync(path.join(project, folder, name), `export function file${file}word() {\n  return ${file};\n}\n`);
  }
  mkdirSync(logs, { recursive: true });
  for (let index = 0; index < logCount; index += 1) {
    writeFileSync(path.join(logs, `s${index}.jsonl`), `${message(`log${index}word`, index)}\n`);
  }
}

function placeOf(file) {
  return [`d${Math.floor(file / 20)}`, `f${file}.ts`];
}

function message(word, round) {
  const uuid = `${word}-${round}`;
  const base = { type: "user", uuid, sessionId: "s", cwd: project, timestamp: new Date().toISOString() };
  return JSON.stringify({ ...base, message: { role: "user", content: `What about ${word}?` } });
}

async function opened(file) {
  for (;;) {
    try {
      readFileSync(file()).subarray(0, 1);
      return await openEmbeddedStore(file(), { log });
    } catch {
      await sleep(100);
    }
  }
}

async function found(store, word) {
  const terms = termsOf(word).map((text) => ({ text }));
  // All its terms in one chunk: a part of the word may stand elsewhere.
  const isThere = async () => {
    const chunks = await store.chunks((await store.searchLexical({ terms, limit: 3 })).map(({ id }) => id));
    return chunks.some(({ text }) => text.includes(word));
  };
  while (!(await isThere())) await sleep(5);
}

async function edits(store, write) {
  const times = [];
  for (let round = 0; round < flags.edits; round += 1) {
    const word = `saved${round}zeppelin`;
    const before = performance.now();
    write(word, round);
    await found(store, word);
    times.push(performance.now() - before);
    await sleep(50);
  }
  const { p50, p95, max } = percentiles(times);
  return { p50: Math.round(p50), p95: Math.round(p95), max: Math.round(max) };
}
