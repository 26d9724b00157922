// Brings a checkout to where it can run: dependencies as locked, dist/ as new as src/. Quick when nothing changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Runs a command in the checkout with its output on stderr; ends this process with its exit code when it fails. */
export function must(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs what package-lock.json asks for, unless node_modules already is that. */
export function install() {
  const wanted = digest(["package.json", "package-lock.json", ".npmrc"].map((name) => path.join(root, name)));
  const stamp = path.join(root, "node_modules", ".codelab-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing dependencies …\n");
  // No dependency needs its install script, so none gets to run one.
  must(process.platform === "win32" ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--loglevel=error"], {
    shell: process.platform === "win32",
  });
  writeFileSync(stamp, wanted);
}

/** Compiles src/ to dist/, unless dist/ was compiled from exactly these sources. */
export function build() {
  const sources = listFiles(path.join(root, "src")).concat(
    ["tsconfig.json", "tsconfig.build.json", "package.json"].map((name) => path.join(root, name)),
  );
  const wanted = digest(sources);
  const stamp = path.join(root, "dist", ".built");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Building …\n");
  rmSync(path.join(root, "dist"), { recursive: true, force: true });
  mkdirSync(path.join(root, "dist"));
  must(process.execPath, [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  copyAssets();
  writeFileSync(stamp, wanted);
}

/** Files beside the sources that are no TypeScript (pages, styles) are part of the program too. */
function copyAssets() {
  for (const file of listFiles(path.join(root, "src"))) {
    if (file.endsWith(".ts")) continue;
    const target = path.join(root, "dist", path.relative(path.join(root, "src"), file));
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(file));
  }
}

function listFiles(directory) {
  return readdirSync(directory, { recursive: true })
    .map((name) => path.join(directory, String(name)))
    .filter((file) => statSync(file).isFile())
    .sort();
}

function digest(files) {
  const hash = createHash("sha256");
  for (const file of files) if (existsSync(file)) hash.update(path.relative(root, file)).update(readFileSync(file));
  return hash.digest("hex");
}
