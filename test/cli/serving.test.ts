import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { embeddingsCommand } from "../../src/cli/embeddings-command.ts";
import { main } from "../../src/cli/main.ts";
import { CLIENTS } from "../../src/embed/service/client-config.ts";
import { Desk } from "./in-process.ts";
import { recordingPrinter } from "./recording-printer.ts";

let desk: Desk;
let stop: AbortController;
let blocker: Server | null = null;
beforeEach(() => {
  desk = new Desk({ "a.ts": "export const needle = 1;\n" });
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  blocker?.close();
  blocker = null;
  desk[Symbol.dispose]();
});

/** Begins a verb that stays, and tells how it is; `ended` is its exit code. */
function begin(args: readonly string[], env: NodeJS.ProcessEnv = {}, interactive = false) {
  const printer = recordingPrinter(interactive);
  const ended = main({
    args,
    printer,
    signal: stop.signal,
    env: { CODELAB_HOME: desk.home, CLAUDE_LOGS_PATH: desk.logs, EMBEDDING_PROVIDER: "none", ...env },
    cwd: desk.project,
    stdinIsTerminal: true,
    version: () => "1.2.3",
  });
  return { printer, ended };
}

/** Waits until something was printed that matches. */
async function printed(text: () => string, pattern: RegExp): Promise<RegExpExecArray> {
  for (let round = 0; round < 2_000; round++) {
    const match = pattern.exec(text());
    if (match !== null) return match;
    await sleep(20);
  }
  throw new Error(`never printed ${String(pattern)}: ${text()}`);
}

/** Takes a port that is then in use by a stranger. */
async function takenPort(): Promise<number> {
  const server = createServer((_, response) => void response.end("a stranger"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  blocker = server;
  return (server.address() as AddressInfo).port;
}

describe("serve --http", () => {
  it("says in JSON where it listens, answers there, and ends with 0 when it is stopped", async () => {
    const { printer, ended } = begin(["serve", "--http", "--port", "0", "--json"]);
    await printed(() => printer.stdout, /\}\n$/);
    const { mcp, page, tokenFile } = JSON.parse(printer.stdout) as { mcp: string; page: string; tokenFile: string };
    expect(mcp).toBe(`${page}/mcp`);
    const headers = { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` };
    expect(page).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${page}/healthz`)).status).toBe(200);
    expect((await fetch(`${page}/metrics`)).status).toBe(401);
    const metrics = await (await fetch(`${page}/metrics`, { headers })).text();
    expect(metrics).toMatch(/^# HELP /);
    expect((await fetch(`${page}/healthz`, { headers: { origin: "https://evil.example" } })).status).toBe(403);
    stop.abort();
    expect(await ended).toBe(0);
    await expect(fetch(`${page}/healthz`)).rejects.toThrow();
    expect(printer.stdout.trim().split("\n")).toHaveLength(1);
  });

  it("tells people on stderr, and leaves stdout empty", async () => {
    const { printer, ended } = begin(["serve", "--http", "--port", "0"]);
    await printed(() => printer.stderr, /MCP at http:\/\/127\.0\.0\.1:\d+\/mcp, approvals at .*; Ctrl-C stops\.\n/);
    stop.abort();
    expect(await ended).toBe(0);
    expect(printer.stdout).toBe("");
  });

  it("tells the token to who sits at the terminal, and only where it is to logs", async () => {
    const spoken = /Clients send the token in (\S+http-token)[^]*\n/;
    const file = path.join(desk.home, "http-token");
    const logged = begin(["serve", "--http", "--port", "0"]);
    expect((await printed(() => logged.printer.stderr, spoken))[1]).toBe(file);
    const token = readFileSync(file, "utf8").trim();
    expect(logged.printer.stderr).not.toContain(token);
    const shown = begin(["serve", "--http", "--port", "0"], {}, true);
    await printed(() => shown.printer.stderr, /configuration:\n\{.*\}\n/);
    const entry = JSON.parse(/\{.*\}/.exec(shown.printer.stderr)?.[0] ?? "") as { url: string; headers: object };
    expect(entry).toEqual({ type: "http", url: entry.url, headers: { Authorization: `Bearer ${token}` } });
    const headers = { ...entry.headers, "content-type": "application/json" };
    expect((await fetch(entry.url, { method: "POST", headers, body: "{}" })).status).toBe(400);
    expect((await fetch(entry.url, { method: "POST", body: "{}" })).status).toBe(401);
    stop.abort();
    expect(await Promise.all([logged.ended, shown.ended])).toEqual([0, 0]);
  });

  it("says nothing of a token that was set, and lets everybody in only where that was asked for", async () => {
    const set = begin(["serve", "--http", "--port", "0"], { CODELAB_HTTP_TOKEN: "a-token-of-16-characters" }, true);
    await printed(() => set.printer.stderr, /Ctrl-C stops\.\n/);
    const open = begin(["serve", "--http", "--port", "0", "--no-token", "--json"]);
    await printed(() => open.printer.stdout, /\}\n$/);
    const { page, tokenFile } = JSON.parse(open.printer.stdout) as { page: string; tokenFile: null };
    expect(tokenFile).toBeNull();
    expect((await fetch(`${page}/metrics`)).status).toBe(200);
    stop.abort();
    expect(await Promise.all([set.ended, open.ended])).toEqual([0, 0]);
    expect(set.printer.stderr).not.toMatch(/token/);
    expect(existsSync(path.join(desk.home, "http-token"))).toBe(false);
  });

  it("does not start where its token can be read by others", async () => {
    if (process.platform === "win32") return;
    mkdirSync(desk.home, { recursive: true });
    writeFileSync(path.join(desk.home, "http-token"), "known-to-everybody\n", { mode: 0o644 });
    const { printer, ended } = begin(["serve", "--http", "--port", "0"]);
    expect(await ended).toBe(1);
    expect(printer.stderr).toMatch(
      /error: the token in .*http-token cannot be trusted: others-have-access\nhint: Remove /,
    );
  });

  it("is not reachable from other machines without a token, and asks for it where one is set", async () => {
    const open = begin(["serve", "--http", "--host", "0.0.0.0", "--port", "0", "--json"]);
    expect(await open.ended).toBe(1);
    expect(JSON.parse(open.printer.stdout)).toMatchObject({ error: { code: "service.needs-token" } });
    for (const extra of [["--no-token"], ["--token"]]) {
      const other = begin(["serve", "--http", "--host", "0.0.0.0", "--port", "0", "--json", ...extra]);
      expect(await other.ended).toBe(1);
      expect(JSON.parse(other.printer.stdout)).toMatchObject({ error: { code: "service.needs-token" } });
    }
    const guarded = begin(["serve", "--http", "--port", "0", "--json"], {
      CODELAB_HTTP_TOKEN: "a-token-of-16-characters",
    });
    await printed(() => guarded.printer.stdout, /\}\n$/);
    const { mcp } = JSON.parse(guarded.printer.stdout) as { mcp: string };
    expect((await fetch(mcp, { method: "POST", body: "{}" })).status).toBe(401);
    stop.abort();
    expect(await guarded.ended).toBe(0);
  });

  it("says who is in the way when its port is taken", async () => {
    const port = await takenPort();
    const { printer, ended } = begin(["serve", "--http", "--port", String(port)]);
    expect(await ended).toBe(1);
    expect(printer.stderr).toMatch(
      new RegExp(`error: cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE[^]*hint: Choose another port`),
    );
  });
});

