import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { CLI, Sandbox } from "./run-cli.ts";

const isPosix = process.platform !== "win32";
let sandbox: Sandbox;
beforeAll(async () => {
  const files = Array.from({ length: 60 }, (_, index) => [`src/f${index}.ts`, `export const needle${index} = 1;\n`]);
  sandbox = new Sandbox(Object.fromEntries(files) as Record<string, string>);
  expect((await sandbox.run(["index", "--no-conversations"])).code).toBe(0);
});
afterAll(() => sandbox[Symbol.dispose]());

/** Runs a line in a POSIX shell, with `$CLI` as the program. */
async function shell(line: string, env: NodeJS.ProcessEnv = {}) {
  const options = { cwd: sandbox.project, env: sandbox.env({ NODE: process.execPath, CLI, ...env }), shell: false };
  const command = line.replaceAll("codelab-mcp", '"$NODE" "$CLI"');
  return await promisify(execFile)("/bin/bash", ["-c", command], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe.runIf(isPosix)("the streams of the program", () => {
  it("may be closed early by a reader who has seen enough", async () => {
    const { code, stdout, stderr } = await shell("set -o pipefail; codelab-mcp search needle -n 50 | head -n 1");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/error|EPIPE/) as string });
    expect(stdout).toMatch(/^src\/f\d+\.ts:1 {2}/);
    expect(stdout.split("\n")).toHaveLength(2);
  });

  it.runIf(existsSync("/dev/full"))(
    "tell when a result cannot be written, in a sentence and by exit code 1",
    async () => {
      for (const line of ["codelab-mcp search needle --json > /dev/full", "codelab-mcp --help > /dev/full"]) {
        const { code, stderr } = await shell(line);
        expect(code).toBe(1);
        expect(stderr).toMatch(/^error: the output cannot be written: ENOSPC.*\n$/);
      }
      // Nobody can be told that nobody can be told.
      expect((await shell("codelab-mcp nonsense 2> /dev/full")).code).toBe(1);
    },
  );

  it("hold results alone on stdout; colours only where they are wanted", async () => {
    const ageless = (text: string) => text.replace(/[\d.]+ \w+ ago/, "some time ago");
    const plain = await shell("codelab-mcp status 2> /dev/null");
    expect(plain.stdout).not.toContain("\u001b");
    const forced = await shell("codelab-mcp status", { FORCE_COLOR: "1" });
    expect(forced.stdout).toContain("\u001b[1mworkspace");
    const refused = await shell("codelab-mcp status", { FORCE_COLOR: "1", NO_COLOR: "1" });
    expect(ageless(refused.stdout)).toBe(ageless(plain.stdout));
  });

  it("say nothing but the verdict when told to be silent, and reach the same end without stdin or stderr", async () => {
    const { code, stdout } = await shell("codelab-mcp doctor < /dev/null 2>&- | grep -c .");
    expect(Number(stdout)).toBeGreaterThan(3);
    expect(code).toBe(0);
    expect((await shell("codelab-mcp search nothing-like-it 2>&1 >/dev/null <&-")).code).toBe(0);
  });
});

describe("exit codes", () => {
  it("are 0 for done, 1 for what the caller can mend", async () => {
    expect((await sandbox.run(["--version"])).code).toBe(0);
    expect((await sandbox.run(["nonsense"])).code).toBe(1);
    expect((await sandbox.run(["status", "--log-level", "loud"])).code).toBe(1);
  });

  it.runIf(isPosix).each(["SIGINT", "SIGHUP"] as const)(
    "are 0 for %s of what stays until it is stopped, with nothing left behind",
    async (signal) => {
      const child = spawn(process.execPath, [CLI, "watch"], { cwd: sandbox.project, env: sandbox.env() });
      let stderr = "";
      child.stderr.on("data", (data: Buffer) => {
        stderr += data.toString();
        if (stderr.includes("Watching ")) child.kill(signal);
      });
      const code = await new Promise((resolve) => child.on("close", resolve));
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(/^Watching .*; Ctrl-C stops\.\n$/) as string,
      });
      // The lease is given back: another writer need not wait.
      const index = await sandbox.run(["index", "--no-conversations"]);
      expect(index.stderr).not.toContain("waiting");
    },
  );

  it.runIf(isPosix)("are 130 for work that Ctrl-C stopped, without a word of a bug", async () => {
    const config = loadConfig({ env: sandbox.env(), cwd: sandbox.project, homeDir: sandbox.root });
    await using app = await openApp(config);
    // Another writer makes `index` wait, so that there is something to interrupt.
    expect(await app.store.acquireLease()).toBe(true);
    const child = spawn(process.execPath, [CLI, "index"], { cwd: sandbox.project, env: sandbox.env() });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
      if (stderr.includes("waiting for it to finish")) child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    await app.store.releaseLease();
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/^Another codelab-mcp is writing.*\n$/);
  });

  it("serve MCP over stdio when nothing but a pipe is there, and end well when it ends", async () => {
    const { code, stdout, stderr } = await sandbox.run([]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).not.toMatch(/error|bug/i);
  });
});
