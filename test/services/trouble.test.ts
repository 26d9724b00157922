import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "../../src/services/ask.ts";
import { findOnPath } from "../../src/services/find-on-path.ts";
import { embeddingsService, watcherService } from "../../src/services/own-services.ts";
import { isAlive, MARK, type PidRecord, readPidFile, startOf, writePidFile } from "../../src/services/pid-file.ts";
import { qdrantService } from "../../src/services/qdrant-service.ts";
import { Supervisor } from "../../src/services/supervisor.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { ServiceDesk } from "./service-desk.ts";

let desk: ServiceDesk;
let directory: string;
let supervisor: Supervisor;

beforeEach(async () => {
  desk = await ServiceDesk.open();
  ({ directory, supervisor } = desk);
});
afterEach(() => desk[Symbol.asyncDispose]());

const READY = `console.log("ready"); setInterval(() => {}, 1000);`;
const options = { waitMs: 30_000, signal: new AbortController().signal, onProgress: () => {} };
const isPosix = process.platform !== "win32";

describe("a service that is started and stopped again and again", () => {
  it("is one process each time, with a log that goes on and a pid file that comes and goes", async () => {
    const spec = desk.script(READY);
    const pids = new Set<number | null>();
    for (let round = 1; round <= 3; round++) {
      const { state, pid, log } = await supervisor.start(spec, options);
      expect(state).toBe("running");
      pids.add(pid);
      expect(readFileSync(log, "utf8")).toBe("ready\n".repeat(round));
      expect(await supervisor.stop(spec, 20_000)).toMatchObject({ state: "stopped", pid: null });
      expect(readdirSync(directory).filter((name) => name.includes(".pid"))).toEqual([]);
    }
    expect(pids.size).toBe(3);
  });

  it("is started once by two who start it at the same time, and both are told of the same process", async () => {
    const spec = desk.script(READY);
    const other = await openDatabase(path.join(directory, "lock.db"), { migrations: [] });
    const started = await Promise.all([
      supervisor.start(spec, options),
      new Supervisor(directory, other).start(spec, options),
    ]);
    other.close();
    expect(started.map(({ state }) => state)).toEqual(["running", "running"]);
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(1);
    expect(readFileSync(started[0].log, "utf8")).toBe("ready\n");
  });

  it("does not come up twice for two workspaces, nor is one of them stopped with the other", async () => {
    const [one, two] = [desk.script(READY, {}, "watcher-1"), desk.script(READY, {}, "watcher-10")];
    const first = await supervisor.start(one, options);
    const second = await supervisor.start(two, options);
    expect(first.pid).not.toBe(second.pid);
    await supervisor.stop(one, 20_000);
    expect(await supervisor.status(two)).toMatchObject({ state: "running", pid: second.pid });
  });

  it("that dies at every start says why each time, and starts as soon as its trouble is mended", async () => {
    const flag = path.join(directory, "mended");
    const source = `if (!require("fs").existsSync(${JSON.stringify(flag)})) { console.error("no disk"); process.exit(7); } ${READY}`;
    const spec = desk.script(source);
    for (let round = 0; round < 3; round++) {
      await expect(supervisor.start(spec, options)).rejects.toMatchObject({
        code: "service.failed",
        message: expect.stringMatching(/ended while it was starting:\nno disk$/) as string,
        hint: expect.stringContaining("test.log") as string,
      });
      expect(await supervisor.status(spec)).toMatchObject({ state: "stopped", managed: false });
    }
    writeFileSync(flag, "");
    expect(await supervisor.start(spec, options)).toMatchObject({ state: "running" });
  });

  it("stays one that runs when somebody empties its log", async () => {
    const spec = desk.script(
      `console.log("begin"); setTimeout(() => console.log("ready"), 10); setInterval(() => {}, 1000);`,
    );
    writeFileSync(path.join(directory, "test.log"), "what an earlier one wrote\n".repeat(10));
    const { pid, log } = await supervisor.start(spec, options);
    truncateSync(log, 0);
    // Whether it is ready nobody can tell any more, but it is there, and ours to stop.
    expect(await supervisor.status(spec)).toMatchObject({ managed: true, pid });
    expect(await supervisor.stop(spec, 20_000)).toMatchObject({ state: "stopped" });
  });

  it("ends to wait for when the one who waits is stopped; the service goes on", async () => {
    const spec = desk.script(`console.log("slowly"); setInterval(() => {}, 1000);`);
    const stop = new AbortController();
    const waiting = supervisor.start(spec, {
      ...options,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("enough")),
    });
    await expect(waiting).rejects.toThrow();
    expect(await supervisor.status(spec)).toMatchObject({ state: "starting", managed: true });
  });
});