it.each([["serve", "--http"], ["embeddings"], ["watch"]])(
  "%s %s ends when it is stopped before it has begun, whenever that is",
  async (...words) => {
    const port = words[0] === "watch" ? [] : ["--port", "0"];
    for (const ms of [0, 1, 5, 20, 60, 120]) {
      stop = new AbortController();
      const { ended } = begin([...words, ...port]);
      await sleep(ms);
      stop.abort();
      expect(await ended).toBeOneOf([0, 130]);
    }
  },
);

describe("watch", () => {
  it("follows the project until it is stopped, and then tells what it did", async () => {
    const { printer, ended } = begin(["watch", "--json"]);
    // `status` looks, but indexes nothing itself.
    const files = async () => (await desk.json<{ code: { files: number } }>(["status"])).code.files;
    const reaches = async (count: number) => {
      for (let round = 0; round < 400 && (await files()) !== count; round++) await sleep(50);
      expect(await files()).toBe(count);
    };
    await reaches(1);
    desk.write({ "later/b.ts": "export const brandnew = 2;\n" });
    await reaches(2);
    stop.abort();
    expect(await ended).toBe(0);
    const statuses = JSON.parse(printer.stdout) as { name: string; failures: number }[];
    expect(statuses.map(({ name }) => name)).toEqual(["code", "conversations"]);
    expect(statuses.every(({ failures }) => failures === 0)).toBe(true);
    expect(printer.stderr).toBe("");
  });

  it("leaves conversations alone when told to, and watches the directory that it is given", async () => {
    desk.write({ "sub/x.ts": "1" });
    const { printer, ended } = begin(["watch", `${desk.project}/sub`, "--no-conversations", "--json"]);
    const status = () => desk.json<{ workspace: string; code: { files: number } }>(["status", `${desk.project}/sub`]);
    await expect.poll(async () => (await status()).code.files).toBe(1);
    stop.abort();
    expect(await ended).toBe(0);
    expect((JSON.parse(printer.stdout) as { name: string }[]).map(({ name }) => name)).toEqual(["code"]);
    expect((await status()).workspace).toBe(`${desk.project}/sub`);
  });

  it("refuses what is no directory at once", async () => {
    for (const place of ["gone", "a.ts", "a.ts/below"]) {
      const { printer, ended } = begin(["watch", place]);
      expect(await ended).toBe(1);
      expect(printer.stderr).toMatch(/^error: .+\nhint: .+\n$/);
    }
  });
});

describe("embeddings", () => {
  it("says where it listens, and how to get the model that is not here", async () => {
    const { printer, ended } = begin(["embeddings", "--port", "0"]);
    const [, origin = ""] = await printed(() => printer.stderr, /Serving embeddings on (http:\S+)\/v1; Ctrl-C stops\./);
    const welcome = (await (await fetch(origin)).json()) as { service: string; paths: string[] };
    expect(welcome.service).toBe("codelab-mcp embeddings");
    expect(welcome.paths).toContain("/v1/embeddings");
    const ready = await fetch(`${origin}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: "missing", model: "gte-small", hint: "run `codelab-mcp models pull gte-small`" },
    ]);
    stop.abort();
    expect(await ended).toBe(0);
    expect(printer.stderr).not.toContain("is ready");
  });

  it("names in its help every client that it can print a configuration for", () => {
    const description = embeddingsCommand.options?.["print-config"]?.description;
    for (const client of CLIENTS) expect(description).toContain(client);
  });
});
