import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../src/config.ts";
import { SETTINGS } from "../src/settings.ts";

let root: string;
let project: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "codelab-config-"));
  project = path.join(root, "project");
  home = path.join(root, ".codelab-mcp");
  mkdirSync(path.join(project, ".git"), { recursive: true });
  mkdirSync(path.join(project, "src", "deep"), { recursive: true });
  mkdirSync(home);
});
afterEach(() => rmSync(root, { recursive: true }));

const load = (options: { flags?: object; env?: NodeJS.ProcessEnv; cwd?: string } = {}) =>
  loadConfig({ flags: options.flags ?? {}, env: options.env ?? {}, cwd: options.cwd ?? project, homeDir: root });

describe("loadConfig", () => {
  it("needs nothing: every setting has a default or may be absent", () => {
    const config = load();
    expect(config).toMatchObject({ home, workspace: project, logLevel: "warn", embeddingProvider: "local" });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("takes the nearest directory with .git as the workspace, else the current one", () => {
    expect(load({ cwd: path.join(project, "src", "deep") }).workspace).toBe(project);
    expect(load({ cwd: root }).workspace).toBe(root);
  });

  it("lets flags win over the environment, that over the project's file, that over the user's", () => {
    writeFileSync(path.join(home, "config.json"), JSON.stringify({ embeddingModel: "user", batchSize: 7 }));
    expect(load()).toMatchObject({ embeddingModel: "user", batchSize: 7 });
    writeFileSync(path.join(project, ".codelab.json"), JSON.stringify({ embeddingModel: "project" }));
    expect(load()).toMatchObject({ embeddingModel: "project", batchSize: 7 });
    const env = { EMBEDDING_MODEL: "environment" };
    expect(load({ env }).embeddingModel).toBe("environment");
    expect(load({ env, flags: { embeddingModel: "flag" } }).embeddingModel).toBe("flag");
    expect(load({ env, flags: { embeddingModel: undefined } }).embeddingModel).toBe("environment");
  });

  it("takes ~ for the user's home where no shell did, and for nothing else", () => {
    expect(load({ env: { CODELAB_HOME: "~/kept" } }).home).toBe(path.join(root, "kept"));
    expect(load({ flags: { workspace: "~" } }).workspace).toBe(path.resolve(root));
    expect(load({ env: { CODELAB_HOME: "./~/kept" } }).home).toBe(path.join(project, "~", "kept"));
    expect(load({ env: { CODELAB_HOME: "~kept" } }).home).toBe(path.join(project, "~kept"));
  });

  it("treats an empty environment variable as not set", () => {
    expect(load({ env: { EMBEDDING_MODEL: "", LOG_LEVEL: "" } }).logLevel).toBe("warn");
  });

  it.each([
    ["LOG_LEVEL", "loud"],
    ["BATCH_SIZE", "many"],
    ["BATCH_SIZE", "0"],
    ["IMPORT_INTERVAL", "1.5"],
    ["EMBEDDING_PROVIDER", "acme"],
    ["QDRANT_URL", "not a url"],
    ["QUICK_CHECK_ONLY", "perhaps"],
  ])("refuses %s=%s by name", (name, value) => {
    expect(() => load({ env: { [name]: value } })).toThrow(new RegExp(`${name}: ${JSON.stringify(value)}`));
  });

  it("reads switches as people write them", () => {
    for (const on of ["1", "true", "yes", "on"])
      expect(load({ env: { QUICK_CHECK_ONLY: on } }).quickCheckOnly).toBe(true);
    for (const off of ["0", "false", "no", "off"])
      expect(load({ env: { QUICK_CHECK_ONLY: off } }).quickCheckOnly).toBe(false);
  });

  it("never repeats a secret that it refuses", () => {
    const secret = "short-secret";
    expect(() => load({ env: { CODELAB_HTTP_TOKEN: secret } })).toThrow(/CODELAB_HTTP_TOKEN: its value/);
    expect(() => load({ env: { CODELAB_HTTP_TOKEN: secret } })).not.toThrow(new RegExp(secret));
  });

  it("names the file and the setting that it does not know", () => {
    writeFileSync(path.join(project, ".codelab.json"), JSON.stringify({ colour: "red" }));
    expect(() => load()).toThrow(/\.codelab\.json: unknown setting "colour"/);
  });

  it.each(["{", "[]", '"text"', "null"])("refuses a project file that holds %s", (text) => {
    writeFileSync(path.join(project, ".codelab.json"), text);
    expect(() => load()).toThrow(/\.codelab\.json/);
  });

  it("lets no cloned project send code elsewhere or move what is kept", () => {
    const refused = Object.entries(SETTINGS).filter(([, { project: allowed }]) => !allowed);
    expect(refused.map(([key]) => key)).toEqual(
      expect.arrayContaining(["home", "workspace", "embeddingBaseUrl", "embeddingApiKey", "qdrantUrl", "httpToken"]),
    );
    for (const [key] of refused) {
      writeFileSync(path.join(project, ".codelab.json"), JSON.stringify({ [key]: "x" }));
      expect(() => load()).toThrow(new RegExp(`"${key}" cannot be set by a project`));
    }
  });

  it("gives every setting that has a place outside of files a variable of its own", () => {
    const names = Object.values(SETTINGS).flatMap(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.values(SETTINGS).every(({ env, description }) => env.length > 0 && description.endsWith("."))).toBe(
      true,
    );
  });
});

it.skipIf(process.platform === "win32")("reads no settings from what is no file, which may have no end", () => {
  const file = path.join(project, ".codelab.json");
  for (const target of ["/dev/zero", "/dev/tty", project]) {
    symlinkSync(target, file);
    expect(() => load({})).toThrow(expect.objectContaining({ code: "request.bad-setting" }));
    rmSync(file);
  }
  execFileSync("mkfifo", [file]);
  expect(() => load({})).toThrow(/cannot read .*\.codelab\.json: it is no file of settings/);
  rmSync(file);
  writeFileSync(file, `{"exclude":["${"x".repeat(1_100_000)}"]}`);
  expect(() => load({})).toThrow(/it is no file of settings/);
  rmSync(file);
  symlinkSync("nowhere", file);
  expect(load({}).exclude).toEqual([]);
});
