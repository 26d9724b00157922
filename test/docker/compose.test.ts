import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { SETTINGS } from "../../src/settings.ts";
import { CLI } from "../e2e/run-cli.ts";
import { findQdrant, QdrantServerProcess } from "../store/qdrant/qdrant-server.ts";

const root = path.resolve(import.meta.dirname, "../..");
const text = (file: string) => readFileSync(path.join(root, file), "utf8");

const duration = z.string().regex(/^\d+s$/);
/** What every service must have; unknown fields may be there, but these in this form. */
const Service = z.object({
  image: z.string(),
  profiles: z.array(z.string()).length(1),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  user: z.string().regex(/^(?!0|root)/),
  read_only: z.literal(true),
  init: z.literal(true),
  restart: z.literal("unless-stopped"),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  tmpfs: z.array(z.string().regex(/^\/tmp:size=\d+m/)),
  healthcheck: z.object({
    test: z.array(z.string()),
    interval: duration,
    timeout: duration,
    start_period: duration,
    retries: z.number(),
  }),
  // Compose refuses a `pids_limit` beside these limits.
  pids_limit: z.never().optional(),
  deploy: z.object({
    resources: z.object({
      limits: z.object({ cpus: z.string(), memory: z.string(), pids: z.number().max(1_000) }),
    }),
  }),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:/)).optional(),
  volumes: z.array(z.string()).min(1),
});

const compose = z
  .object({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(text("docker/compose.yaml"), { merge: true }));
const services = Object.entries(compose.services);
const own = services.filter(([, { image }]) => image.includes("codelab-mcp"));
/** Our variables, and Docker's own and Qdrant's. */
const known = new Set(Object.values(SETTINGS).flatMap(({ env }) => env));

/** What Compose makes of a text when nothing is set. */
function interpolated(value: string, env: Readonly<Record<string, string>> = {}): string {
  return value
    .replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => env[name] ?? otherwise)
    .replaceAll("$$", "$");
}

describe("compose.yaml", () => {
  it("has a profile for each way to run it", () => {
    const profiles = Object.fromEntries(services.map(([name, { profiles: of }]) => [name, of[0]]));
    expect(profiles).toEqual({
      qdrant: "qdrant",
      "qdrant-1": "qdrant-cluster",
      "qdrant-2": "qdrant-cluster",
      "qdrant-3": "qdrant-cluster",
      embeddings: "embeddings",
      watcher: "watch",
    });
  });

  it.each(own)("runs %s by a command line that the program takes", async (_, { command }) => {
    const [verb, ...args] = command;
    const found = await VERBS.find(({ name }) => name === verb)?.load();
    if (found === undefined) throw new Error(`there is no verb ${verb}`);
    expect(() => parseCommandLine(found, args)).not.toThrow();
  });

  it.each(own)("gives %s only variables that the program knows", (_, { environment }) => {
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
  });

  it("takes nothing from outside that .env.example or the program does not name", () => {
    const named = new Set([...text("docker/.env.example").matchAll(/^(\w+)=/gm)].map(([, name = ""]) => name));
    const sizes = /^(QDRANT|EMBEDDINGS|WATCHER)_(CPUS|MEMORY)$|^QDRANT_PORT(_[23])?$|^(QDRANT|CODELAB)_IMAGE$/;
    const used = [...text("docker/compose.yaml").matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name = ""]) => name);
    expect(used.filter((name) => !named.has(name) && !known.has(name) && !sizes.test(name))).toEqual([]);
  });

  it("needs no setting to be read, and keeps keys out of the file", () => {
    const source = text("docker/compose.yaml");
    expect(source.match(/(?<!\$)\$\{\w+(?!\w|:-)/g)).toBeNull();
    for (const [, { environment }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (name.endsWith("KEY")) expect(value).toMatch(/^\$\{\w+:-\}$/);
      }
    }
  });

  it("declares every volume, and writes nowhere else", () => {
    for (const [name, { volumes }] of services) {
      for (const volume of volumes) {
        const [source = "", , mode] = interpolated(volume).split(":");
        if (/^[\w-]+$/.test(source)) expect(Object.keys(compose.volumes)).toContain(source);
        else expect([name, mode]).toEqual(["watcher", "ro"]);
      }
    }
  });

  it("watches the project by the path that it has outside", () => {
    const env = { CODELAB_PROJECT: "/home/me/app", CODELAB_HOME: "/home/me/.codelab-mcp" };
    const { volumes = [], environment = {} } = compose.services["watcher"] ?? {};
    expect(volumes.map((volume) => interpolated(volume, env)).slice(0, 2)).toEqual([
      "/home/me/.codelab-mcp:/data",
      "/home/me/app:/home/me/app:ro",
    ]);
    expect(interpolated(environment["CODELAB_WORKSPACE"] ?? "", env)).toBe("/home/me/app");
  });

  it.skipIf(spawnSync("docker", ["compose", "version"]).status !== 0)("is taken by Compose, each profile", () => {
    for (const [name, { profiles }] of services) {
      const asked = ["compose", "-f", path.join(root, "docker/compose.yaml"), "--profile", ...profiles, "config", "-q"];
      const { stderr, status } = spawnSync("docker", asked, { encoding: "utf8" });
      expect([name, stderr, status]).toEqual([name, "", 0]);
    }
  });

  it("does not download a model for a service that lacks its key", () => {
    const home = mkdtempSync(path.join(os.tmpdir(), "codelab-docker-"));
    const { command } = compose.services["embeddings"] ?? { command: [] };
    const env = { PATH: process.env["PATH"], CODELAB_HOME: home, EMBEDDING_API_KEY: "" };
    const { stderr, status } = spawnSync(process.execPath, [CLI, ...command], {
      env,
      encoding: "utf8",
      timeout: 60_000,
    });
    expect([stderr.includes("EMBEDDING_API_KEY"), status]).toEqual([true, 1]);
    expect(existsSync(path.join(home, "models"))).toBe(false);
    rmSync(home, { recursive: true });
  });

  it.each(services.filter(([name]) => name.startsWith("qdrant")))(
    "%s passes a key on only where there is one",
    (_, service) => {
      const [shell = "", flag = "", script = "", ...rest] = service.command.map((word) => interpolated(word));
      const probe = script.replace("./qdrant", "printf '%s|' \"${QDRANT__SERVICE__API_KEY-none}\"");
      const start = (QDRANT_API_KEY: string) =>
        spawnSync(shell, [flag, probe.replace("exec ", ""), ...rest], {
          env: { PATH: process.env["PATH"], QDRANT_API_KEY },
          encoding: "utf8",
        }).stdout;
      expect(start("")).toBe(["none", ...rest.slice(1), ""].join("|"));
      expect(start("secret")).toBe(["secret", ...rest.slice(1), ""].join("|"));
    },
  );
});

