import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { choiceHint } from "./edit-distance.ts";
import { hasErrno, messageOf, UserError } from "./errors.ts";
import { configSchema, SETTINGS, type Config, type SettingKey } from "./settings.ts";

/** Where the values of a configuration may come from; earlier ones win. */
export interface ConfigSources {
  /** Values of flags, by setting; undefined ones count as not given. */
  readonly flags?: Readonly<Partial<Record<SettingKey, unknown>>>;
  readonly env: NodeJS.ProcessEnv;
  /** Where relative paths count from; null where that directory is gone. */
  readonly cwd: string | null;
  /** The user's own directory; null where there is none. */
  readonly homeDir: string | null;
}

/** Name of the optional project file, looked for in the workspace. */
export const PROJECT_FILE = ".codelab.json";

/**
 * Settings that a project file may not set: a cloned repository must not be able to point the program at another home,
 * at a server that would receive the user's code, or loosen what a human decided.
 */
const NOT_FROM_PROJECT: ReadonlySet<SettingKey> = new Set(
  (Object.keys(SETTINGS) as SettingKey[]).filter((key) => !SETTINGS[key].project),
);

/** Far more than all settings take. */
const MAX_BYTES = 1_000_000;

/** What decides where the files are cannot be said in them. */
const PLACES: ReadonlySet<SettingKey> = new Set(["home", "workspace"]);

/**
 * Resolves the configuration: flags, environment, project file, user file, defaults, in this order.
 * @throws UserError `request.bad-setting` naming the setting, where it was set, and what it accepts.
 */
export function loadConfig(sources: ConfigSources): Config {
  const fromFlags = sources.flags ?? {};
  const fromEnv = readEnv(sources.env);
  const placed = (key: "home" | "workspace", otherwise: () => string) => {
    const given = [fromFlags[key], fromEnv.get(key)?.value].find((value) => typeof value === "string");
    if (given?.trim() === "") throw new UserError("request.bad-setting", `${flagOf(key)}: it is empty`);
    return resolveFrom(sources.cwd, given === undefined ? otherwise() : expanded(given, sources.homeDir));
  };
  const home = placed("home", () => path.join(sources.homeDir ?? refuseHomeless(), ".codelab-mcp"));
  const workspace = placed("workspace", () => nearestProject(resolveFrom(sources.cwd, ".")));
  const userFile = path.join(home, "config.json");
  const projectFile = path.join(workspace, PROJECT_FILE);
  const layers: Layer[] = [
    {
      name: "a flag",
      values: new Map(entriesOf(fromFlags).map(([key, value]) => [key, { value, label: flagOf(key) }])),
    },
    { name: "the environment", values: fromEnv },
    { name: projectFile, values: readFile(projectFile, true) },
    { name: userFile, values: readFile(userFile, false) },
  ];
  const given: Record<string, unknown> = {};
  const origin = new Map<string, string>();
  for (const layer of layers.toReversed()) {
    for (const [key, { value, label }] of layer.values) {
      given[key] = value;
      origin.set(key, label);
    }
  }
  const parsed = configSchema.safeParse({ ...given, home, workspace });
  if (!parsed.success) throw badSetting(parsed.error, given, origin);
  return Object.freeze(parsed.data);
}

/** No shell expands `~` in a client's configuration: as it stands, it would make a directory of that name in the project. */
function expanded(given: string, homeDir: string | null): string {
  return homeDir !== null && /^~(?:[\\/]|$)/.test(given) ? path.join(homeDir, given.slice(1)) : given;
}

function resolveFrom(cwd: string | null, given: string): string {
  if (cwd !== null || path.isAbsolute(given)) return path.resolve(cwd ?? given, given);
  throw new UserError("workspace.not-found", "the current directory does not exist any more", {
    hint: "Change to one that does, or name the project by its absolute path with --workspace.",
  });
}

