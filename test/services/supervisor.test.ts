import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive, MARK, readPidFile, startOf, writePidFile } from "../../src/services/pid-file.ts";
import type { ServiceSpec } from "../../src/services/service.ts";
import type { Supervisor } from "../../src/services/supervisor.ts";
import { listProcesses } from "../../src/workspace/processes.ts";
import { ServiceDesk } from "./service-desk.ts";

let desk: ServiceDesk;
let directory: string;
let supervisor: Supervisor;

beforeEach(async () => {
  desk = await ServiceDesk.open();
  ({ directory, supervisor } = desk);
});
afterEach(() => desk[Symbol.asyncDispose]());

const STAYS = "setInterval(() => {}, 1000);";
const READY = `console.log("ready"); ${STAYS}`;
const options = () => ({ waitMs: 30_000, signal: new AbortController().signal, onProgress: () => {} });
const pidFile = () => path.join(directory, "test.pid");

describe("start", () => {
  it("waits until the service is ready, and tells what it waits for", async () => {
    const spec = desk.script(`console.log("warming up"); setTimeout(() => console.log("ready"), 400); ${STAYS}`);
    const told: string[] = [];
    const status = await supervisor.start(spec, { ...options(), onProgress: (detail) => told.push(detail) });
    expect(status).toMatchObject({ state: "running", managed: true, detail: "at work" });
    expect(told).toContain("warming up");
    expect(readFileSync(status.log, "utf8")).toBe("warming up\nready\n");
    expect(statSync(status.log).mode & 0o077).toBe(0);
    expect(statSync(pidFile()).mode & 0o077).toBe(0);
  });

  it("leaves a service that runs as it is", async () => {
    const spec = desk.script(READY);
    const { pid, since } = await supervisor.start(spec, options());
    expect(await supervisor.start(spec, options())).toMatchObject({ pid, since, state: "running" });
  });

  it("shows the end of the log when the service ends instead of getting ready", async () => {
    const spec = desk.script(`console.log("starting"); console.error("the port is taken"); process.exit(3);`);
    await expect(supervisor.start(spec, options())).rejects.toMatchObject({
      code: "service.failed",
      message: expect.stringContaining("the port is taken") as string,
    });
    expect(existsSync(pidFile())).toBe(false);
  });

  it("says that a program cannot be run", async () => {
    const spec = desk.script("", { program: path.join(directory, "nothing") });
    await expect(supervisor.start(spec, options())).rejects.toMatchObject({ code: "service.cannot-start" });
    expect(await supervisor.status(spec)).toMatchObject({ state: "stopped", managed: false });
  });

  it("stops waiting after the time that was given, and leaves the service to go on", async () => {
    const spec = desk.script(`console.log("slowly"); ${STAYS}`);
    const status = await supervisor.start(spec, { ...options(), waitMs: 0 });
    expect(["starting", "stopped"]).toContain(status.state);
    expect(status.managed).toBe(true);
  });

  it("does not start beside something else that answers in its place", async () => {
    const spec = { ...desk.script(READY), setting: "THE_PORT" };
    const probe: ServiceSpec["probe"] = async () => await Promise.resolve({ state: "foreign", detail: "a stranger" });
    await expect(supervisor.start({ ...spec, probe }, options())).rejects.toMatchObject({
      code: "service.blocked",
      hint: expect.stringContaining("THE_PORT") as string,
    });
    expect(existsSync(pidFile())).toBe(false);
  });

  it("begins a new log where the old one has grown large", async () => {
    const spec = desk.script(READY);
    writeFileSync(path.join(directory, "test.log"), "x".repeat(5_000_001));
    const { log } = await supervisor.start(spec, options());
    expect(readFileSync(log, "utf8")).toBe("ready\n");
    expect(statSync(`${log}.1`).size).toBe(5_000_001);
  });

  it("does not take an earlier run's words for this one's", async () => {
    const spec = desk.script(`console.log("warming up"); ${STAYS}`);
    writeFileSync(path.join(directory, "test.log"), "ready\n");
    expect((await supervisor.start(spec, { ...options(), waitMs: 500 })).state).not.toBe("running");
  });
});