describe("health checks", () => {
  const found = findQdrant();
  it.skipIf("missing" in found)("know a Qdrant server that is ready from one that is gone", async () => {
    if (!("program" in found)) return;
    const [, shell = "", ...args] = compose.services["qdrant"]?.healthcheck.test ?? [];
    const server = await QdrantServerProcess.start(found.program);
    const ask = () =>
      spawnSync(
        shell,
        args.map((word) => word.replace("/6333", `/${new URL(server.url).port}`)),
      ).status;
    expect(ask()).toBe(0);
    await server.kill();
    expect(ask()).not.toBe(0);
    await server[Symbol.asyncDispose]();
  });

  const health = path.join(root, "docker/health.mjs");
  it("ask the service that is named", async () => {
    let status = 200;
    const server = createServer((_, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
    const ask = async () => await exitOf(process.execPath, [health, url]);
    expect(await ask()).toBe(0);
    status = 503;
    expect(await ask()).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await ask()).toBe(1);
  });
});

describe("Dockerfile", () => {
  const lines = text("docker/Dockerfile").split("\n");
  const ignored = text(".dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));

  it("copies what is there and what .dockerignore lets through", () => {
    const sources = lines
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources).not.toEqual([]);
    const passes = picomatch(
      ignored.flatMap((each) => [each, `${each}/**`]),
      { dot: true },
    );
    for (const source of sources) {
      expect([source, existsSync(path.join(root, source)), passes(source)]).toEqual([source, true, true]);
    }
    for (const secret of [".git/config", ".env", "node_modules/x", ".cache/x", "docker/.env"])
      expect(passes(secret)).toBe(false);
  });

  it("ends as an ordinary user, with a health check and no address of a registry", () => {
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
    expect(last).toContain("USER node");
    expect(last.some((line) => line.startsWith("HEALTHCHECK "))).toBe(true);
    expect(lines.join("\n")).not.toMatch(/https?:\/\//);
    const [entry] = last.filter((line) => line.startsWith("ENTRYPOINT "));
    expect(JSON.parse(entry?.slice("ENTRYPOINT ".length) ?? "")).toEqual(["node", "/app/dist/cli.js"]);
  });

  const bwrap = spawnSync("bwrap", ["--unshare-user", "--ro-bind", "/", "/", "true"]).status === 0;
  it.skipIf(!bwrap)("has a program that works as a stranger on a read-only file system", async () => {
    const data = mkdtempSync(path.join(os.tmpdir(), "codelab-docker-"));
    const inside = ["--unshare-user", "--uid", "1000", "--gid", "1000", "--ro-bind", "/", "/", "--dev", "/dev"];
    const variables = { CODELAB_HOME: data, EMBEDDING_PROVIDER: "none", HOME: "/nowhere" };
    const set = Object.entries(variables).flatMap(([name, value]) => ["--setenv", name, value]);
    const run = async (...args: string[]) =>
      await exitOf("bwrap", [
        ...inside,
        "--proc",
        "/proc",
        "--bind",
        data,
        data,
        ...set,
        process.execPath,
        CLI,
        ...args,
      ]);
    const project = path.join(root, "docker");
    expect(await run("watch", "--once", "--workspace", project)).toBe(0);
    expect(await run("status", "--json", "--workspace", project)).toBe(0);
    rmSync(data, { recursive: true });
  });
});

async function exitOf(program: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(program, args, { stdio: "ignore" });
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
}
