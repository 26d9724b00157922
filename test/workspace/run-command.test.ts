import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { workerUrl } from "../../src/worker-url.ts";
import { readOutputPage, readable } from "../../src/workspace/command-output.ts";
import { type CommandRequest, planCommand } from "../../src/workspace/command-plan.ts";
import { listProcesses } from "../../src/workspace/processes.ts";
import { type RunOptions, runCommand } from "../../src/workspace/run-command.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const root = writeTree(path.join(base, "work"), { "sub/a.txt": "x", "file.txt": "" });
const workspace = openWorkspace(root);
const newFile = () => path.join(base, `${randomUUID()}.log`);
const run = (request: CommandRequest, options: Partial<RunOptions> = {}) =>
  runCommand(workspace, planCommand(workspace, request), { outputFile: newFile(), ...options });

/** Processes whose command line holds the tag, which each test makes its own. */
function alive(tag: string): number[] {
  return listProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && commandLine(pid).includes(tag));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

afterEach(() => vi.unstubAllEnvs());

describe("a command", () => {
  it("gives its output and its end", async () => {
    expect(await run({ argv: ["sh", "-c", "echo out; echo err >&2; exit 3"] })).toMatchObject({
      exitCode: 3,
      signal: null,
      stopped: null,
      clean: true,
      truncated: false,
      bytes: 8,
      output: expect.stringMatching(/^(?:out\nerr|err\nout)\n$/),
    });
    expect(await run({ line: "pwd; ls *.txt", cwd: "sub" })).toMatchObject({
      exitCode: 0,
      output: `${root}/sub\na.txt\n`,
    });
    expect(await run({ argv: ["echo", "$HOME", "*", ";ls"] })).toMatchObject({ output: "$HOME * ;ls\n" });
    expect(await run({ line: "kill -9 $$" })).toMatchObject({ exitCode: null, signal: "SIGKILL", stopped: null });
    expect(await run({ argv: ["cat"] })).toMatchObject({ exitCode: 0, output: "" });
  });

  it("gets our environment by permission only", async () => {
    vi.stubEnv("SECRET_TOKEN", "hunter2");
    const { output } = await run({ argv: ["env"], env: { MINE: "1" } });
    expect(output).not.toContain("hunter2");
    for (const line of ["MINE=1", "TERM=dumb", `PATH=${process.env["PATH"]}`]) expect(output).toContain(`${line}\n`);
  });

  it("tells when the program is not there", async () => {
    await expect(run({ argv: ["no-such-program"] })).rejects.toMatchObject({ code: "workspace.command-not-found" });
    await expect(run({ argv: ["./file.txt"] })).rejects.toMatchObject({ code: "workspace.command-not-found" });
  });

  it.each<[string, CommandRequest]>([
    ["nothing", {}],
    ["both", { argv: ["a"], line: "a" }],
    ["an empty line", { line: " " }],
    ["an empty argv", { argv: [] }],
    ["NUL", { argv: ["a", "b\0"] }],
    ["a time without end", { argv: ["a"], timeoutMs: 1e12 }],
    ["no time", { argv: ["a"], timeoutMs: 0 }],
    ["LD_PRELOAD", { argv: ["a"], env: { LD_PRELOAD: "x" } }],
    ["no variable", { argv: ["a"], env: { "A=B": "x" } }],
    ["NODE_OPTIONS", { argv: ["a"], env: { NODE_OPTIONS: "--require x" } }],
    ["a megabyte", { line: "x".repeat(1_000_000) }],
  ])("is refused with %s", (_, request) =>
    expect(() => planCommand(workspace, request)).toThrow(expect.objectContaining({ code: "request.invalid-command" })),
  );

  it("is refused a sandbox that is not there, before anyone is asked", () => {
    vi.stubEnv("PATH", "/nowhere");
    expect(() => planCommand(workspace, { argv: ["ls"], sandbox: "network" })).toThrow("no sandbox on this machine");
  });

  it("stays in the workspace", () => {
    expect(() => planCommand(workspace, { argv: ["ls"], cwd: ".." })).toThrow("climbs");
    expect(() => planCommand(workspace, { argv: ["ls"], cwd: "file.txt" })).toThrow("no directory");
  });
});

