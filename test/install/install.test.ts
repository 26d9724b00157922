import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { install as installWith, type InstallOptions } from "../../src/app/install.ts";
import { loadConfig } from "../../src/config.ts";

let root: string;
let project: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-install-")));
  project = path.join(root, "project");
  mkdirSync(project);
});
afterEach(() => rmSync(root, { recursive: true }));

/** From its sources, the program would be started by this file. */
const CLI = path.resolve(import.meta.dirname, "../../src/cli.js");
const CODE = ".config/Code/User";
const READ = ["search_code", "find_similar", "search_conversations", "read_conversation", "index_status"].concat([
  "read_file",
  "list_files",
  "search_files",
]);

type Expected = readonly [client: string, scope: string, file: string, key: string, entry: object];
const ROO = { alwaysAllow: READ, timeout: 300 };
const ROO_FILE = `~/${CODE}/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json`;
const ZOO_FILE = `~/${CODE}/globalStorage/zoocodeorganization.zoo-code/settings/mcp_settings.json`;
const CLINE_FILE = `~/${CODE}/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json`;

/** Where each client looks (relative to the project, or with `~/` to the home), and what it must find there. */
const EXPECTED: readonly Expected[] = [
  ["claude-code", "project", ".mcp.json", "mcpServers", {}],
  ["claude-code", "user", "~/.claude.json", "mcpServers", {}],
  ["claude-desktop", "user", "~/.config/Claude/claude_desktop_config.json", "mcpServers", { workspace: "path" }],
  ["roo", "project", ".roo/mcp.json", "mcpServers", ROO],
  ["roo", "user", ROO_FILE, "mcpServers", ROO],
  ["zoo", "project", ".roo/mcp.json", "mcpServers", ROO],
  ["zoo", "user", ZOO_FILE, "mcpServers", ROO],
  ["cline", "user", CLINE_FILE, "mcpServers", { autoApprove: READ, timeout: 300, workspace: "path" }],
  ["cursor", "project", ".cursor/mcp.json", "mcpServers", { workspace: "variable" }],
  ["cursor", "user", "~/.cursor/mcp.json", "mcpServers", { workspace: "path" }],
  ["vscode", "project", ".vscode/mcp.json", "servers", { workspace: "variable" }],
  ["vscode", "user", `~/${CODE}/mcp.json`, "servers", { workspace: "variable" }],
];

const at = (file: string) => (file.startsWith("~/") ? path.join(root, file.slice(2)) : path.join(project, file));
const read = (file: string) => readFileSync(at(file), "utf8");

function install(client: string, scope: string, changes: Partial<InstallOptions> = {}) {
  const env = { CODELAB_HOME: path.join(root, "home"), CODELAB_WORKSPACE: project };
  const config = loadConfig({ env, cwd: project, homeDir: root });
  const machine = { platform: "linux", homeDir: root, env: {} } as const;
  return installWith(config, { client, scope, remove: false, npx: false, write: true, machine, ...changes });
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text);
}

describe.each(EXPECTED)("install %s --scope %s", (client, scope, file, key, facts) => {
  const entry = () => {
    const { workspace, ...extras } = { workspace: undefined, ...facts };
    const named = workspace === "path" ? project : "${workspaceFolder}";
    const args = [CLI, "serve", ...(workspace === undefined ? [] : ["--workspace", named])];
    return { type: "stdio", command: process.execPath, args, ...extras };
  };

  it("writes what the client reads, once, and takes it out again", () => {
    const { files } = install(client, scope);
    expect(files[0]).toMatchObject({ file: at(file), action: "create", backup: null });
    expect(JSON.parse(read(file))).toEqual({ [key]: { codelab: entry() } });
    expect(statSync(at(file)).mode & 0o077).toBe(0);
    const written = files.map((each) => readFileSync(each.file, "utf8"));
    const again = install(client, scope);
    expect(again.files.every(({ action, backup }) => action === "none" && backup === null)).toBe(true);
    expect(again.files.map((each) => readFileSync(each.file, "utf8"))).toEqual(written);
    install(client, scope, { remove: true });
    expect(JSON.parse(read(file))).toEqual({ [key]: {} });
    expect(install(client, scope, { remove: true }).files.every(({ action }) => action === "none")).toBe(true);
  });

  it("keeps comments, order, unknown keys and what the user said of us", () => {
    const text = `// my servers
{
\t"theme": "dark", // keep
\t"${key}": {
\t\t/* the first */
\t\t"other": { "command": "x", "args": [] },
\t\t"codelab": { "command": "old", "args": ["stale"], "env": { "LOG_LEVEL": "debug" }, "timeout": 7 }
\t},
\t"numbers": [1, 2,   3],
}
`;
    write(file, text);
    chmodSync(at(file), 0o640);
    const { files } = install(client, scope);
    const { type, command, args } = entry();
    const now = read(file);
    for (const kept of [
      "// my servers\n",
      '"theme": "dark", // keep',
      "/* the first */",
      '"numbers": [1, 2,   3],\n',
    ]) {
      expect(now).toContain(kept);
    }
    expect(now).toContain('"env": { "LOG_LEVEL": "debug" }, "timeout": 7');
    const values = JSON.parse(now.replaceAll(/\/\/.*|\/\*.*?\*\//g, "").replace(/,\s*\}\s*$/, "}")) as object;
    expect(values).toMatchObject({ [key]: { codelab: { type, command, args } } });
    expect(statSync(at(file)).mode & 0o777).toBe(0o640);
    expect(readFileSync(String(files[0]?.backup), "utf8")).toBe(text);
  });

  it.each([
    ["cut off", `{ "${key}": { "other": `],
    ["no JSON at all", "servers = none"],
    ["of another shape", "[]"],
    ["with servers of another kind", `{ "${key}": "none" }`],
  ])("leaves a file that is %s as it is, and names it", (_, text) => {
    write(file, text);
    expect(() => install(client, scope)).toThrow(at(file));
    expect(() => install(client, scope)).toThrow(expect.objectContaining({ code: "request.broken-config" }) as Error);
    expect(read(file)).toBe(text);
    expect(existsSync(path.join(root, "home", "backups"))).toBe(false);
  });
});

it("starts npx by Windows' shell there, and by itself elsewhere", () => {
  const config = loadConfig({ env: { CODELAB_HOME: path.join(root, "home") }, cwd: project, homeDir: root });
  const entryOn = (platform: NodeJS.Platform) => {
    const machine = { platform, homeDir: root, env: {} };
    const options = { client: "claude-code", scope: "project", remove: false, npx: true, write: false, machine };
    const { files, notes } = installWith(config, options);
    return { content: files[0]?.content, notes };
  };
  const entry = (command: string, ...args: readonly string[]) => ({
    mcpServers: { codelab: { type: "stdio", command, args: [...args, "-y", "codelab-mcp", "serve"] } },
  });
  expect(entryOn("win32").content).toEqual(entry("cmd", "/c", "npx"));
  expect(entryOn("win32").notes.join()).toContain("no other system");
  for (const platform of ["linux", "darwin"] as const)
    expect(entryOn(platform)).toEqual({ content: entry("npx"), notes: [] });
});
