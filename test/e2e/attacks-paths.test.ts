import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { textOf } from "../mcp/harness.ts";
import { approves, serve, type Served } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

const SECRET = "the secret outside";

let sandbox: Sandbox;
let served: Served;
const outside = (name: string) => path.join(sandbox.root, name);
const inside = (name: string) => path.join(sandbox.project, name);

beforeAll(async () => {
  sandbox = new Sandbox({
    "src/a.ts": "export const a = 1;\n",
    ".env": "TOKEN=x\n",
    "ok.txt": "fine\n",
    ".hidden/by-policy.txt": "hidden words\n",
  });
  writeFileSync(outside("secret.txt"), SECRET);
  mkdirSync(outside("project-evil"));
  writeFileSync(outside("project-evil/secret.txt"), SECRET);
  const links: readonly (readonly [string, string])[] = [
    ["link.txt", outside("secret.txt")],
    ["linked", sandbox.root],
    ["prefixed", outside("project-evil")],
    ["chain1", inside("link.txt")],
    ["loop1", inside("loop2")],
    ["loop2", inside("loop1")],
    ["dangling", outside("created-by-attack.txt")],
    ["proc", "/proc/self"],
    ["env.txt", ".env"],
  ];
  for (const [name, target] of links) symlinkSync(target, inside(name));
  linkSync(outside("secret.txt"), inside("hard.txt"));
  if (process.platform !== "win32") execFileSync("mkfifo", [inside("fifo")]);
  served = await serve(sandbox, "2026-07-28", { human: approves, env: { SECRET_OF_PARENT: SECRET } });
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
  sandbox[Symbol.dispose]();
});

/** Names outside the workspace, each in the ways that are known to slip through somewhere. */
const OUTSIDE: readonly (readonly [string, () => string])[] = [
  ["parent", () => "../secret.txt"],
  ["parent after a directory", () => "src/../../secret.txt"],
  ["doubled dots", () => "....//secret.txt"],
  ["percent-encoded", () => "%2e%2e/secret.txt"],
  ["twice encoded", () => "%252e%252e%252fsecret.txt"],
  ["backslashes", () => "..\\secret.txt"],
  ["absolute", () => outside("secret.txt")],
  ["home", () => "~/secret.txt"],
  ["a user's home", () => "~root/.bashrc"],
  ["file URI", () => `file://${outside("secret.txt")}`],
  ["sibling with the same prefix", () => outside("project-evil/secret.txt")],
  ["sibling by parent", () => "../project-evil/secret.txt"],
  ["sibling with the same prefix, by a link", () => "prefixed/secret.txt"],
  ["link to a file", () => "link.txt"],
  ["link to a directory", () => "linked/secret.txt"],
  ["chain of links", () => "chain1"],
  ["loop of links", () => "loop1"],
  ["process environment", () => "/proc/self/environ"],
  ["process environment by link", () => "proc/environ"],
  ["NUL", () => "ok.txt\u0000/../../secret.txt"],
  ["empty segment", () => "/../secret.txt"],
  ["a name of 300 bytes", () => "x".repeat(300)],
  ["a path of 5,000 bytes", () => `${"d/".repeat(2_500)}x`],
  ["device", () => "/dev/zero"],
];

it.each(OUTSIDE)("%s is not read, listed or searched", async (_name, name) => {
  const given = name();
  const results = await Promise.all([
    served.call("read_file", { path: given }),
    served.call("list_files", { path: given }),
    served.call("search_files", { pattern: "secret", path: given }),
    served.call("find_similar", { path: given, line: 1 }),
  ]);
  for (const result of results) {
    expect(JSON.stringify(result)).not.toContain(SECRET);
    expect(textOf(result)).not.toMatch(/\n\s+at /);
  }
  expect(results[0].isError).toBe(true);
  const resource = served.client.readResource({ uri: `codelab://files/${given}` });
  expect(await resource.then(JSON.stringify, String)).not.toContain(SECRET);
});

it.each(OUTSIDE)(
  "%s is not written, edited, deleted or committed, even when the human approves",
  async (_name, name) => {
    const given = name();
    const before = readFileSync(outside("secret.txt"), "utf8");
    await served.call("write_file", { path: given, content: "pwned" });
    await served.call("write_file", { path: given, edits: [{ oldText: "secret", newText: "pwned" }] });
    await served.call("delete_file", { path: given });
    expect((await served.call("git_commit", { message: "x", paths: [given] })).isError).toBe(true);
    expect(readFileSync(outside("secret.txt"), "utf8")).toBe(before);
    expect(readFileSync(outside("project-evil/secret.txt"), "utf8")).toBe(SECRET);
    expect((await served.call("execute_command", { argv: ["pwd"], cwd: given })).isError).toBe(true);
  },
);

it("a write through a dangling link creates nothing outside", async () => {
  for (const name of ["dangling", "linked/new.txt"])
    expect((await served.call("write_file", { path: name, content: "pwned" })).isError).toBe(true);
  // Not even in the link's place: it is not ours to judge who uses it.
  expect(readlinkSync(inside("dangling"))).toBe(outside("created-by-attack.txt"));
  expect(existsSync(outside("created-by-attack.txt"))).toBe(false);
  expect(existsSync(outside("new.txt"))).toBe(false);
});

