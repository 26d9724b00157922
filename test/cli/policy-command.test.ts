import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { temporaryDirectory } from "../approval/setup.ts";
import { recordingPrinter } from "./recording-printer.ts";

async function fixture(policy?: unknown, mode = 0o600) {
  const home = temporaryDirectory();
  const workspace = temporaryDirectory();
  if (policy !== undefined) writeFileSync(path.join(home, "policy.json"), JSON.stringify(policy), { mode });
  return async (...args: string[]) => {
    const printer = recordingPrinter();
    const env = { CODELAB_HOME: home, CODELAB_WORKSPACE: workspace, EMBEDDING_PROVIDER: "none" };
    const { signal } = new AbortController();
    const code = await main({
      args: ["policy", ...args],
      printer,
      signal,
      env,
      cwd: workspace,
      stdinIsTerminal: false,
      version: () => "1",
    });
    return { code, stdout: printer.stdout, stderr: printer.stderr };
  };
}

const policy = {
  version: 1,
  commands: [{ argv: ["npm", "test"] }],
  writes: [{ path: "docs/**" }],
  deny: ["git_commit"],
};

describe("policy", () => {
  it("shows the rules in force; without a file everything asks", async () => {
    expect(JSON.parse((await (await fixture())("show")).stdout)).toMatchObject({ commands: [], writes: [] });
    expect(JSON.parse((await (await fixture(policy))("--json")).stdout)).toMatchObject({
      policy: { deny: ["git_commit"] },
    });
  });

  it.each([
    ["execute_command", { command: "npm test" }, /^allow: the policy allows `npm test`/],
    ["execute_command", { command: "npm test; rm -rf ." }, /^ask: the command has more than plain words/],
    ["write_file", { path: "docs/a.md", content: "x" }, /^allow: the policy lets write_file change docs\/\*\*/],
    [
      "write_file",
      { path: "src/a.ts", content: "x" },
      /^ask: no rule .*\nwhat: Create src\/a.ts\nfor a session: every/,
    ],
    ["read_file", { path: "a" }, /^allow: it changes nothing/],
  ])("explains %s %j", async (tool, args, expected) => {
    const run = await fixture(policy);
    const { stdout, stderr } = await run("explain", tool, JSON.stringify(args));
    expect(stdout, stderr).toMatch(expected);
  });

  it("says what is wrong with the call or with the policy file", async () => {
    const run = await fixture(policy);
    expect((await run("explain", "nothing")).stderr).toContain('no tool "nothing"');
    expect((await run("explain", "write_file", "{")).stderr).toContain("no JSON");
    expect((await run("explain", "write_file", '{"path":1}')).stderr).toContain("do not fit");
    expect((await run("explian")).code).toBe(1);
    if (process.platform === "win32") return;
    const unsafe = await (await fixture(policy, 0o644))("show");
    expect(unsafe).toMatchObject({ code: 1, stderr: expect.stringContaining("chmod 600") });
  });
});
