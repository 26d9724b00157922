import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textOf } from "../mcp/harness.ts";
import { serve, type Served } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

// What a policy allows must not carry anything else along: over stdio, with nobody there to say yes.

const POLICY = {
  version: 1,
  commands: [{ argv: ["touch"] }, { argv: ["cat"] }, { argv: ["head"], options: true }, { argv: ["git", "log"] }],
  writes: [{ path: "docs/**" }, { path: "**/*.md" }],
};
const SECRET = "the secret outside";

let sandbox: Sandbox;
let served: Served;
const inside = (name: string) => path.join(sandbox.project, name);

/** Everything is refused unless a rule allows it. */
const isAsked = async (tool: string, args: Record<string, unknown>) => {
  const before = served.asked.length;
  const text = textOf(await served.call(tool, args));
  expect(text).not.toContain(SECRET);
  return { asked: served.asked.length > before, text, question: served.asked.at(-1) ?? "" };
};

beforeAll(async () => {
  sandbox = new Sandbox({
    "a.txt": "one\n",
    ".env": `TOKEN=${SECRET}\n`,
    "docs/a.txt": "",
    "bin/touch": "#!/bin/sh\n",
  });
  mkdirSync(sandbox.home, { mode: 0o700 });
  writeFileSync(path.join(sandbox.home, "policy.json"), JSON.stringify(POLICY), { mode: 0o600 });
  writeFileSync(path.join(sandbox.root, "secret.txt"), SECRET);
  for (const [name, target] of [
    ["innocent.txt", path.join(sandbox.root, "secret.txt")],
    ["innocent.d", sandbox.root],
    ["innocent.env", ".env"],
    ["docs/link", ".git"],
    ["fine.txt", "a.txt"],
  ] as const)
    symlinkSync(target, inside(name));
  const human = () => ({ action: "decline" as const });
  served = await serve(sandbox, "2026-07-28", { human, env: { CODELAB_APPROVALS_PER_HOUR: "1000" } });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  sandbox[Symbol.dispose]();
});

describe.skipIf(process.platform === "win32")("a policy", () => {
  it("allows what it says, and asks nobody", async () => {
    for (const args of [{ argv: ["touch", "ok1.txt"] }, { command: "touch ok2.txt" }, { argv: ["cat", "fine.txt"] }])
      expect(await isAsked("execute_command", args)).toMatchObject({ asked: false });
    expect(await isAsked("write_file", { path: "docs/new.txt", content: "x" })).toMatchObject({ asked: false });
    expect(["ok1.txt", "ok2.txt", "docs/new.txt"].map(inside).map((file) => existsSync(file))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it.each([
    "touch a.txt; touch pwned",
    "touch a.txt && touch pwned",
    "touch a.txt || touch pwned",
    "touch a.txt | tee pwned",
    "touch a.txt & touch pwned",
    "touch `touch pwned`",
    "touch $(touch pwned)",
    "touch <(touch pwned)",
    "touch a.txt > pwned",
    "touch a.txt\ntouch pwned",
    "touch a.txt\rtouch pwned",
    "touch ${IFS}pwned",
    "touch 'pwned'",
    'touch "pwned"',
    "touch pw\\ned",
    "touch pwned*",
    "touch {pwned,x}",
    "touch ~/pwned",
    "touch !!",
    "touch\tpwned",
    "touch\u00a0pwned",
    "touch  pwned",
    "X=1 touch pwned",
    "./touch pwned",
    "bin/touch pwned",
    "/usr/bin/touch pwned",
    "'touch' pwned",
    "touch -r a.txt pwned",
    "touch ../pwned",
    "touch docs/../../pwned",
    "TOUCH pwned",
    "touch\u200b pwned",
  ])("that allows `touch` asks about %j", async (command) => {
    expect(await isAsked("execute_command", { command })).toMatchObject({ asked: true });
    expect(await isAsked("execute_command", { argv: command.split(" ") })).toMatchObject({ asked: true });
    for (const name of ["pwned", "../pwned", "docs/pwned"]) expect(existsSync(inside(name))).toBe(false);
  });

  it.each<readonly [string, Record<string, unknown>]>([
    ["a variable", { env: { A: "1" } }],
    ["a search path", { env: { PATH: "bin" } }],
    ["the directory of a repository", { env: { GIT_DIR: "/tmp" } }],
    ["a directory that runs things", { cwd: ".vscode" }],
    ["no end", { background: true }],
  ])("asks about an allowed command with %s", async (_what, more) => {
    mkdirSync(inside(".vscode"), { recursive: true });
    expect(await isAsked("execute_command", { argv: ["touch", "pwned"], ...more })).toMatchObject({ asked: true });
    expect(existsSync(inside("pwned"))).toBe(false);
  });

  it.each(["NODE_OPTIONS", "LD_PRELOAD", "BASH_ENV", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "IFS", "CODELAB_HOME"])(
    "and a human are never asked for %s: nothing may set it",
    async (name) => {
      const { asked, text } = await isAsked("execute_command", { argv: ["env"], env: { [name]: "x" } });
      expect({ asked, text }).toEqual({ asked: false, text: expect.stringContaining("may not be set") });
    },
  );

  it.each([
    ["innocent.txt", "secret.txt"],
    ["./innocent.txt", "secret.txt"],
    ["innocent.d/secret.txt", "secret.txt"],
    ["innocent.env", ".env"],
    ["docs/../innocent.txt", ""],
    [".env", ""],
    [".en\u200bv", ""],
  ])("that allows `cat` asks about %s, and says where it leads", async (word, target) => {
    for (const args of [{ argv: ["cat", word] }, { command: `cat ${word}` }]) {
      const { asked, question } = await isAsked("execute_command", args);
      expect(asked).toBe(true);
      if (target !== "") expect(question).toMatch(new RegExp(`Links: ${word.replace(".", "\\.")} → .*${target}`));
    }
  });

  it.each(["--lines=innocent.txt", "-n1:innocent.txt", "-c/etc/passwd", "--bytes=/etc/passwd", "-n=../x"])(
    "that allows options asks about %s",
    async (word) => {
      expect(await isAsked("execute_command", { argv: ["head", word] })).toMatchObject({ asked: true });
    },
  );

  it.each([
    "docs/.env",
    "docs/CLAUDE.md",
    "docs/.claude/a.md",
    "docs/.MCP.json",
    "README.md/../x",
    "../a.md",
    "docs/link/x",
  ])("that allows docs and Markdown lets nothing write %s", async (name) => {
    await isAsked("write_file", { path: name, content: "pwned" });
    expect(existsSync(inside(name))).toBe(false);
  });
});
