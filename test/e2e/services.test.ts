import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ServiceStatus } from "../../src/app/services.ts";
import { DEFAULT_MODEL, modelNamed } from "../../src/embed/catalogue.ts";
import { modelDirectory, pullModel } from "../../src/embed/pull-model.ts";
import { listProcesses } from "../../src/workspace/processes.ts";
import { lendRuntime, tinyHub, tinySpec } from "../embed/fakes/tiny-model.ts";
import { findQdrant, freePorts } from "../store/qdrant/qdrant-server.ts";
import { Sandbox } from "./run-cli.ts";

const qdrant = findQdrant();
let sandbox: Sandbox;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  sandbox = new Sandbox({ "a.ts": "export const one = 1;\n" });
  const [http, port] = await freePorts(2);
  env = { QDRANT_URL: `http://127.0.0.1:${http}`, EMBEDDINGS_PORT: String(port), CODELAB_WORKSPACE: sandbox.project };
  if ("program" in qdrant) env["QDRANT_BINARY"] = qdrant.program;
});

afterEach(async () => {
  await services("stop", "all", "--grace", "1");
  sandbox[Symbol.dispose]();
});

interface Told {
  readonly services: readonly ServiceStatus[];
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

async function services(...words: string[]): Promise<ServiceStatus[]> {
  const told = await sandbox.json<Told>(["services", ...words], env);
  if (told.error !== undefined) throw new Error(`${told.error.code}: ${told.error.message} ${told.error.hint ?? ""}`);
  return [...told.services];
}

async function one(...words: string[]): Promise<ServiceStatus> {
  const [status] = await services(...words);
  if (status === undefined) throw new Error("nothing was told");
  return status;
}

it("refuses actions, services and numbers that it does not know", async () => {
  expect((await sandbox.run(["services", "begin"])).stderr).toMatch(
    /unknown action "begin"[^]*status, start, stop or restart\./,
  );
  expect((await sandbox.run(["services", "start", "redis"])).stderr).toMatch(
    /no service "redis"[^]*qdrant, embeddings/,
  );
  expect((await sandbox.run(["services", "start", "--wait", "soon"])).stderr).toMatch(/--wait "soon" is not a number/);
});

describe.skipIf("missing" in qdrant)("qdrant", () => {
  it("starts once, however often it is asked to, and keeps its data", async () => {
    const started = await Promise.all([1, 2, 3].map(async () => await one("start", "qdrant")));
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(1);
    expect(started[0]).toMatchObject({
      state: "running",
      managed: true,
      detail: "Qdrant 1.16.3",
      url: env["QDRANT_URL"],
    });
    const made = await fetch(`${env["QDRANT_URL"]}/collections/kept`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ vectors: { size: 4, distance: "Dot" } }),
    });
    expect(made.ok).toBe(true);
    const [again] = await services("restart", "qdrant");
    expect(again?.pid).not.toBe(started[0]?.pid);
    expect((await fetch(`${env["QDRANT_URL"]}/collections/kept`)).ok).toBe(true);
    expect(existsSync(path.join(sandbox.home, "services", "qdrant", "storage"))).toBe(true);
    expect(await one("stop", "qdrant")).toMatchObject({ state: "stopped", managed: false });
    expect(listProcesses().some(({ pid }) => pid === again?.pid)).toBe(false);
  });

  it("goes on when whoever started it is killed while waiting", async () => {
    const child = sandbox.spawn(["services", "start", "qdrant"], env);
    const file = path.join(sandbox.home, "services", "qdrant.pid");
    while (!existsSync(file)) await sleep(5);
    child.kill("SIGKILL");
    const status = await one("start", "qdrant");
    expect(status).toMatchObject({ state: "running", managed: true });
    expect(listProcesses().filter(({ pid }) => pid === status.pid)).toHaveLength(1);
  });

  it("is given its key by the environment, and told apart when the key is wrong", async () => {
    env["QDRANT_API_KEY"] = "the right key";
    const { pid } = await one("start", "qdrant");
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain("key");
    expect((await fetch(`${env["QDRANT_URL"]}/collections`)).status).toBe(401);
    env["QDRANT_API_KEY"] = "a wrong key";
    expect((await one("status", "qdrant")).detail).toContain("refuses QDRANT_API_KEY");
    // What another home has started is used, and left running.
    const other = { ...env, QDRANT_API_KEY: "the right key", CODELAB_HOME: path.join(sandbox.root, "other") };
    const told = await sandbox.json<Told>(["services", "start", "qdrant"], other);
    expect(told.services[0]).toMatchObject({ state: "running", managed: false, pid: null });
    await sandbox.json<Told>(["services", "stop", "qdrant"], other);
    env["QDRANT_API_KEY"] = "the right key";
    expect(await one("status", "qdrant")).toMatchObject({ state: "running", pid });
  });

  it("shows why it did not start", async () => {
    env["QDRANT_BINARY"] = path.join(sandbox.root, "broken");
    writeFileSync(env["QDRANT_BINARY"], "#!/bin/sh\necho out of memory >&2\nexit 1\n", { mode: 0o755 });
    await expect(one("start", "qdrant")).rejects.toThrow(/service.failed.*ended while it was starting:\nout of memory/);
  });
});