function refuseHomeless(): never {
  throw new UserError("request.bad-setting", "this user has no home directory, and CODELAB_HOME is not set", {
    hint: "Set CODELAB_HOME to an absolute path: a directory for all that is kept.",
  });
}

interface Layer {
  readonly name: string;
  readonly values: ReadonlyMap<SettingKey, { readonly value: unknown; readonly label: string }>;
}

function entriesOf(flags: Readonly<Partial<Record<SettingKey, unknown>>>): [SettingKey, unknown][] {
  return (Object.entries(flags) as [SettingKey, unknown][]).filter(([, value]) => value !== undefined);
}

function flagOf(key: SettingKey): string {
  return `--${SETTINGS[key].flag ?? key}`;
}

function readEnv(env: NodeJS.ProcessEnv): Layer["values"] {
  const values = new Map<SettingKey, { value: unknown; label: string }>();
  for (const key of Object.keys(SETTINGS) as SettingKey[]) {
    const name = SETTINGS[key].env.find((candidate) => (env[candidate] ?? "") !== "");
    if (name !== undefined) values.set(key, { value: env[name], label: name });
  }
  return values;
}

function readFile(file: string, isProject: boolean): Layer["values"] {
  const values = new Map<SettingKey, { value: unknown; label: string }>();
  let text: string;
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return values;
    // A cloned repository could hold a link to what has no end.
    if (!stats.isFile() || stats.size > MAX_BYTES) throw new Error("it is no file of settings");
    // Some of Windows' editors begin a file with a byte order mark.
    text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR")) return values;
    throw new UserError("request.bad-setting", `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  for (const [key, value] of Object.entries(parseObject(text, file))) {
    if (!Object.hasOwn(SETTINGS, key)) {
      throw new UserError("request.bad-setting", `${file}: unknown setting "${key}"`, {
        hint: `Known settings: ${Object.keys(SETTINGS).join(", ")}.`,
      });
    }
    const setting = key as SettingKey;
    if (isProject && NOT_FROM_PROJECT.has(setting)) {
      throw new UserError("request.bad-setting", `${file}: "${key}" cannot be set by a project`, {
        hint: "Set it in your own config.json, in the environment, or with a flag.",
      });
    }
    if (!isProject && PLACES.has(setting)) {
      throw new UserError("request.bad-setting", `${file}: "${key}" cannot be set by a file`, {
        hint: `Set ${SETTINGS[setting].env.join(" or ")} instead.`,
      });
    }
    values.set(setting, { value, label: `"${key}" in ${file}` });
  }
  return values;
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UserError("request.bad-setting", `${file} is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new UserError("request.bad-setting", `${file} must hold a JSON object`);
  }
  return { ...parsed };
}

function badSetting(error: z.ZodError, given: Record<string, unknown>, origin: Map<string, string>): UserError {
  const issue = error.issues[0];
  const key = String(issue?.path[0] ?? "");
  const where = origin.get(key) ?? key;
  // A refused key or token must not be repeated in an error message.
  const secret = Object.hasOwn(SETTINGS, key) && SETTINGS[key as SettingKey].secret === true;
  const value = secret ? "its value" : JSON.stringify(given[key]);
  const meaning = Object.hasOwn(SETTINGS, key) ? SETTINGS[key as SettingKey].description : "See docs/configuration.md.";
  if (issue?.code === "invalid_value") {
    const hint = `${choiceHint(String(given[key]), issue.values.map(String))} ${meaning}`;
    return new UserError("request.bad-setting", `${where}: ${value} is refused`, { hint });
  }
  const message = `${where}: ${value} is refused: ${issue?.message ?? "invalid"}`;
  return new UserError("request.bad-setting", message, { hint: meaning });
}

/** The nearest directory at or above `cwd` that looks like a project's root, else `cwd` itself. */
function nearestProject(cwd: string): string {
  for (let directory = cwd; ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, PROJECT_FILE)) || existsSync(path.join(directory, ".git"))) return directory;
    if (path.dirname(directory) === directory) return cwd;
  }
}