it("a hard link to a file outside is not changed", async () => {
  const result = await served.call("write_file", { path: "hard.txt", content: "pwned" });
  expect(result.isError).toBe(true);
  expect(readFileSync(outside("secret.txt"), "utf8")).toBe(SECRET);
});

it.skipIf(process.platform === "win32")("ten reads of a FIFO hang nothing", async () => {
  const reads = await Promise.all(Array.from({ length: 10 }, () => served.call("read_file", { path: "fifo" })));
  for (const read of reads) expect(textOf(read)).toContain("fifo is a pipe, not a regular file");
  expect(textOf(await served.call("read_file", { path: "ok.txt" }))).toContain("fine");
});

it.skipIf(process.platform === "win32")("a socket is no file", async () => {
  const server = createServer().listen(inside("sock"));
  expect((await served.call("read_file", { path: "sock" })).isError).toBe(true);
  expect((await served.call("delete_file", { path: "sock" })).isError).toBe(true);
  server.close();
});

it("what is hidden stays hidden", async () => {
  expect((await served.call("read_file", { path: ".env" })).isError).toBe(true);
  expect(textOf(await served.call("list_files"))).not.toContain(".env");
  expect(textOf(await served.call("search_files", { pattern: "TOKEN" }))).not.toContain("TOKEN=x");
  const found = (query: string) => served.call("search_code", { query }).then(JSON.stringify);
  await expect.poll(() => found("fine"), { interval: 200 }).toContain("ok.txt");
  for (const query of ["TOKEN", "hidden words"]) expect(await found(query)).not.toMatch(/TOKEN=x|by-policy/);
});

it.each([
  ".git/hooks/pre-commit",
  ".mcp.json",
  ".claude/settings.json",
  ".vscode/tasks.json",
  ".env",
  // Spellings that some file system takes for the same name.
  ".GIT/hooks/pre-commit",
  ".g\u200cit/config",
  ".git\u00ad/config",
  ".git./config",
  ".git /config",
  ".git::$INDEX_ALLOCATION/config",
  "GIT~1/config",
  ".\uff47\uff49\uff54/config",
  "deep/.MCP.JSON",
  "CLAUDE.md",
  "\u212AEEP/.Claude/settings.json",
  ".en\u200bv.local",
])("%s cannot be written without a human who is warned", async (name) => {
  const asked = served.asked.length;
  const result = await served.call("write_file", { path: name, content: "pwned" });
  // Either it is refused outright, or the human was asked and told that the place is protected.
  if (result.isError !== true) expect(served.asked.slice(asked).join("\n")).toMatch(/⚠ .* is protected/);
  else expect(served.asked.slice(asked)).toEqual([]);
});

it("hidden files that the user opened are open, secrets, repositories and our own state are not", async () => {
  using other = new Sandbox({
    ".hidden/a.txt": "a hidden word",
    ".env": SECRET,
    ".git/config": SECRET,
    "b.txt": "bravo",
  });
  const home = path.join(other.project, "st[a]te");
  mkdirSync(home);
  writeFileSync(path.join(home, "notes.txt"), SECRET);
  symlinkSync("st[a]te", path.join(other.project, "innocent"));
  const env = { CODELAB_HIDDEN_FILES: "allow", CODELAB_HOME: home };
  await using open = await serve(other, "2026-07-28", { human: approves, env });
  expect(textOf(await open.call("read_file", { path: ".hidden/a.txt" }))).toContain("a hidden word");
  expect(textOf(await open.call("search_files", { pattern: "hidden word" }))).toContain(".hidden/a.txt");
  for (const name of [".env", ".git/config", "st[a]te/notes.txt", "innocent/notes.txt", "st[a]te/new", "st[a]te"]) {
    const calls = [open.call("read_file", { path: name }), open.call("write_file", { path: name, content: "pwned" })];
    for (const result of await Promise.all(calls)) expect(result.isError, name).toBe(true);
  }
  expect(textOf(await open.call("list_files", { recursive: true }))).not.toMatch(/st\[a\]te|\.env|\.git/);
  expect(textOf(await open.call("search_files", { pattern: SECRET }))).not.toContain(`: ${SECRET}`);
  const found = (query: string) => open.call("search_code", { query }).then(JSON.stringify);
  await expect.poll(() => found("bravo"), { interval: 200 }).toContain("b.txt");
  expect(await found(SECRET)).not.toContain("notes.txt");
  expect(open.asked).toEqual([]);
});

it("control characters in a name reach no terminal", async () => {
  const asked = served.asked.length;
  const results = await Promise.all([
    served.call("write_file", { path: "a\u001b]0;pwned\u0007.txt", content: "x" }),
    served.call("write_file", { path: "a\u202egnp.exe", content: "x" }),
    served.call("read_file", { path: "none\u001b[2J\r\nfake: ok" }),
  ]);
  const shown = [...served.asked.slice(asked), ...results.map(textOf), served.stderr()].join("\n");
  // eslint-disable-next-line no-control-regex
  expect(shown).not.toMatch(/[\u001b\u0007\u202e]/);
});