describe("qdrant elsewhere", () => {
  it("is only asked how it is", async () => {
    await lendModel(sandbox.home);
    env["QDRANT_URL"] = "http://qdrant.invalid:6333";
    expect(await one("status", "qdrant")).toMatchObject({ state: "stopped", managed: false });
    await expect(one("start", "qdrant")).rejects.toThrow(/service.cannot-start.*not this machine/);
    // As one of all, it keeps nothing else from starting.
    expect((await services("start", "all", "--wait", "0"))[0]).toMatchObject({ state: "stopped" });
  });

  it("is a cluster's to start where QDRANT_URL names several nodes", async () => {
    env["QDRANT_URL"] = "http://127.0.0.1:9, http://127.0.0.1:10/";
    expect(await one("status", "qdrant")).toMatchObject({ state: "stopped", url: "http://127.0.0.1:9" });
    await expect(one("start", "qdrant")).rejects.toThrow(/names a cluster/);
  });

  it("is not mistaken for another program on its port", async () => {
    const stranger = createServer((_, response) => response.end("hello"));
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    env["QDRANT_URL"] = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    expect(await one("status", "qdrant")).toMatchObject({ state: "blocked", managed: false });
    await expect(one("start", "qdrant")).rejects.toThrow(/service.blocked.*no Qdrant server.*QDRANT_URL/);
    await new Promise((resolve) => stranger.close(resolve));
  });

  it("says what to install where there is neither a program nor Docker", async () => {
    delete env["QDRANT_BINARY"];
    env["PATH"] = path.join(sandbox.root, "empty");
    await expect(one("start", "qdrant")).rejects.toThrow(/neither a `qdrant` program nor Docker/);
  });

  it("runs in Docker where that is all there is", async () => {
    delete env["QDRANT_BINARY"];
    // A stand-in, since a machine without Docker must pass this too: it notes its arguments and answers as the server.
    const bin = path.join(sandbox.root, "bin");
    const notes = path.join(sandbox.root, "notes");
    mkdirSync(bin);
    writeFileSync(
      path.join(bin, "docker"),
      `#!${process.execPath}
      require("node:fs").appendFileSync(${JSON.stringify(notes)}, JSON.stringify(process.argv.slice(2)) + "\\n");
      if (process.argv[2] === "run") require("node:http").createServer((request, response) =>
        response.end(JSON.stringify(request.url === "/" ? { title: "qdrant - vector search engine", version: "1.16.3" } : {})))
        .listen(${new URL(env["QDRANT_URL"] ?? "").port}, "127.0.0.1");\n`,
    );
    chmodSync(path.join(bin, "docker"), 0o755);
    env["PATH"] = bin;
    env["QDRANT_API_KEY"] = "kept out of the arguments";
    expect(await one("start", "qdrant")).toMatchObject({ state: "running", managed: true });
    await one("stop", "qdrant");
    const calls = readFileSync(notes, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as string[]);
    expect(calls.map(([verb]) => verb)).toEqual(["rm", "run", "rm"]);
    expect(calls[1]).toEqual(
      expect.arrayContaining(["--rm", `127.0.0.1:${new URL(env["QDRANT_URL"] ?? "").port}:6333`]),
    );
    expect(calls.join(" ")).toContain("QDRANT__SERVICE__API_KEY");
    expect(calls.join(" ")).not.toContain("kept out of the arguments");
  });
});

describe("embeddings and watcher", () => {
  it("start together, work, and stop together", async () => {
    await lendModel(sandbox.home);
    delete env["QDRANT_BINARY"];
    env["QDRANT_URL"] = "";
    env["PATH"] = "/nowhere";
    const [none, embeddings, watcher] = await services("start");
    expect(none).toMatchObject({
      name: "qdrant",
      state: "stopped",
      detail: expect.stringContaining("Docker") as string,
    });
    expect(embeddings).toMatchObject({ name: "embeddings", state: "running", managed: true, detail: DEFAULT_MODEL });
    expect(watcher).toMatchObject({ name: "watcher", state: "running", managed: true, url: null });
    const ready = await fetch(`http://127.0.0.1:${env["EMBEDDINGS_PORT"]}/readyz`);
    expect(ready.status).toBe(200);
    sandbox.write({ "b.ts": "export function freshlyWritten() {}\n" });
    for (let look = 0; look < 100; look++) {
      const { files } = (await sandbox.json<{ code: { files: number } }>(["status"], env)).code;
      if (files === 2) break;
      expect(look).toBeLessThan(99);
    }
    const [, again, same] = await services("start");
    expect([again?.pid, same?.pid]).toEqual([embeddings?.pid, watcher?.pid]);
    const { stdout } = await sandbox.run(["services"], env);
    expect(stdout).toMatch(/qdrant +stopped[^]*embeddings +running[^]*watcher +running/);
    const stopped = await services("stop");
    expect(stopped.map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
    expect(listProcesses().filter(({ pid }) => pid === embeddings?.pid || pid === watcher?.pid)).toEqual([]);
    expect(readdirSync(path.join(sandbox.home, "services")).filter((name) => name.endsWith(".pid"))).toEqual([]);
  });

  it("says that another program has the port", async () => {
    await lendModel(sandbox.home);
    const stranger = createServer((_, response) => response.writeHead(404).end("nothing"));
    await new Promise<void>((resolve) => stranger.listen(Number(env["EMBEDDINGS_PORT"]), "127.0.0.1", resolve));
    await expect(one("start", "embeddings")).rejects.toThrow(/service.blocked.*EMBEDDINGS_PORT/);
    const [, blocked, watcher] = await services("start", "all");
    expect(blocked).toMatchObject({ state: "failed" });
    expect(watcher).toMatchObject({ state: "running" });
    await new Promise((resolve) => stranger.close(resolve));
  });
});

/** A tiny model in the place of the default one, so that nothing is downloaded and little is computed. */
async function lendModel(home: string): Promise<void> {
  await lendRuntime(home);
  const hub = await tinyHub();
  const tiny = tinySpec();
  await pullModel(tiny, { home, env: { HF_ENDPOINT: hub.endpoint } });
  hub.close();
  cpSync(modelDirectory(tiny, home), modelDirectory(modelNamed(DEFAULT_MODEL), home), { recursive: true });
}
