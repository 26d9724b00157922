import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Installed } from "../../src/app/install.ts";
import { CLI, Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
let project: string;

beforeEach(() => {
  sandbox = new Sandbox({ "a.ts": "export {};\n" });
  project = realpathSync(sandbox.project);
});
afterEach(() => sandbox[Symbol.dispose]());

const CODE = ".config/Code/User";
const at = (file: string) =>
  file.startsWith("~/") ? path.join(sandbox.root, file.slice(2)) : path.join(project, file);
const read = (file: string) => readFileSync(at(file), "utf8");
const run = async (...words: string[]) => await sandbox.run(["install", ...words]);
const install = async (...words: string[]) => await sandbox.json<Installed>(["install", ...words]);

function write(file: string, text: string): void {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text);
}

it("shows with --print, and writes nothing", async () => {
  const { stdout } = await run("cursor", "--print");
  expect(stdout).toContain(`${at(".cursor/mcp.json")} would be created`);
  expect(JSON.parse(stdout.slice(stdout.indexOf("{")))).toMatchObject({ mcpServers: { codelab: { type: "stdio" } } });
  await run("vscode", "--print", "--scope", "user");
  expect(readdirSync(project)).toEqual(["a.ts"]);
  expect(existsSync(path.join(sandbox.root, ".config"))).toBe(false);
});

it("shows a secret of the file to nobody", async () => {
  write(
    "~/.claude.json",
    JSON.stringify({ oauthAccount: "secret", mcpServers: { other: { env: { KEY: "secret" } } } }),
  );
  const { stdout, stderr } = await run("claude-code", "--scope", "user", "--print");
  expect(stdout + stderr).not.toContain("secret");
  expect(JSON.stringify(await install("claude-code", "--scope", "user"))).not.toContain("secret");
});

it("has a default scope, and refuses one that the client has not", async () => {
  expect((await install("claude-code")).scope).toBe("project");
  expect((await install("cline")).scope).toBe("user");
  expect((await run("cline", "--scope", "project")).stderr).toMatch(/Cline has no scope "project"[^]*user/);
  expect((await run("emacs")).stderr).toMatch(/no client "emacs"[^]*claude-code, claude-desktop, roo/);
});

it("names the package where the file is to be shared", async () => {
  await run("claude-code", "--npx");
  expect(JSON.parse(read(".mcp.json"))).toEqual({
    mcpServers: { codelab: { type: "stdio", command: "npx", args: ["-y", "codelab-mcp", "serve"] } },
  });
  expect((await run("claude-code")).stderr).toContain("--npx");
});

it("writes through a link, as files of settings are often kept elsewhere", async () => {
  write("~/dotfiles/claude.json", "{}\n");
  symlinkSync(at("~/dotfiles/claude.json"), at("~/.claude.json"));
  await run("claude-code", "--scope", "user");
  expect(lstatSync(at("~/.claude.json")).isSymbolicLink()).toBe(true);
  expect(read("~/dotfiles/claude.json")).toContain("codelab");
});

it("keeps Windows' line ends and byte order mark", async () => {
  write(".mcp.json", '\uFEFF{\r\n    "mcpServers": {\r\n    }\r\n}\r\n');
  await run("claude-code");
  const text = read(".mcp.json");
  expect(text.startsWith("\uFEFF{\r\n    ")).toBe(true);
  expect(text.replaceAll("\r\n", "")).not.toContain("\n");
  expect(text).toContain('\r\n        "codelab"');
});

it("says what is wrong with a file that cannot be read or written", async () => {
  mkdirSync(at(".mcp.json"));
  expect((await run("claude-code")).stderr).toMatch(/\.mcp\.json cannot be read/);
  writeFileSync(at(".cursor"), "a file where a directory should be");
  expect((await run("cursor")).stderr).toMatch(/\.cursor\/mcp\.json cannot be written/);
  write(".roo/mcp.json", "");
  writeFileSync(at(".roo/mcp.json"), Buffer.from([0xff, 0xfe, 0x7b, 0x00]));
  expect((await run("roo")).stderr).toMatch(/cannot be read as text/);
  expect(readFileSync(at(".roo/mcp.json"))).toEqual(Buffer.from([0xff, 0xfe, 0x7b, 0x00]));
});

