// A large project: N files made of real code, indexed by words, then checked unchanged; memory over time, and the check as
// a multiple of looking at every file once.
//
//   npm run build && node bench/scale.mjs [SOURCE] [--files 100000] [--json FILE]
//
// SOURCE (default: this folder) holds the real code. Takes two to three minutes. Linux only, for the memory.
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runToEnd } from "./peers/process.mjs";
import { readFlags } from "./shared/flags.mjs";
import { median } from "./shared/numbers.mjs";

const { flags, positionals } = readFlags({ files: 100_000, json: undefined });
const cli = path.resolve(import.meta.dirname, "../dist/cli.js");
const scratch = mkdtempSync(path.join(os.tmpdir(), "codelab-scale-"));
const project = path.join(scratch, "project");
const env = { ...process.env, CODELAB_HOME: path.join(scratch, "home"), EMBEDDING_PROVIDER: "none" };
try {
  const bytes = generate(path.resolve(positionals[0] ?? "."), flags.files);
  const index = ["index", project, "--no-conversations", "--lexical-only", "--json"];
  const first = await runToEnd(process.execPath, [cli, ...index], { env });
  const { chunks, bytes: stored } = JSON.parse(first.stdout);
  const files = [...listFiles(project)];
  const sweeps = rounds(() => files.forEach((file) => lstatSync(file)));
  const checks = [];
  for (let round = 0; round < 5; round++) {
    const run = await runToEnd(process.execPath, [cli, ...index], { env });
    checks.push({ wholeMs: run.seconds * 1000, checkMs: JSON.parse(run.stdout).tookMs, peakMb: run.peakMb });
  }
  const result = {
    files: files.length,
    megabytes: bytes / 1e6,
    chunks,
    storedMb: stored / 1e6,
    indexS: first.seconds,
    indexPeakMb: first.peakMb,
    statSweepMs: median(sweeps),
    checkMs: median(checks.map(({ checkMs }) => checkMs)),
    wholeCheckMs: median(checks.map(({ wholeMs }) => wholeMs)),
    checkPeakMb: median(checks.map(({ peakMb }) => peakMb)),
  };
  console.log({ ...result, timesTheSweep: result.checkMs / result.statSweepMs });
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Files of real code, each with a line of its own, so that no two are equal. */
function generate(source, count) {
  const originals = [...listFiles(source)].filter(
    (file) => /\.(ts|js|py|go|c|h|rs|java|md)$/.test(file) && statSync(file).size < 20_000,
  );
  let bytes = 0;
  for (let n = 0; n < count; n++) {
    const original = originals[n % originals.length];
    const directory = path.join(project, `part${Math.floor(n / 1000)}`, `d${Math.floor(n / 25) % 40}`);
    mkdirSync(directory, { recursive: true });
    const text = `${readFileSync(original, "utf8")}\n// copy${n} of it\n`;
    bytes += text.length;
    writeFileSync(path.join(directory, `f${n}${path.extname(original)}`), text);
  }
  return bytes;
}

function* listFiles(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === "node_modules" || entry.name === ".git") continue;
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* listFiles(file);
    else if (entry.isFile()) yield file;
  }
}

function rounds(work) {
  return Array.from({ length: 5 }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
}
