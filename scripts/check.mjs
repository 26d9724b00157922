// `npm run check`: types, type-aware lint, format, unused code and package lint, side by side.
import { spawn } from "node:child_process";
import path from "node:path";
import { build, install, root } from "./prepare.mjs";

install();
build();
const bin = (name) => path.join(root, "node_modules", ".bin", name);
const steps = [
  ["types", bin("tsc"), ["-p", "tsconfig.json"]],
  ["lint", bin("oxlint"), ["--type-aware", "--quiet"]],
  ["format", bin("oxfmt"), ["--check", "src", "test", "scripts", "bench", "docker"]],
  ["unused", bin("knip"), ["--no-progress"]],
  ["package", bin("publint"), ["--strict"]],
];
const outcomes = await Promise.all(steps.map(run));
process.exit(outcomes.every((ok) => ok) ? 0 : 1);

function run([name, command, args]) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(command, args, { cwd: root, shell: process.platform === "win32" });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("close", (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
      if (code !== 0) console.log(output.trimEnd());
      resolve(code === 0);
    });
  });
}
