// What finding a project's files costs, as a multiple of a bare stat of each, and beside `git ls-files`:
//
//   npm run build && node bench/walk.mjs [DIRECTORY | files…] [--json FILE]
//
// Default 1000 100000, made up under the system's temporary directory and kept there. Prints a table of processor time.
// Takes about a minute.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readText } from "../dist/workspace/read-text.js";
import { walk } from "../dist/workspace/walk.js";
import { readFlags } from "./shared/flags.mjs";
import { cpuMsSince, round } from "./shared/numbers.mjs";

const ROUNDS = 7;
const { flags, positionals: wanted } = readFlags({ json: undefined });
const rows = [];
for (const place of wanted.length > 0 ? wanted : ["1000", "100000"])
  rows.push(await measure(/^\d+$/.test(place) ? made(+place) : place));
console.table(rows);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);

async function measure(root) {
  let files = [];
  const stat = () => files.forEach((file) => statSync(path.join(root, file)));
  files = await all(root);
  // CPU time: other processes disturb it less than they disturb the clock. The best of several rounds of each.
  const walked = await best(() => all(root));
  const stats = await best(stat);
  const read = await best(() => files.forEach((file) => readText(root, file)));
  const git = existsSync(path.join(root, ".git"))
    ? await best(() => execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], { cwd: root, maxBuffer: 1e9 }))
    : null;
  return {
    root: path.basename(root),
    files: files.length,
    statMs: stats,
    walkMs: walked,
    ratio: round(walked / stats),
    readAndHashMs: read,
    spawnGitMs: git,
  };
}

async function all(root) {
  const files = [];
  for await (const batch of walk(root)) for (const file of batch) files.push(file.path);
  return files;
}

async function best(act) {
  const times = [];
  for (let run = 0; run < ROUNDS; run++) {
    const before = process.cpuUsage();
    await act();
    times.push(cpuMsSince(before));
  }
  return round(Math.min(...times), 1);
}

function made(count) {
  const root = path.join(tmpdir(), `codelab-bench-walk-${count}`);
  if (existsSync(root)) return root;
  for (let directory = 0; directory * 50 < count; directory++) {
    const place = path.join(root, `part${directory % 40}`, `module${directory}`);
    mkdirSync(place, { recursive: true });
    for (let file = 0; file < Math.min(50, count - directory * 50); file++) {
      writeFileSync(path.join(place, `file${file}.ts`), `export const value${file} = ${directory};\n`.repeat(20));
    }
  }
  writeFileSync(path.join(root, ".gitignore"), "*.log\n/build/\ndist\n**/generated/**\nsrc/*/tmp\n!keep.log\n");
  return root;
}
