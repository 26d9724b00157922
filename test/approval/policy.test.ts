import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/approval/policy.ts";
import { ASK_ALWAYS, loadPolicy, type Policy, policySchema } from "../../src/approval/policy-file.ts";
import type { Proposal } from "../../src/approval/proposal.ts";
import { protectedReason } from "../../src/approval/protected-paths.ts";
import { commandProposal, temporaryDirectory, writeProposal } from "./setup.ts";

const policy: Policy = policySchema.parse({
  version: 1,
  commands: [{ argv: ["npm", "test"] }, { argv: ["git", "log"], options: true }, { argv: ["cat"] }],
  writes: [{ path: "docs/**" }, { path: "**/*.md", tools: ["write_file", "delete_file"] }],
  sessionGrants: { delete_file: false },
});

function judge(proposal: Proposal, tool = "write_file", granted: (key: string) => boolean = () => false) {
  return explain(policy, { tool, proposal, isGranted: ({ key }) => granted(key), own: ["state/codelab"] });
}

const line = (text: string): Proposal => ({
  kind: "command",
  run: { shell: "/bin/sh", line: text },
  program: null,
  cwd: ".",
  env: {},
  timeoutMs: 1,
});

describe("commands", () => {
  it("are asked about when their name leads into the workspace, unless the rule gives the place", () => {
    const command = (word: string, program: string | null): Proposal => ({
      ...line(`${word} test`),
      ...({ program } as const),
    });
    const rules: Policy = { ...policy, commands: [...policy.commands, { argv: ["./npm", "test"], options: false }] };
    const kindOf = (proposal: Proposal) =>
      explain(rules, { tool: "execute_command", proposal, isGranted: () => false, own: [] }).kind;
    expect(kindOf(command("npm", "/usr/bin/npm"))).toBe("allow");
    expect(kindOf(command("npm", "node_modules/.bin/npm"))).toBe("ask");
    expect(kindOf(command("./npm", "npm"))).toBe("allow");
  });

  it.each([
    ["npm test", "allow"],
    ["npm test unit", "allow"],
    ["git log --oneline", "allow"],
    ["cat src/a.ts", "allow"],
    ["npm", "ask"],
    ["npm testing", "ask"],
    ["NPM test", "ask"],
    ["/tmp/npm test", "ask"],
    ["./npm test", "ask"],
    ["npm test --prefix=x", "ask"],
    ["npm test -w x", "ask"],
    ["cat .env", "ask"],
    ["cat /etc/passwd", "ask"],
    ["cat ../secret", "ask"],
    ["cat src/../../secret", "ask"],
    ["git log --output=/etc/x", "ask"],
    ["FOO=1 npm test", "ask"],
  ])("%j: %s", (command, kind) => {
    expect(judge(line(command), "execute_command").kind).toBe(kind);
    expect(judge(commandProposal(command.split(" ")), "execute_command").kind).toBe(kind);
  });

  it.each([
    ";",
    "&&",
    "|",
    "`x`",
    "$(x)",
    "<(x)",
    ">x",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "~",
    "!",
    "#",
    "\n",
    "\t",
    "'",
    '"',
    "\\",
    "${IFS}",
    "$HOME",
    "%PATH%",
    "^",
    "&",
    "é",
    "\u00a0",
    "  ",
  ])("asks for a command with %j", (text) => {
    expect(judge(line(`npm test ${text}x`), "execute_command").kind).toBe("ask");
    expect(judge(commandProposal(["npm", "test", `${text}x`]), "execute_command").kind).toBe("ask");
  });

  it("allows nothing but plain words after an allowed beginning, whatever else a command holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (tail) => {
        const isPlain = tail.split(" ").every((word) => /^[\w@+=:,./-]+$/.test(word));
        const { kind } = judge(line(`npm test ${tail}`), "execute_command");
        if (!isPlain) expect(kind).toBe("ask");
      }),
      { numRuns: 2_000 },
    );
  });

  it("asks whatever the command when environment, directory or background differ", () => {
    const base = commandProposal(["npm", "test"]);
    if (base.kind !== "command") throw new Error("no command");
    for (const change of [{ env: { A: "1" } }, { cwd: "/tmp" }, { cwd: "../x" }, { cwd: ".git" }, { background: true }])
      expect(judge({ ...base, ...change }, "execute_command").kind).toBe("ask");
  });

  it("grants a session exactly the command that was shown", () => {
    const scope = judge(commandProposal(["ls"]), "execute_command").grant;
    const granted = (key: string) => key === scope?.key;
    expect(judge(commandProposal(["ls"]), "execute_command", granted)).toMatchObject({ kind: "allow", by: "session" });
    expect(judge(commandProposal(["ls", "-l"]), "execute_command", granted).kind).toBe("ask");
    expect(judge(commandProposal(["ls"]), "other_tool", granted).kind).toBe("ask");
  });
});