describe("stop", () => {
  it("asks first, and what the service does about it is seen through", async () => {
    const spec = desk.script(
      `process.on("SIGTERM", () => { console.log("saving"); setTimeout(() => process.exit(), 200); }); ${READY}`,
    );
    const { log } = await supervisor.start(spec, options());
    expect(await supervisor.stop(spec, 20_000)).toMatchObject({ state: "stopped", managed: false, pid: null });
    expect(readFileSync(log, "utf8")).toContain("saving");
    expect(existsSync(pidFile())).toBe(false);
  });

  it("ends a service that does not listen, with all that came of it", async () => {
    const child = `setInterval(() => {}, 1000); process.on("SIGTERM", () => {});`;
    const spec = desk.script(
      `process.on("SIGTERM", () => {});
       const { pid } = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { detached: true });
       console.log("child " + pid); ${READY}`,
    );
    const { log, pid } = await supervisor.start(spec, options());
    const offspring = Number(/child (\d+)/.exec(readFileSync(log, "utf8"))?.[1]);
    expect(await supervisor.stop(spec, 300)).toMatchObject({ state: "stopped" });
    const left = listProcesses().filter((entry) => entry.pid === pid || entry.pid === offspring);
    expect(left).toEqual([]);
  });

  it("does nothing twice", async () => {
    const spec = desk.script(READY);
    await supervisor.start(spec, options());
    await supervisor.stop(spec, 20_000);
    expect(await supervisor.stop(spec, 0)).toMatchObject({ state: "stopped" });
  });

  it("clears away what a killed service left", async () => {
    const mark = path.join(directory, "cleared");
    const args = ["-e", `require("node:fs").appendFileSync(${JSON.stringify(mark)}, "x")`];
    const spec = desk.script(READY, { cleanUp: { program: process.execPath, args } });
    await supervisor.start(spec, options());
    expect(readFileSync(mark, "utf8")).toBe("x");
    await supervisor.stop(spec, 20_000);
    expect(readFileSync(mark, "utf8")).toBe("xx");
  });
});

describe("a pid file", () => {
  it("of a process that is gone is known for stale", async () => {
    const spec = desk.script(READY);
    const { pid } = await supervisor.start(spec, options());
    process.kill(Number(pid), "SIGKILL");
    while (startOf(Number(pid)) !== "") await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await supervisor.status(spec)).toMatchObject({
      state: "stopped",
      managed: false,
      detail: expect.stringContaining(`process ${pid}`) as string,
    });
    expect((await supervisor.start(spec, options())).pid).not.toBe(pid);
  });

  it.each([
    ["another start", { started: "1" }],
    ["the same start, as after a restart of the machine", {}],
  ])("whose pid was given to another process (%s) is stale, and that process is left alone", async (_, changes) => {
    const stranger = spawn(process.execPath, ["-e", STAYS]);
    try {
      const pid = Number(stranger.pid);
      const record = { pid, started: startOf(pid), mark: `${MARK}=test-1`, since: "", logStart: 0, ...changes };
      writePidFile(pidFile(), record);
      const spec = desk.script(READY);
      expect(isAlive(record)).toBe(false);
      expect(await supervisor.status(spec)).toMatchObject({ state: "stopped", managed: false });
      await supervisor.stop(spec, 0);
      expect(startOf(pid)).not.toBe("");
    } finally {
      stranger.kill("SIGKILL");
    }
  });

  it.each(["", "{", "[]", "null", '{"pid":"7"}', '{"pid":7}'])("with %j in it counts as none", (text) => {
    writeFileSync(pidFile(), text);
    expect(readPidFile(pidFile())).toBeNull();
  });

  it.runIf(process.platform === "linux")(
    "written before its starter died leads to the service all the same",
    async () => {
      const spec = desk.script(READY);
      const mark = `${MARK}=test-interrupted`;
      const child = spawn(process.execPath, ["-e", STAYS], {
        env: { ...process.env, [MARK]: "test-interrupted" },
        detached: true,
        stdio: "ignore",
      });
      writeFileSync(path.join(directory, "test.log"), "ready\n");
      writePidFile(pidFile(), { pid: 0, started: "", mark, since: "", logStart: 0 });
      expect(await supervisor.status(spec)).toMatchObject({ state: "running", managed: true, pid: child.pid });
      expect(await supervisor.start(spec, options())).toMatchObject({ pid: child.pid });
      await supervisor.stop(spec, 20_000);
      expect(startOf(Number(child.pid))).toBe("");
    },
  );
});
