import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { workerUrl } from "../../src/worker-url.ts";
import { ENDING_MS } from "../../src/workspace/launch.ts";
import { POLITE_MS, ProcessTree, STUBBORN_MS } from "../../src/workspace/process-tree.ts";
import { listProcesses, type Machine, machineOf } from "../../src/workspace/processes.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const started: ChildProcess[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** Starts a shell in a session of its own; resolves when it said that it is ready. */
async function shell(line: string): Promise<{ readonly pid: number; readonly exit: Promise<unknown> }> {
  const child = spawn("/bin/sh", ["-c", `echo ready; ${line}`], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  started.push(child);
  const exit = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return { pid: child.pid ?? 0, exit };
}

describe("the time that ending takes", () => {
  it("is less than two seconds in all its parts", () => {
    expect(ENDING_MS).toBeLessThan(2_000);
    expect(POLITE_MS + STUBBORN_MS).toBeLessThan(ENDING_MS);
  });

  it("is bounded for those who never die, and they are told of", async () => {
    let time = 0;
    const sent: string[] = [];
    const undying: Machine = {
      list: () => [{ pid: 4711, parent: 1, group: 4711, session: 4711, started: "1" }],
      hasInEnvironment: () => false,
      outputsOf: () => [],
      signal: (_pid, signal) => void sent.push(signal),
      endTree: null,
      now: () => time,
      sleep: async (ms) => (time += ms),
    };
    const tree = new ProcessTree(4711, "MARK=x", undying);
    expect(await tree.end()).toBe(false);
    expect(time).toBeLessThanOrEqual(POLITE_MS + STUBBORN_MS);
    expect(sent[0]).toBe("SIGTERM");
    expect(sent.filter((signal) => signal === "SIGKILL").length).toBeGreaterThan(10);
    time = 0;
    expect(await tree.endNow(200)).toBe(false);
    expect(time).toBeLessThanOrEqual(200);
  });

  it("ends at once where a polite word is enough", async () => {
    let time = 0;
    let alive = true;
    const polite: Machine = {
      ...machineOf("linux"),
      list: () => (alive ? [{ pid: 4711, parent: 1, group: 4711, session: 4711, started: "1" }] : []),
      outputsOf: () => [],
      hasInEnvironment: () => false,
      signal: (_pid, signal) => void (alive = signal !== "SIGTERM"),
      now: () => time,
      sleep: async (ms) => (time += ms),
    };
    expect(await new ProcessTree(4711, "MARK=x", polite).end()).toBe(true);
    expect(time).toBe(0);
  });
});

const SETPRIV = "/usr/bin/setpriv";

/** A program that anyone may start and that becomes root's: no signal of its starter's ends it. */
function becomesRoot(): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync(SETPRIV)) return null;
  const file = path.join(base, "becomes-root");
  copyFileSync(SETPRIV, file);
  chmodSync(file, 0o4755);
  chmodSync(base, 0o755);
  return file;
}

/** Runs a command as a user without rights, on the built program; its result as JSON. */
function runAsNobody(argv: readonly string[]): Promise<Record<string, unknown>> {
  const work = path.join(base, "work");
  const output = path.join(base, "output");
  for (const directory of [work, output]) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o777);
  }
  const from = (name: string) =>
    JSON.stringify(workerUrl(new URL("../../src/workspace/x.ts", import.meta.url).href, name).href);
  const script = `import { runCommand } from ${from("run-command")}; import { planCommand } from ${from("command-plan")}; import { openWorkspace } from ${from("workspace")};
    const workspace = openWorkspace(${JSON.stringify(work)});
    const plan = planCommand(workspace, { argv: ${JSON.stringify(argv)}, timeoutMs: 300 });
    console.log(JSON.stringify(await runCommand(workspace, plan, { outputFile: ${JSON.stringify(path.join(output, "out.log"))} })));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    uid: 65_534,
    gid: 65_534,
    stdio: ["ignore", "pipe", "pipe"],
    cwd: "/",
  });
  let text = "";
  let complaint = "";
  child.stdout.on("data", (data: Buffer) => (text += data.toString()));
  child.stderr.on("data", (data: Buffer) => (complaint += data.toString()));
  return new Promise((resolve, reject) => {
    child.once("close", () =>
      text === "" ? reject(new Error(complaint)) : resolve(JSON.parse(text) as Record<string, unknown>),
    );
  });
}

const program = becomesRoot();

it.runIf(program !== null)("a command that cannot be killed holds neither the answer nor us", async () => {
  const seconds = `8${Math.floor(Math.random() * 1e6)}`;
  const argv = [program ?? "", "--reuid=0", "--regid=0", "--clear-groups", "sleep", seconds];
  expect(await runAsNobody(argv)).toMatchObject({ stopped: "time limit", clean: false, exitCode: null, signal: null });
  // It is still there: that the answer came is not because it died. Root ends it.
  execFileSync("pkill", ["-KILL", "-f", `^sleep ${seconds}$`]);
});

describe.skipIf(process.platform === "win32")("on systems without /proc", () => {
  const machine = machineOf("darwin");

  it("ps tells the same of processes as /proc does", async () => {
    const { pid } = await shell("sleep 60");
    const told = machine.list().find((entry) => entry.pid === pid);
    expect(told).toMatchObject({ parent: process.pid, group: pid });
    expect(told?.started).toMatch(/\d{4}$/);
    const proven = new Set(listProcesses().map((entry) => entry.pid));
    expect(machine.list().some((entry) => entry.parent === pid && proven.has(entry.pid))).toBe(true);
  });

  it("a tree is ended by group, family and what was seen before", async () => {
    const { pid, exit } = await shell("(trap '' TERM; sleep 60) & sleep 60");
    const tree = new ProcessTree(pid, "MARK=none", { ...machine, hasInEnvironment: () => false, outputsOf: () => [] });
    expect(tree.observe().length).toBeGreaterThan(1);
    expect(await tree.end()).toBe(true);
    expect(["SIGTERM", "SIGKILL"]).toContain(await exit);
    expect(machine.list().some((entry) => entry.group === pid)).toBe(false);
  });

  it("Windows' own means are believed only when they say that all is over", async () => {
    const { pid, exit } = await shell("exec sleep 60");
    const bin = path.join(base, "bin");
    mkdirSync(bin, { recursive: true });
    const taskkill = (script: string) => writeFileSync(path.join(bin, "taskkill"), script, { mode: 0o755 });
    vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
    const tree = new ProcessTree(pid, "MARK=none", machineOf("win32"));
    taskkill("#!/bin/sh\nexit 128\n");
    expect(await tree.end()).toBe(false);
    taskkill('#!/bin/sh\n[ "$3 $4" = "/T /F" ] && kill -KILL "$2"\n');
    expect(await tree.end()).toBe(true);
    expect(await exit).toBe("SIGKILL");
  });
});