describe("writes", () => {
  it.each([
    ["docs/a/b.txt", "write_file", "allow"],
    ["README.md", "write_file", "allow"],
    ["src/a.ts", "write_file", "ask"],
    ["docs/.hidden", "write_file", "ask"],
    ["docs/.env", "write_file", "ask"],
    ["docs/CLAUDE.md", "write_file", "ask"],
    ["docs/x", "delete_file", "ask"],
    ["README.md", "delete_file", "allow"],
  ])("%s by %s: %s", (file, tool, kind) => {
    expect(judge(writeProposal(file), tool).kind).toBe(kind);
  });

  it("asks for a file that becomes executable", () => {
    const proposal = writeProposal("docs/run.sh");
    if (proposal.kind !== "write") throw new Error("no write");
    expect(judge({ ...proposal, after: { ...proposal.after, mode: 0o755 } }).kind).toBe("ask");
  });

  it("offers no grant for protected paths, nor where the policy forbids it", () => {
    expect(judge(writeProposal(".mcp.json"), "write_file", () => true)).toMatchObject({ kind: "ask", grant: null });
    expect(judge(writeProposal("a"), "delete_file", () => true)).toMatchObject({ kind: "ask", grant: null });
    expect(judge(writeProposal("state/codelab/policy.json"), "write_file", () => true)).toMatchObject({
      kind: "ask",
      grant: null,
    });
  });
});

describe("protectedReason", () => {
  it.each([
    ".git/hooks/pre-commit",
    "sub/.git/config",
    ".GIT/config",
    ".Git",
    ".g\u200cit/config",
    ".git./config",
    ".git /config",
    ".git::$INDEX_ALLOCATION/config",
    "GIT~1/config",
    ".ｇｉｔ/config",
    "a\\.git\\config",
    ".mcp.json",
    ".MCP.JSON",
    ".claude/settings.json",
    ".roo/mcp.json",
    ".vscode/tasks.json",
    ".env",
    ".env.local",
    ".envrc",
    "deep/er/.ENV.production",
    "claude.md",
    ".ſsh/id",
    ".ba\u00adshrc",
    ".codelab-mcp/policy.json",
  ])("protects %j", (file) => expect(protectedReason(file)).not.toBeNull());

  it.each(["src/git.ts", "gitx/config", "env.ts", "a.git", "docs/agents.ts", "git~x", "…/b"])(
    "leaves %j alone",
    (file) => expect(protectedReason(file)).toBeNull(),
  );
});

describe("loadPolicy", () => {
  function place(text: string, mode = 0o600) {
    const root = temporaryDirectory();
    const workspace = path.join(root, "project");
    const file = path.join(root, "policy.json");
    mkdirSync(workspace);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return { root, workspace, file };
  }
  const codeOf = (load: () => unknown) => {
    try {
      load();
      return "loaded";
    } catch (error) {
      return error instanceof Error && "code" in error ? error.code : "bug";
    }
  };

  it("asks for everything when there is none", () => {
    const { root, workspace } = place("");
    expect(loadPolicy(path.join(root, "none.json"), workspace)).toEqual(ASK_ALWAYS);
    expect(
      explain(ASK_ALWAYS, { tool: "x", proposal: commandProposal(["ls"]), isGranted: () => false, own: [] }).kind,
    ).toBe("ask");
  });

  it("reads one that only its owner may touch", () => {
    const { workspace, file } = place('{"version":1,"commands":[{"argv":["npm","test"]}]}');
    expect(loadPolicy(file, workspace).commands).toEqual([{ argv: ["npm", "test"], options: false }]);
  });

  it.skipIf(process.platform === "win32")(
    "uses none that others may touch, that is a link, or that lies in the workspace",
    () => {
      const { root, workspace, file } = place('{"version":1}', 0o644);
      expect(codeOf(() => loadPolicy(file, workspace))).toBe("approval.policy-unsafe");
      chmodSync(file, 0o600);
      expect(codeOf(() => loadPolicy(file, root))).toBe("approval.policy-unsafe");
      symlinkSync(file, path.join(root, "link.json"));
      expect(codeOf(() => loadPolicy(path.join(root, "link.json"), workspace))).toBe("approval.policy-unsafe");
    },
  );

  it.each([
    "not json",
    "{}",
    '{"version":2}',
    '{"version":1,"comands":[]}',
    '{"version":1,"commands":[{"argv":[]}]}',
    '{"version":1,"commands":[{"argv":["npm test; rm"]}]}',
    '{"version":1,"commands":[{"argv":["*"]}]}',
  ])("refuses %s, saying why", (text) => {
    const { workspace, file } = place(text);
    expect(codeOf(() => loadPolicy(file, workspace))).toBe("approval.policy-invalid");
  });
});
