import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { install, type InstallOptions } from "../../src/app/install.ts";
import { loadConfig } from "../../src/config.ts";
import { CLIENTS, scopeOf } from "../../src/install/clients.ts";
import { readConfig, writeConfig } from "../../src/install/config-file.ts";
import { JsonText } from "../../src/install/edit-json.ts";
import { CLI } from "../e2e/run-cli.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "codelab-config-file-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (name: string) => path.join(root, name);
const write = (before: string | null, after: string, name = "settings.json") =>
  writeConfig({ file: at(name), before, after, backups: at("backups") });
const isRoot = process.getuid?.() === 0;
const isPosix = process.platform !== "win32";

describe("writeConfig", () => {
  it("makes a new file for its owner alone, with its directories, and has nothing to keep", () => {
    expect(write(null, "{}\n", "a/b/settings.json")).toBeNull();
    expect(readFileSync(at("a/b/settings.json"), "utf8")).toBe("{}\n");
    if (isPosix) expect(statSync(at("a/b/settings.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(at("a/b"))).toEqual(["settings.json"]);
    expect(existsSync(at("backups"))).toBe(false);
  });

  it("keeps a copy of each former content under a name of its own, and the mode", () => {
    writeFileSync(at("settings.json"), "1");
    chmodSync(at("settings.json"), 0o644);
    const copies = [write("1", "2"), write("2", "3"), write("3", "4")];
    expect(copies.map((copy) => readFileSync(String(copy), "utf8"))).toEqual(["1", "2", "3"]);
    expect(new Set(copies).size).toBe(3);
    if (isPosix) expect(copies.map((copy) => statSync(String(copy)).mode & 0o077)).toEqual([0, 0, 0]);
    if (isPosix) expect(statSync(at("settings.json")).mode & 0o777).toBe(0o644);
  });

  it.each([
    ["was changed", "other", "mine"],
    ["appeared", "other", null],
    ["is gone", null, "mine"],
  ])("writes nothing where the file %s since it was read, and leaves nothing lying about", (_, there, before) => {
    if (there !== null) writeFileSync(at("settings.json"), there);
    expect(() => write(before, "new")).toThrow(expect.objectContaining({ code: "request.changed-config" }) as Error);
    expect(readConfig(at("settings.json"))).toBe(there);
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it.runIf(isPosix)("writes through a chain of links, and leaves each of them", () => {
    mkdirSync(at("dotfiles"));
    writeFileSync(at("dotfiles/real.json"), "1");
    symlinkSync("dotfiles/real.json", at("middle.json"));
    symlinkSync("middle.json", at("settings.json"));
    write("1", "2");
    expect([lstatSync(at("settings.json")), lstatSync(at("middle.json"))].map((each) => each.isSymbolicLink())).toEqual(
      [true, true],
    );
    expect(readFileSync(at("dotfiles/real.json"), "utf8")).toBe("2");
  });

  it.runIf(isPosix)("names a link that leads nowhere or around in a circle, instead of failing without a word", () => {
    symlinkSync("gone.json", at("settings.json"));
    symlinkSync("circle.json", at("circle.json"));
    const refusal = expect.objectContaining({
      name: "UserError",
      message: expect.stringContaining(root) as string,
    }) as Error;
    expect(() => write(readConfig(at("settings.json")), "new")).toThrow(refusal);
    expect(() => readConfig(at("circle.json"))).toThrow(refusal);
    expect(lstatSync(at("settings.json")).isSymbolicLink()).toBe(true);
  });

  it.each([
    ["no text", Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ["another encoding", Buffer.from("\uFEFF{}", "utf16le")],
  ])("reads no file that is %s", (_, bytes) => {
    writeFileSync(at("settings.json"), bytes);
    expect(() => readConfig(at("settings.json"))).toThrow(
      expect.objectContaining({ code: "request.unreadable-config" }) as Error,
    );
  });
});

/** A user's configuration of every client, with what each of them must leave as it is. */
const EXISTING = (key: string) => ({
  "other servers": `{\n  "${key}": {\n    "github": { "command": "gh" } // mine\n  },\n  "theme": "dark"\n}\n`,
  "a byte order mark and Windows' line ends": `\uFEFF{\r\n\t"${key}": {\r\n\t\t"x": {}\r\n\t}\r\n}\r\n`,
  "everything on one line": `{"${key}":{"a":{"command":"x"},"b":{"command":"y"}},"n":1}`,
  "comments before, between and after": `// top\n{\n  /* servers */ "${key}": {\n    // first\n    "a": 1, /* c */\n  }, // end\n}\n// bottom`,
});

const every = CLIENTS.flatMap((client) =>
  Object.keys(client.files).flatMap((scope) =>
    Object.entries(EXISTING(client.serversKey)).map(([what, text]) => ({ client, scope, what, text })),
  ),
);

describe("install and --remove", () => {
  const run = (client: string, scope: string, changes: Partial<InstallOptions> = {}) => {
    mkdirSync(at("project"), { recursive: true });
    const config = loadConfig({ env: { CODELAB_HOME: at("home") }, cwd: at("project"), homeDir: root });
    const machine = { platform: "linux", homeDir: root, env: {} } as const;
    return install(config, { client, scope, remove: false, npx: false, write: true, machine, ...changes });
  };

  it.each(every)("$client.name ($scope), a file with $what: the same bytes again", ({ client, scope, text }) => {
    const [planned] = run(client.name, scope, { write: false }).files;
    const file = String(planned?.file);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    expect(run(client.name, scope).files[0]).toMatchObject({ file, action: "change" });
    expect(readFileSync(file, "utf8")).not.toBe(text);
    run(client.name, scope, { npx: true });
    run(client.name, scope, { remove: true });
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(scopeOf(client, undefined)).toBe(Object.keys(client.files)[0]);
  });

  it("of Visual Studio Code gives tasks, inputs and keys back as they were too", () => {
    const tasks =
      '{\n  // mine\n  "version": "2.0.0",\n  "tasks": [\n    { "label": "build" } // ours\n  ],\n  "inputs": [{ "id": "x" }]\n}\n';
    const keys = '// keys\n[\n  { "key": "ctrl+b", "command": "build" },\n]\n';
    const [, tasksFile, keysFile] = run("vscode", "project", { write: false }).files.map(({ file }) => file);
    for (const [file, text] of [
      [tasksFile, tasks],
      [keysFile, keys],
    ] as const) {
      mkdirSync(path.dirname(String(file)), { recursive: true });
      writeFileSync(String(file), text);
    }
    run("vscode", "project");
    expect(readFileSync(String(tasksFile), "utf8")).toContain("codelab: search");
    run("vscode", "project", { remove: true });
    expect(readFileSync(String(tasksFile), "utf8")).toBe(tasks);
    expect(readFileSync(String(keysFile), "utf8")).toBe(keys);
  });

  it("refuse a file in which the servers stand twice: readers take the last, and would never see ours", () => {
    const file = path.join(at("project"), ".mcp.json");
    mkdirSync(at("project"));
    const text = '{ "mcpServers": { "a": 1 }, "mcpServers": { "b": 2 } }';
    writeFileSync(file, text);
    expect(() => run("claude-code", "project")).toThrow(/mcpServers\.codelab, or what holds it, stands there twice/);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(() => new JsonText("f", text, "object")).not.toThrow();
  });

  it("take an empty variable for one that is not set, not for the current directory", () => {
    const machine = { platform: "linux", homeDir: root, env: { CLAUDE_CONFIG_DIR: "", XDG_CONFIG_HOME: "" } } as const;
    const files = ["claude-code", "claude-desktop"].map(
      (client) => run(client, "user", { machine, write: false }).files[0],
    );
    expect(files.map((each) => each?.file)).toEqual([
      at(".claude.json"),
      at(".config/Claude/claude_desktop_config.json"),
    ]);
    const windows = { platform: "win32", homeDir: root, env: { APPDATA: "" } } as const;
    expect(run("claude-desktop", "user", { machine: windows, write: false }).files[0]?.file).toContain(root);
  });

  it.runIf(isPosix)("leave a file alone that was made read-only, though its directory could be written", () => {
    const project = at("project");
    mkdirSync(project);
    writeFileSync(path.join(project, ".mcp.json"), "{}");
    chmodSync(path.join(project, ".mcp.json"), 0o444);
    // Root may write everything; then the program runs as nobody.
    for (const place of [root, project]) chmodSync(place, 0o777);
    const env = { PATH: process.env["PATH"], HOME: root, CODELAB_HOME: at("home") };
    const as = isRoot ? { uid: 65_534, gid: 65_534 } : {};
    const { status, stderr } = spawnSync(process.execPath, [CLI, "install", "claude-code"], {
      cwd: project,
      env,
      ...as,
    });
    if (isRoot && /EACCES.*dist/.test(String(stderr))) return;
    expect({ status, stderr: String(stderr) }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/\.mcp\.json cannot be written: EACCES/) as string,
    });
    expect(readFileSync(path.join(project, ".mcp.json"), "utf8")).toBe("{}");
  });
});

it.skipIf(!isPosix)("reads no configuration from what is no file, which may have no end", () => {
  for (const target of ["/dev/zero", "/dev/tty", root]) {
    symlinkSync(target, at("endless.json"));
    expect(() => readConfig(at("endless.json"))).toThrow(
      expect.objectContaining({
        code: "request.unreadable-config",
        message: expect.stringContaining("no file") as string,
      }),
    );
    rmSync(at("endless.json"));
  }
});