describe("a program that cannot be run", () => {
  it.each([
    ["does not exist", () => path.join(directory, "nothing")],
    ["is a directory", () => directory],
    ["lies below a file", () => path.join(directory, "lock.db", "qdrant")],
    ["may not be executed", () => file("plain", "#!/bin/sh\n", 0o600)],
    ["is no program", () => file("garbage", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 2, 3, 4]), 0o700)],
  ])("because it %s is named, and leaves no trace", async (_, program) => {
    const spec = desk.script("", { program: program() });
    await expect(supervisor.start(spec, { ...options, waitMs: 5_000 })).rejects.toMatchObject({
      name: "UserError",
      code: expect.stringMatching(/^service\.(?:cannot-start|failed)$/) as string,
      message: expect.not.stringContaining("lock.db cannot") as string,
    });
    expect(existsSync(path.join(directory, "test.pid"))).toBe(false);
    expect(await supervisor.status(spec)).toMatchObject({ state: "stopped", managed: false });
  });

  const file = (name: string, content: string | Buffer, mode: number) => {
    const place = path.join(directory, name);
    writeFileSync(place, content);
    chmodSync(place, mode);
    return place;
  };
});

describe("a pid file", () => {
  const record: PidRecord = { pid: 1, started: "1", mark: `${MARK}=x`, since: "2026-01-01T00:00:00.000Z", logStart: 0 };

  it("is read whole or counts as none, wherever it was cut off, and whatever is in it", () => {
    const place = path.join(directory, "x.pid");
    writePidFile(place, record);
    const whole = readFileSync(place);
    expect(readPidFile(place)).toEqual(record);
    for (let length = 0; length < whole.length - 1; length++) {
      writeFileSync(place, whole.subarray(0, length));
      expect(readPidFile(place)).toBeNull();
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        writeFileSync(place, JSON.stringify(value));
        expect(readPidFile(place)).toBeNull();
      }),
    );
  });

  it.runIf(process.platform === "linux")("names a process by its mark as well: a longer one is another's", async () => {
    const child = spawn(process.execPath, ["-e", READY], { env: { ...process.env, [MARK]: "test-10" } });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const found = { ...record, pid: Number(child.pid), started: startOf(Number(child.pid)) };
    expect(isAlive({ ...found, mark: `${MARK}=test-10` })).toBe(true);
    expect(isAlive({ ...found, mark: `${MARK}=test-1` })).toBe(false);
    expect(isAlive({ ...found, mark: `${MARK}=test-100` })).toBe(false);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    expect(isAlive({ ...found, mark: `${MARK}=test-10` })).toBe(false);
  });
});

describe("what answers in a service's place", () => {
  async function answering(status: number, body: string, test: (url: string) => Promise<void>) {
    const server = createServer((_, response) => void response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).finally(() => server.close());
  }

  it.each([
    [200, '{"status":"ready","model":"gte-small"}', "ready"],
    [503, '{"status":"loading","model":"gte-small","hint":"it loads"}', "loading"],
    [200, "<html>", "foreign"],
    [200, "[]", "foreign"],
    [404, "null", "foreign"],
  ])("is told by status %i and %j: %s", async (status, body, state) => {
    await answering(status, body, async (url) => {
      const port = Number(new URL(url).port);
      const prepare = () => Promise.resolve();
      const embeddings = embeddingsService({ home: "/h", cli: "/c", port, prepare });
      expect((await embeddings.probe("")).state).toBe(state);
      expect((await qdrantService({ home: "/h", url, env: {} }).probe("")).state).toBe("foreign");
    });
  });

  it("is nothing where nobody listens; a watcher is told by its own words alone", async () => {
    expect(await ask("http://127.0.0.1:9/")).toBeNull();
    const { probe, key, launch } = watcherService({ home: "/h", cli: "/c", workspace: "/a b/c" });
    expect(await Promise.all(["", "opening", "Watching /a b/c"].map(async (log) => (await probe(log)).state))).toEqual([
      "down",
      "loading",
      "ready",
    ]);
    expect(key).toMatch(/^watcher-[0-9a-f]{12}$/);
    expect(launch).toMatchObject({ args: ["/c", "watch", "--workspace", "/a b/c"], env: { CODELAB_HOME: "/h" } });
    expect(watcherService({ home: "/h", cli: "/c", workspace: "/a b/d" }).key).not.toBe(key);
  });
});

describe.runIf(isPosix)("findOnPath", () => {
  it("passes over what is no program, and over directories that are none or not named absolutely", () => {
    const bin = path.join(directory, "bin");
    mkdirSync(path.join(bin, "qdrant"), { recursive: true });
    const good = path.join(directory, "good");
    mkdirSync(good);
    writeFileSync(path.join(good, "qdrant"), "", { mode: 0o755 });
    writeFileSync(path.join(directory, "plain"), "", { mode: 0o644 });
    const PATH = ["", ".", "relative", path.join(directory, "plain"), path.join(directory, "gone"), bin, good].join(
      path.delimiter,
    );
    expect(findOnPath("qdrant", { PATH })).toBe(path.join(good, "qdrant"));
    expect(findOnPath("plain", { PATH: directory })).toBeNull();
    expect(findOnPath("qdrant", {})).toBeNull();
  });
});