describe("output", () => {
  it("is kept head and tail in bounds, and whole on disk", async () => {
    const outputFile = newFile();
    const result = await run({ line: "seq 1 200000" }, { outputFile });
    expect(result).toMatchObject({ truncated: true, bytes: 1_288_895 });
    expect(result.output.length).toBeLessThan(40_000);
    expect(result.output).toMatch(/^1\n2\n[^]*\n… 1256895 bytes left out …\n[^]*\n200000\n$/);
    let text = "";
    for (let offset: number | null = 0; offset !== null;) {
      const page = readOutputPage(outputFile, offset);
      text += page.text;
      offset = page.next;
    }
    expect(text).toBe(Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join(""));
    expect(statSync(outputFile).mode & 0o777).toBe(0o600);
  });

  it("is streamed as it comes, pages whole characters, and hides what would mislead a terminal", async () => {
    const chunks: Buffer[] = [];
    const outputFile = newFile();
    await run(
      { line: "printf 'a\\033]0;title\\007b\\033[31mred\\033[0m\\bc\\r\\nä\\n'" },
      { outputFile, onOutput: (chunk) => chunks.push(chunk) },
    );
    expect(readable(Buffer.concat(chunks))).toBe("abred\ufffdc\nä\n");
    const wide = "aä€😀".repeat(3);
    writeTree(base, { "wide.log": wide });
    for (let limit = 4; limit < 12; limit++) {
      let text = "";
      for (let at: number | null = 0; at !== null;) {
        const page = readOutputPage(path.join(base, "wide.log"), at, limit);
        text += page.text;
        at = page.next;
      }
      expect(text).toBe(wide);
    }
  });

  it("without end is stopped at the limit, in bounded memory", async () => {
    const before = process.memoryUsage().rss;
    const result = await run({ line: "yes", timeoutMs: 500 });
    expect(result).toMatchObject({ stopped: "time limit", truncated: true, clean: true });
    expect(result.output.length).toBeLessThan(40_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
    rmSync(result.outputFile);
  });
});

describe("whatever a command leaves running", () => {
  it.each([
    ["orphans", "(sleep 71.TAG &) ; sleep 71.TAG & exit 0", null],
    ["those that left the group", "setsid sleep 72.TAG & setsid -f sleep 72.TAG; exit 0", null],
    [
      "those that left the session, the family and the environment",
      "sleep 73.TAG & env -i setsid -f sh -c 'sleep 0; exec sleep 73.TAG'; sleep 1; exit 0",
      null,
    ],
    ["those that ignore SIGTERM", "trap '' TERM; (trap '' TERM; setsid sleep 74.TAG) & sleep 74.TAG", "time limit"],
    ["those that hold the pipe", "sleep 75.TAG & echo done", null],
    ["stopped ones", "sleep 76.TAG & kill -STOP $!; sleep 76.TAG", "time limit"],
    ["a storm of forks", "while :; do setsid sleep 77.TAG & done", "time limit"],
  ])("is gone: %s", async (_, line, stopped) => {
    const tag = String(Math.floor(Math.random() * 1e9));
    const result = await run({ line: line.replaceAll("TAG", tag), timeoutMs: stopped === null ? 20_000 : 400 });
    expect(result).toMatchObject({ stopped, clean: true });
    expect(alive(tag)).toEqual([]);
  });

  it("is gone when the caller gives up, before, while and after", async () => {
    const tag = `78.${Math.floor(Math.random() * 1e9)}`;
    await expect(run({ line: `sleep ${tag}` }, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow(
      "gone",
    );
    const controller = new AbortController();
    const running = run({ line: `sleep ${tag} & sleep ${tag}` }, { signal: controller.signal, onOutput: () => {} });
    setTimeout(() => controller.abort(), 100);
    expect(await running).toMatchObject({ stopped: "cancelled", clean: true });
    expect(alive(tag)).toEqual([]);
  });

  it("is gone when our own process is killed", async () => {
    const tag = `79.${Math.floor(Math.random() * 1e9)}`;
    const module_ = (name: string) =>
      JSON.stringify(workerUrl(new URL("../../src/workspace/x.ts", import.meta.url).href, name).href);
    const script = `import { runCommand } from ${module_("run-command")}; import { planCommand } from ${module_("command-plan")}; import { openWorkspace } from ${module_("workspace")};
      const workspace = openWorkspace(${JSON.stringify(root)});
      const plan = planCommand(workspace, { line: "setsid -f sleep ${tag}; sleep ${tag} & echo started; sleep ${tag}" });
      await runCommand(workspace, plan, { outputFile: ${JSON.stringify(newFile())}, onOutput: () => process.stdout.write("x") });`;
    const owner: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => owner.stdout?.once("data", resolve));
    expect(alive(tag).length).toBeGreaterThan(1);
    owner.kill("SIGKILL");
    for (let tries = 0; tries < 200 && alive(tag).length > 0; tries++) await sleep(25);
    expect(alive(tag)).toEqual([]);
  });
});

const sandboxed = (() => {
  try {
    execFileSync(
      "bwrap",
      ["--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "--proc", "/proc", "--dev", "/dev", "true"],
      { stdio: "ignore" },
    );
    return true;
  } catch {
    return false;
  }
})();

describe.runIf(sandboxed)("in the sandbox", () => {
  it("a command writes in the workspace only, and sees neither keys, our state nor other processes", async () => {
    writeTree(base, { "state/key": "secret", "leak.txt": "" });
    const elsewhere = `/var/tmp/codelab-${randomUUID()}`;
    const line = `echo hi > sub/new.txt && cat sub/new.txt
      echo no > ${elsewhere}; echo no > /etc/codelab-leak; echo no > ${base}/leak.txt
      ls /proc | grep -c '^[0-9]'; cat ${base}/state/key; ls -A ~/.ssh | wc -l`;
    const { output, exitCode, clean } = await run(
      { line, sandbox: "no-network" },
      { hidden: [path.join(base, "state")] },
    );
    expect({ exitCode, clean }).toEqual({ exitCode: 0, clean: true });
    expect(output).toMatch(/^hi\n/);
    expect(output.match(/Read-only file system/g)).toHaveLength(2);
    expect(output).not.toContain("secret");
    const [processes = "99"] = /^\d+$/m.exec(output) ?? [];
    expect(Number(processes)).toBeLessThan(10);
    expect(() => statSync(elsewhere)).toThrow("ENOENT");
    expect(readFileSync(path.join(base, "leak.txt"), "utf8")).toBe("");
    expect(readFileSync(path.join(root, "sub/new.txt"), "utf8")).toBe("hi\n");
  });

  it("a command reaches the network only when it was let", async () => {
    let connections = 0;
    const server = createServer((socket) => (connections++, socket.end())).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const line = `exec 3<>/dev/tcp/127.0.0.1/${port} && echo connected`;
    const confined = await run({ line, sandbox: "no-network" });
    expect(confined.output).toContain("Connection refused");
    expect(connections).toBe(0);
    expect((await run({ line, sandbox: "network" })).output).toBe("connected\n");
    await expect.poll(() => connections).toBe(1);
  });

  it("cannot plant what others would run later", async () => {
    writeTree(root, { ".git/hooks/sample": "", ".git/config": "", ".mcp.json": "{}" });
    const line = "echo x > .git/hooks/pre-commit; echo x >> .git/config; echo x > .mcp.json; echo ok > .git/HEAD";
    expect((await run({ line, sandbox: "network" })).output.match(/Read-only file system/g)?.length).toBe(3);
    expect(readFileSync(path.join(root, ".mcp.json"), "utf8")).toBe("{}");
    expect(readFileSync(path.join(root, ".git/HEAD"), "utf8")).toBe("ok\n");
  });

  it("leaves nothing behind", async () => {
    const tag = `80.${Math.floor(Math.random() * 1e9)}`;
    const result = await run({
      line: `env -i setsid -f sleep ${tag}; env -i setsid sleep ${tag}`,
      sandbox: "network",
      timeoutMs: 400,
    });
    expect(result).toMatchObject({ stopped: "time limit", clean: true });
    expect(alive(tag)).toEqual([]);
  });
});
