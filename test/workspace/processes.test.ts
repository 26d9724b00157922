import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { dismissGuardian, postGuardian, showGroup } from "../../src/workspace/guardian.ts";
import { ProcessTree } from "../../src/workspace/process-tree.ts";
import { hasInEnvironment, listProcesses, outputsOf, type Machine, machineOf } from "../../src/workspace/processes.ts";

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill("SIGKILL")));

/** A busy machine may need longer for all it does: its clock goes slowly here. */
const patient: Machine = { ...machineOf(), now: () => performance.now() / 25 };

/** Starts a shell in a session of its own; resolves when it said that it is ready: at once, or where the line says so. */
async function shell(line: string, env: Record<string, string> = {}): Promise<ChildProcess & { pid: number }> {
  const child = spawn("/bin/sh", ["-c", line.includes("echo ready") ? line : `echo ready; ${line}`], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], ...env },
  });
  started.push(child);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  if (child.pid === undefined) throw new Error("not started");
  return Object.assign(child, { pid: child.pid });
}

const isThere = (pid: number) => listProcesses().some((entry) => entry.pid === pid);

describe("the list of processes", () => {
  it("has ourselves, our children and their kin", async () => {
    const child = await shell("sleep 60 & sleep 60");
    const all = listProcesses();
    expect(all.find(({ pid }) => pid === process.pid)?.started).toMatch(/^\d+$/);
    expect(all.find(({ pid }) => pid === child.pid)).toMatchObject({
      parent: process.pid,
      group: child.pid,
      session: child.pid,
    });
    await expect.poll(() => listProcesses().filter(({ parent }) => parent === child.pid).length === 2).toBe(true);
  });

  it("leaves out those that are dead and not yet buried", async () => {
    const child = await shell("true & exec sleep 60");
    await expect.poll(() => listProcesses().every(({ parent }) => parent !== child.pid)).toBe(true);
  });

  it("tells environments and outputs of those that we may see", async () => {
    const child = await shell("exec sleep 60", { MARK: "4711", OTHER: "MARK=4712" });
    await expect.poll(() => hasInEnvironment(child.pid, "MARK=4711")).toBe(true);
    for (const wrong of ["MARK=471", "ARK=4711", "MARK=4712", "MARK"])
      expect(hasInEnvironment(child.pid, wrong)).toBe(false);
    expect(outputsOf(child.pid)).toEqual([expect.stringMatching(/^(?:socket|pipe):\[\d+\]$/), "/dev/null"]);
    expect(hasInEnvironment(2 ** 22 + 1, "MARK=4711")).toBe(false);
    expect(outputsOf(2 ** 22 + 1)).toEqual([]);
  });
});

describe("a process tree", () => {
  it("ends politely where that works", async () => {
    const child = await shell("trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done");
    const code = new Promise((resolve) => child.once("exit", resolve));
    expect(await new ProcessTree(child.pid, "MARK=none", patient).end()).toBe(true);
    expect(await code).toBe(42);
  });

  it("touches nobody else", async () => {
    const bystander = await shell("exec sleep 60", { MARK: "other" });
    const child = await shell("exec sleep 60", { MARK: "this" });
    expect(await new ProcessTree(child.pid, "MARK=this", patient).endNow()).toBe(true);
    expect(isThere(bystander.pid)).toBe(true);
    expect(isThere(child.pid)).toBe(false);
  });

  it("remembers whom it saw, for when the family is torn apart", async () => {
    const child = await shell("env -i setsid sh -c 'exec sleep 60 >/dev/null' & wait");
    const tree = new ProcessTree(child.pid, "MARK=none", patient);
    await expect.poll(() => tree.observe().some(({ session, pid }) => session === pid && pid !== child.pid)).toBe(true);
    const stray = tree.observe().find(({ session, pid }) => session === pid && pid !== child.pid);
    child.kill("SIGKILL");
    await expect.poll(() => !isThere(child.pid)).toBe(true);
    expect(isThere(stray?.pid ?? 0)).toBe(true);
    expect(await tree.endNow()).toBe(true);
    expect(isThere(stray?.pid ?? 0)).toBe(false);
  });

  it("is gone already when nothing is left of it", async () => {
    const child = await shell("true");
    await expect.poll(() => !isThere(child.pid)).toBe(true);
    expect(await new ProcessTree(child.pid, "MARK=none", patient).end()).toBe(true);
  });
});

describe("the guardian", () => {
  it("kills the group and the marked when the pipe to it closes", async () => {
    const child = await shell("setsid sleep 60 & sleep 60", { MARK: "guarded" });
    const members = () =>
      listProcesses().filter(({ pid, group }) => group === child.pid || hasInEnvironment(pid, "MARK=guarded"));
    await expect.poll(() => members().length >= 3).toBe(true);
    const guardian = postGuardian("MARK=guarded");
    showGroup(guardian, child.pid);
    guardian?.stdin?.end();
    await expect.poll(() => members().length === 0).toBe(true);
  });

  it.runIf(process.platform === "linux")("kills a command whose group it was never told", async () => {
    const guardian = postGuardian("MARK=untold");
    const child = await shell("exec sleep 60", { MARK: "untold" });
    guardian?.stdin?.end();
    await expect.poll(() => !isThere(child.pid)).toBe(true);
  });

  it("kills the group even where no environment can be seen", async () => {
    const guardian = postGuardian("MARK=nobody's");
    const child = await shell("sleep 60 & sleep 60");
    showGroup(guardian, child.pid);
    guardian?.stdin?.end();
    await expect.poll(() => listProcesses().every(({ group }) => group !== child.pid)).toBe(true);
  });

  it("does nothing when it is dismissed", async () => {
    const child = await shell("exec sleep 60", { MARK: "dismissed" });
    const guardian = postGuardian("MARK=dismissed");
    showGroup(guardian, child.pid);
    dismissGuardian(guardian);
    await expect.poll(() => !isThere(guardian?.pid ?? 0)).toBe(true);
    expect(isThere(child.pid)).toBe(true);
    dismissGuardian(null);
  });
});
