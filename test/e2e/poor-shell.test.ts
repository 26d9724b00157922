import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CLI, Sandbox } from "./run-cli.ts";

// Shells that the program may find itself in: whose directory is gone, or that let it open next to nothing.

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({ "a.ts": "export const answer = 42;\n" });
});
afterEach(() => sandbox[Symbol.dispose]());

/** Runs a line of the shell in which `"$@"` is the program. */
function shell(line: string, ...args: readonly string[]) {
  const options = { cwd: sandbox.root, env: sandbox.env(), encoding: "utf8" } as const;
  return spawnSync("/bin/sh", ["-c", line, "sh", process.execPath, CLI, ...args], options);
}

describe.skipIf(process.platform === "win32")("in a directory that was removed", () => {
  const inGone = (...args: readonly string[]) => {
    mkdirSync(path.join(sandbox.root, "gone"), { recursive: true });
    return shell('cd gone && rmdir ../gone && "$@"', ...args);
  };

  it("help and version are answered", () => {
    for (const args of [["--help"], ["--version"], ["search", "--help"]])
      expect(inGone(...args)).toMatchObject({ status: 0, stderr: "" });
  });

  it("a project is worked on that is named by its absolute path, and what is wrong with any other is said", () => {
    const named = inGone("search", "answer", "--workspace", sandbox.project);
    expect([named.status, named.stdout]).toEqual([0, expect.stringContaining("a.ts:1")]);
    for (const args of [["status"], ["search", "answer"], ["index", "project"], ["status", "--workspace", "project"]]) {
      const { status, stderr } = inGone(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^error: the current directory does not exist any more\nhint: .*--workspace\.\n$/);
    }
  });
});

describe.runIf(process.platform === "linux")("where few files may be open", () => {
  it("goes on with a hundred, and says what to do with fewer than its own modules are", () => {
    expect(shell('ulimit -n 110 && "$@"', "index", sandbox.project)).toMatchObject({ status: 0 });
    const { status, stderr } = shell('ulimit -n 60 && "$@"', "index", "--full", sandbox.project);
    // How many are open at once while modules load is Node's affair.
    if (status === 0) return;
    expect(status).toBe(1);
    expect(stderr).toContain("hint: Raise the limit, such as by `ulimit -n 1024`.");
    expect(stderr).not.toContain("bug");
  });
});
