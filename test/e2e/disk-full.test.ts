import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { CLI, Sandbox } from "./run-cli.ts";

const BYTES = 3_000_000;

/** bubblewrap gives a process a small disk of its own without any rights. */
const hasSmallDisk = (() => {
  try {
    const mount = ["--dev-bind", "/", "/", "--size", String(BYTES), "--tmpfs", "/tmp", "true"];
    execFileSync("bwrap", mount, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

interface Answer {
  readonly isError: boolean;
  readonly text: string;
}

/** The built server with `directory` on a disk of 3 MB, and a human who approves everything. */
function serveOnSmallDisk(sandbox: Sandbox, directory: string, prepare: string) {
  const serve = `${prepare}; exec "$0" "$1" serve --workspace "$2"`;
  const command = ["sh", "-c", serve, process.execPath, CLI, sandbox.project];
  const disk = ["--dev-bind", "/", "/", "--size", String(BYTES), "--tmpfs", directory];
  const child = spawn("bwrap", [...disk, "--chdir", sandbox.root, "--", ...command], { env: sandbox.env() });
  const waiting = new Map<number, (answer: Answer) => void>();
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const {
      id = 0,
      method,
      result,
    } = JSON.parse(line) as {
      id?: number;
      method?: string;
      result?: { isError?: boolean; content?: { text: string }[] };
    };
    const approved = { action: "accept", content: { decision: "approve_once" } };
    if (method === "elicitation/create") setTimeout(() => send({ id, result: approved }), 300);
    else
      waiting.get(id)?.({
        isError: result?.isError === true,
        text: (result?.content ?? []).map((c) => c.text).join("\n"),
      });
  });
  let next = 0;
  const request = (method: string, params: object) =>
    new Promise<Answer>((resolve, reject) => {
      waiting.set(++next, resolve);
      child.once("exit", () => reject(new Error("the server is gone")));
      send({ id: next, method, params });
    });
  return {
    begin: async () => {
      const clientInfo = { name: "raw", version: "1" };
      await request("initialize", { protocolVersion: "2025-11-25", capabilities: { elicitation: {} }, clientInfo });
      send({ method: "notifications/initialized" });
    },
    call: (name: string, args: object) => request("tools/call", { name, arguments: args }),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
        child.stdin.end();
      }),
  };
}

const BIG = "three\n".repeat(50_000);

describe.runIf(hasSmallDisk)("on a full disk", () => {
  it("a write leaves the old file whole, and nothing else", async () => {
    using sandbox = new Sandbox();
    const { project } = sandbox;
    await using server = serveOnSmallDisk(sandbox, project, `echo one > ${project}/a.txt; : > ${project}/b.txt`);
    await server.begin();
    await server.call("execute_command", { command: "head -c 20000000 /dev/zero > fill" });
    for (const path of ["a.txt", "b.txt", "new.txt", "dir/new.txt"])
      expect(await server.call("write_file", { path, content: BIG })).toMatchObject({
        isError: true,
        text: expect.stringContaining("no room on the disk") as string,
      });
    const { text } = await server.call("execute_command", { command: "rm fill; cat a.txt; ls -A; wc -c < b.txt" });
    expect(text).toMatch(/```\none\na\.txt\nb\.txt\n(dir\n)?0\n```/);
    expect((await server.call("write_file", { path: "a.txt", content: BIG })).isError).toBe(false);
  });

  it("nothing is done that could not be written down, and nobody falls over", async () => {
    using sandbox = new Sandbox({ "a.txt": "one\n" });
    await using server = serveOnSmallDisk(sandbox, sandbox.home, ":");
    await server.begin();
    const filled = await server.call("execute_command", {
      command: `head -c 20000000 /dev/zero > ${sandbox.home}/fill`,
    });
    expect(filled.text).toContain("No space left on device");
    for (const [name, args] of [
      ["write_file", { path: "a.txt", content: "two\n" }],
      ["delete_file", { path: "a.txt" }],
      ["execute_command", { argv: ["touch", "touched"] }],
    ] as const)
      expect(await server.call(name, args)).toMatchObject({
        isError: true,
        text: expect.stringMatching(/No space left.*\nHint: Free some space/) as string,
      });
    expect(readFileSync(`${sandbox.project}/a.txt`, "utf8")).toBe("one\n");
    expect(() => readFileSync(`${sandbox.project}/touched`)).toThrow("ENOENT");
  });
});

it.skipIf(!hasSmallDisk)("serve --http says that there is no room for its token, and leaves nothing of it", () => {
  using sandbox = new Sandbox({ "a.txt": "one\n" });
  // Room for all but the token: the files that are there already are written again in their place.
  const line =
    'mkdir h; CODELAB_HOME=$PWD/h; export CODELAB_HOME; cp -r "$3"/. h; head -c 9000000 /dev/zero > filler 2>/dev/null; ' +
    '"$0" "$1" serve --http --port 0 --workspace "$2"; echo "code $?"; ls h';
  const command = ["sh", "-c", line, process.execPath, CLI, sandbox.project, sandbox.home];
  execFileSync(process.execPath, [CLI, "index", sandbox.project], { env: sandbox.env(), stdio: "ignore" });
  const place = `${sandbox.root}/small`;
  mkdirSync(place);
  const disk = ["--dev-bind", "/", "/", "--size", String(BYTES), "--tmpfs", place, "--chdir", place];
  const { stdout, stderr } = spawnSync("bwrap", [...disk, "--", ...command], { env: sandbox.env(), encoding: "utf8" });
  expect(stderr).toMatch(/error: No space left for .*http-token\.\nhint: Free some space/);
  expect(stdout).toContain("code 1");
  expect(stdout).not.toContain("http-token");
});
