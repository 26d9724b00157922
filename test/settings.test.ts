import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../src/config.ts";
import { type Config, type SettingKey, SETTINGS } from "../src/settings.ts";

let root: string;
let project: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "codelab-settings-"));
  project = path.join(root, "project");
  home = path.join(root, ".codelab-mcp");
  mkdirSync(path.join(project, ".git"), { recursive: true });
  mkdirSync(home);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Four different values for each setting, as an environment has them, with what becomes of them; and wrong ones. */
interface Values {
  readonly texts: readonly [string, string, string, string];
  readonly read: (text: string) => unknown;
  /** How a file says it. */
  readonly inFile: (text: string) => unknown;
  readonly wrong: readonly unknown[];
}

const NO_NUMBERS = ["many", "", "1.5", "0x10", "1e3", "5 5", "-1", "0", "NaN", true, null, [7], {}, 1.5];
const numbers = (...texts: [string, string, string, string]): Values => ({
  texts,
  read: Number,
  inFile: Number,
  wrong: [...NO_NUMBERS, "99999999999999999999"],
});
const choice = (...texts: [string, string, string, string]): Values => ({
  texts,
  read: String,
  inFile: String,
  wrong: ["elsewhere", texts[0].toUpperCase(), 1, null, []],
});
const texts = (...given: [string, string, string, string]): Values => ({
  texts: given,
  read: String,
  inFile: String,
  wrong: [1, null, [], {}, true],
});
const switches: Values = {
  texts: ["1", "off", "yes", "false"],
  read: (text) => text === "1" || text === "yes",
  inFile: (text) => text === "1" || text === "yes",
  wrong: ["perhaps", "", 1, null, "TRUE "],
};
const lists: Values = {
  texts: ["a", "b, c", "*.ts,d", "e/**"],
  read: (text) => text.split(",").map((word) => word.trim()),
  inFile: (text) => text.split(",").map((word) => word.trim()),
  wrong: [1, null, {}, [1]],
};
const small = numbers("2", "3", "4", "5");
const words = texts("one", "two", "three", "four");
const urls: Values = {
  ...texts("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1", "https://c.example", "https://d.example/x"),
  wrong: ["not a url", "", 1, null],
};
const secrets: Values = {
  ...texts("a-secret-of-16-at-least", "b".repeat(20), "c".repeat(20), "d".repeat(20)),
  wrong: [1, null],
};

const VALUES: Readonly<Record<Exclude<SettingKey, "home" | "workspace">, Values>> = {
  logLevel: choice("debug", "info", "error", "silent"),
  include: lists,
  exclude: lists,
  maxFileBytes: numbers("2000", "3000", "4000", "5000"),
  maxWorkers: small,
  maxParallelHashes: small,
  embeddingProvider: choice("none", "voyage", "gemini", "ollama"),
  embeddingModel: words,
  embeddingBaseUrl: urls,
  embeddingApiKey: secrets,
  embeddingDimensions: small,
  embeddingBatchSize: small,
  deviceType: choice("cpu", "cuda", "webgpu", "dml"),
  cpuThreads: small,
  embeddingOverflow: { ...choice("truncate", "refuse", "window", "truncate"), wrong: ["cut", 1] },
  embeddingWorkerMb: numbers("300", "400", "500", "600"),
  semaphoreValue: small,
  claudeConfigDir: words,
  claudeLogsPath: words,
  importInterval: small,
  forceFullCheckInterval: small,
  quickCheckOnly: switches,
  batchSize: small,
  cpuShare: small,
  chunkSize: small,
  logStatsEvery: small,
  verboseChecks: switches,
  qdrantUrl: { ...urls, wrong: ["not a url", "ftp://a", "http://a,nonsense", 1] },
  qdrantApiKey: secrets,
  qdrantCollection: { ...words, wrong: ["with space", "a/b", "x".repeat(65), 1] },
  qdrantTenancy: { ...choice("project", "shared", "project", "shared"), wrong: ["mine", 1] },
  qdrantShards: small,
  qdrantReplicas: small,
  qdrantQuantization: { ...choice("int8", "binary", "none", "binary"), wrong: ["int4", 1] },
  qdrantOnDisk: switches,
  qdrantTimeout: small,
  qdrantBinary: words,
  embeddingsPort: numbers("4000", "4010", "4020", "65535"),
  rooIndex: { ...choice("off", "read", "write", "read"), wrong: ["both", 1] },
  rooCollection: { ...texts("ws-1", "ws-2", "ws-3", "ws-4"), wrong: ["code", "ws-", 1] },
  hiddenFiles: choice("deny", "allow", "deny", "allow"),
  approvalTimeout: small,
  approvalsPerHour: small,
  fileOperationsPerHour: small,
  httpToken: { ...secrets, wrong: ["short", 1] },
  agentProvider: { ...choice("anthropic", "openai-compatible", "anthropic", "openai-compatible"), wrong: ["acme", 1] },
  agentModel: words,
  agentFastModel: words,
  agentBaseUrl: urls,
  agentApiKey: secrets,
  anthropicApiKey: secrets,
  openaiApiKey: secrets,
  agentMaxSteps: small,
  agentMaxTokens: numbers("2000", "3000", "4000", "5000"),
};

