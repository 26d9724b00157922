// Indexing, checking and searching a project, side by side with the peers that install from the registry:
//
//   node bench/peers/run.mjs PROJECT [--only a,b] [--peers DIR] [--json FILE]
//
// Every tool gets its own copy of the project and the same embedder, which costs nothing. Peers are installed in DIR, once.
// Takes about three minutes for a thousand files, most of them the slowest peer's. Linux only, for the memory.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { build, must } from "../../scripts/prepare.mjs";
import { readFlags } from "../shared/flags.mjs";
import { QUERIES } from "../shared/queries.mjs";
import { runToEnd } from "./process.mjs";

const PEERS = ["codelab-mcp", "claude-context", "open-codebase-index", "codegraph"];

const { flags, positionals } = readFlags({ only: undefined, peers: undefined, json: undefined });
const source = path.resolve(positionals[0] ?? ".");
const names = flags.only?.split(",") ?? PEERS;
const modulesRoot = path.resolve(flags.peers ?? path.join(os.tmpdir(), "codelab-bench-peers"));

build();
const embedder = spawn(process.execPath, [path.join(import.meta.dirname, "zero-cost-embedder.mjs")]);
const port = await new Promise((resolve) => embedder.stdout.once("data", (data) => resolve(String(data).trim())));
const rows = [];
try {
  for (const name of names) rows.push({ name, ...(await measure(name)) });
} finally {
  embedder.kill();
}
print(rows);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);

async function measure(name) {
  const { packages } = await import(`./${name}.mjs`);
  const modules = path.join(modulesRoot, name);
  if (packages.length > 0 && !existsSync(path.join(modules, "node_modules"))) {
    mkdirSync(modules, { recursive: true });
    writeFileSync(path.join(modules, "package.json"), "{}");
    must("npm", ["install", "--ignore-scripts", ...packages], { cwd: modules });
  }
  const scratch = mkdtempSync(path.join(os.tmpdir(), "codelab-bench-"));
  const project = path.join(scratch, "project");
  cpSync(source, project, { recursive: true, filter: (file) => !/\/(node_modules|\.git)$/.test(file) });
  const options = {
    project,
    home: path.join(scratch, "home"),
    modules,
    embedderUrl: `http://127.0.0.1:${port}/v1`,
    queries: QUERIES,
  };
  try {
    const script = path.join(import.meta.dirname, "measure.mjs");
    const env = { ...process.env, HOME: scratch };
    const { stdout } = await runToEnd(process.execPath, [script, name, JSON.stringify(options)], { env });
    return JSON.parse(stdout.trim().split("\n").at(-1));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function print(results) {
  const ours = results.find(({ name }) => name === "codelab-mcp");
  const against = (key, row) => (ours === undefined || row === ours ? "" : ` (${(row[key] / ours[key]).toFixed(1)}x)`);
  const cell = (key, row, digits = 0) => `${row[key].toFixed(digits)}${against(key, row)}`;
  console.log("| tool | searchable ms | indexed ms | chunks | no-change check ms | search p50 ms | p95 ms | peak MB |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const row of results) {
    const cells = [row.name, cell("searchableMs", row), cell("indexMs", row), String(row.chunks), cell("checkMs", row)];
    cells.push(cell("p50Ms", row, 1), cell("p95Ms", row, 1), cell("peakMb", row));
    console.log(`| ${cells.join(" | ")} |`);
  }
}
