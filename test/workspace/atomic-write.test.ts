import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { workerUrl } from "../../src/worker-url.ts";
import { writeAtomically } from "../../src/workspace/atomic-write.ts";
import { resolveInside } from "../../src/workspace/paths.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const workspace = openWorkspace(base);
const compiled = (name: string) =>
  JSON.stringify(workerUrl(new URL("../../src/workspace/x.ts", import.meta.url).href, name).href);

it("leaves the old or the new content whole, at whatever moment the writer is killed", async () => {
  const file = path.join(base, "victim.txt");
  writeFileSync(file, "0".repeat(300_000));
  const script = `import { writeAtomically } from ${compiled("atomic-write")}; import { resolveInside } from ${compiled("paths")}; import { openWorkspace } from ${compiled("workspace")};
    const workspace = openWorkspace(${JSON.stringify(base)});
    process.stdout.write("x");
    for (let n = 0; ; n = (n + 1) % 10) writeAtomically(resolveInside(workspace, "victim.txt"), { content: Buffer.from(String(n).repeat(300_000)) });`;
  for (let kills = 0; kills < Number(process.env["CODELAB_KILLS"] ?? 8); kills++) {
    const writer = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => writer.stdout.once("data", resolve));
    await sleep(Math.random() * 40);
    const exited = new Promise((resolve) => writer.once("exit", resolve));
    writer.kill("SIGKILL");
    await exited;
    const content = readFileSync(file, "utf8");
    expect(content).toBe((content[0] ?? "").repeat(300_000));
  }
  const leftovers = readdirSync(base).filter((name) => name !== "victim.txt");
  expect(leftovers.every((name) => /^\.codelab-\d+-[0-9a-f]+\.tmp$/.test(name))).toBe(true);
  for (const name of leftovers) rmSync(path.join(base, name));
});

it("shows every reader one whole content while it writes", () => {
  const target = () => resolveInside(workspace, "shared.txt");
  for (let round = 0; round < 20; round++) {
    writeAtomically(target(), { content: Buffer.from(String(round % 10).repeat(50_000)) });
    expect(new Set(readFileSync(path.join(base, "shared.txt"), "utf8")).size).toBe(1);
  }
});

it("gives the mode that is asked for, else keeps the old, and never clobbers what appeared", () => {
  const write = (options: { mode?: number; expectedHash?: null }) =>
    writeAtomically(resolveInside(workspace, "mode.sh"), { content: Buffer.from("x"), ...options });
  write({ mode: 0o750 });
  expect(statSync(path.join(base, "mode.sh")).mode & 0o7777).toBe(0o750);
  write({});
  expect(statSync(path.join(base, "mode.sh")).mode & 0o7777).toBe(0o750);
  expect(() => write({ expectedHash: null })).toThrow("changed since");
  expect(readdirSync(base).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

it.runIf(process.getuid?.() !== 0)("says when a directory may not be written", () => {
  const locked = path.join(base, "locked");
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  const target = resolveInside(workspace, "locked/a.txt");
  expect(() => writeAtomically(target, { content: Buffer.from("") })).toThrow(
    expect.objectContaining({ code: "workspace.not-writable" }),
  );
});