it("begins where there are only comments", async () => {
  write(".vscode/mcp.json", "// nothing yet\n");
  await run("vscode");
  expect(read(".vscode/mcp.json")).toMatch(/^\/\/ nothing yet\n\{[^]*"codelab"/);
});

it("starts a server that answers, by what it has written", async () => {
  await run("claude-code");
  const { mcpServers } = JSON.parse(read(".mcp.json")) as {
    mcpServers: Record<string, { command: string; args: string[] }>;
  };
  const { command = "", args = [] } = mcpServers["codelab"] ?? {};
  const { Client } = await import("@modelcontextprotocol/client");
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const client = new Client({ name: "tests", version: "1" });
  const env = Object.fromEntries(
    Object.entries(sandbox.env()).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  await client.connect(new StdioClientTransport({ command, args, cwd: project, env }));
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("search_code");
  await client.close();
});

describe("Visual Studio Code's tasks and keys", () => {
  const TASKS = ".vscode/tasks.json";
  const KEYS = `~/${CODE}/keybindings.json`;

  it("are added beside the user's, and taken out again", async () => {
    const tasks =
      '{\n  "version": "2.0.0",\n  "tasks": [\n    // build\n    { "label": "make", "type": "shell", "command": "make" }\n  ]\n}\n';
    const keys = "// Place your key bindings in this file\n[\n]\n";
    write(TASKS, tasks);
    write(KEYS, keys);
    await run("vscode");
    expect(read(TASKS)).toContain('// build\n    { "label": "make", "type": "shell", "command": "make" }');
    const added = JSON.parse(read(TASKS).replace("// build", "")) as { tasks: { label: string; args: string[] }[] };
    expect(added.tasks.map(({ label }) => label)).toEqual([
      "make",
      "codelab: search",
      "codelab: index",
      "codelab: approvals",
    ]);
    expect(added.tasks[1]).toMatchObject({
      type: "process",
      command: process.execPath,
      args: [CLI, "search", "${input:codelabQuery}", "--workspace", "${workspaceFolder}"],
    });
    expect(added).toMatchObject({ inputs: [{ id: "codelabQuery", type: "promptString" }] });
    expect(read(KEYS)).toMatch(/^\/\/ Place your key bindings in this file\n/);
    expect(JSON.parse(read(KEYS).replace(/^\/\/.*/, ""))).toContainEqual({
      key: "ctrl+k alt+s",
      command: "workbench.action.tasks.runTask",
      args: "codelab: search",
    });
    await run("vscode", "--remove");
    expect(JSON.parse(read(TASKS).replace("// build", ""))).toMatchObject({ tasks: [{ label: "make" }], inputs: [] });
    expect(JSON.parse(read(KEYS).replace(/^\/\/.*/, ""))).toEqual([]);
  });

  it("leave a key that is bound already to its user", async () => {
    write(KEYS, '[{ "key": "ctrl+k alt+i", "command": "mine" }]\n');
    const { notes } = await install("vscode");
    expect(notes.join(" ")).toContain("ctrl+k alt+i is bound already");
    const keys = JSON.parse(read(KEYS)) as { key: string; command: string }[];
    expect(keys.filter(({ key }) => key === "ctrl+k alt+i")).toEqual([{ key: "ctrl+k alt+i", command: "mine" }]);
    expect(keys).toHaveLength(3);
    expect((await install("vscode")).files.map(({ action }) => action)).toEqual(["none", "none", "none"]);
  });

  it("write none of the files when one is broken", async () => {
    write(KEYS, "[ { ");
    expect((await run("vscode")).code).toBe(1);
    expect(existsSync(at(".vscode"))).toBe(false);
  });
});