const ROWS = Object.entries(VALUES) as [keyof typeof VALUES, Values][];
const load = (env: NodeJS.ProcessEnv = {}, flags: Partial<Record<SettingKey, unknown>> = {}): Config =>
  loadConfig({ flags, env, cwd: project, homeDir: root });
const file = (folder: string, name: string, values: object) =>
  writeFileSync(path.join(folder, name), JSON.stringify(values));

describe.each(ROWS)("the setting %s", (key, { texts: [a, b, c, d], read, inFile, wrong }) => {
  const { env, project: byProject, secret, flag } = SETTINGS[key];

  it("is taken from a flag before each of its variables, the project's file, the user's file and its default", () => {
    const otherwise = load()[key];
    file(home, "config.json", { [key]: inFile(a) });
    expect(load()[key]).toEqual(read(a));
    if (byProject) {
      file(project, ".codelab.json", { [key]: inFile(b) });
      expect(load()[key]).toEqual(read(b));
    }
    for (const name of env) expect(load({ [name]: c })[key]).toEqual(read(c));
    // Of several variables the first wins.
    expect(load(Object.fromEntries(env.map((name, index) => [name, index === 0 ? d : c])))[key]).toEqual(read(d));
    expect(load({ [env[0] ?? ""]: c }, { [key]: d })[key]).toEqual(read(d));
    // What is empty or not given does not hide what is below it.
    expect(load({ [env[0] ?? ""]: "" }, { [key]: undefined })[key]).toEqual(read(byProject ? b : a));
    rmSync(path.join(home, "config.json"));
    rmSync(path.join(project, ".codelab.json"), { force: true });
    expect(load()[key]).toEqual(otherwise);
  });

  it("is refused by the name of the place where a wrong value stands, without repeating a secret", () => {
    for (const value of wrong) {
      file(home, "config.json", { [key]: value });
      expect(() => load()).toThrow(new RegExp(`"${key}" in .*config\\.json: .* is refused`));
      if (typeof value !== "string" || value === "") continue;
      rmSync(path.join(home, "config.json"));
      expect(() => load({ [env[0] ?? ""]: value })).toThrow(`${env[0]}: `);
      expect(() => load({}, { [key]: value })).toThrow(`--${flag ?? key}: `);
      if (secret === true) expect(() => load({ [env[0] ?? ""]: value })).not.toThrow(value);
    }
  });
});

describe("the files of settings", () => {
  it("may begin with a byte order mark, as Windows' editors write them", () => {
    writeFileSync(path.join(home, "config.json"), '\uFEFF{"batchSize": 7}\r\n');
    expect(load().batchSize).toBe(7);
  });

  it("cannot say where they themselves are", () => {
    for (const key of ["home", "workspace"]) {
      file(home, "config.json", { [key]: root });
      expect(() => load()).toThrow(new RegExp(`config\\.json: "${key}" cannot be set by a file`));
    }
  });

  it("hold no setting under another's name: neither variables nor what every object has", () => {
    for (const key of ["BATCH_SIZE", "batchsize", "constructor", "toString", "__proto__", ""]) {
      writeFileSync(path.join(home, "config.json"), `{${JSON.stringify(key)}: 7}`);
      expect(() => load()).toThrow(`unknown setting "${key}"`);
    }
  });

  it("are refused whole where they cannot be read", () => {
    mkdirSync(path.join(project, ".codelab.json"));
    expect(() => load()).toThrow(/cannot read .*\.codelab\.json/);
  });
});

describe("the places", () => {
  it("are the flag's, the variable's, or found; relative ones count from the current directory", () => {
    expect(load({ CODELAB_HOME: "h" }).home).toBe(path.join(project, "h"));
    expect(load({ CODELAB_WORKSPACE: ".." }).workspace).toBe(root);
    expect(load({ CODELAB_WORKSPACE: ".." }, { workspace: "." }).workspace).toBe(project);
    expect(load({ CODELAB_WORKSPACE: "" }).workspace).toBe(project);
  });

  it("are not taken from an empty flag, which a variable that is not set leaves behind", () => {
    for (const empty of ["", "  "]) expect(() => load({}, { workspace: empty })).toThrow("--workspace: it is empty");
  });

  it("bring the file of that project and of that home", () => {
    const other = path.join(root, "other");
    mkdirSync(other);
    file(other, ".codelab.json", { maxFileBytes: 2_000 });
    file(project, ".codelab.json", { maxFileBytes: 3_000 });
    file(other, "config.json", { batchSize: 9 });
    expect(load({ CODELAB_WORKSPACE: other, CODELAB_HOME: other })).toMatchObject({
      maxFileBytes: 2_000,
      batchSize: 9,
    });
    expect(load()).toMatchObject({ maxFileBytes: 3_000, batchSize: 100 });
  });
});
