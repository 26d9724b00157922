import { readFileSync } from "node:fs";
import path from "node:path";
import { homeDirectory } from "../../home-directory.ts";

/** Settings of npm that decide from where and how a package is fetched, under the names that npm's fetcher takes. */
export type NpmOptions = Readonly<Record<string, string | boolean>>;

/** npm's names of what its fetcher calls otherwise. */
const RENAMED: Readonly<Record<string, string>> = {
  "https-proxy": "httpsProxy",
  proxy: "proxy",
  noproxy: "noProxy",
  "strict-ssl": "strictSSL",
  "local-address": "localAddress",
  registry: "registry",
  cache: "cache",
  ca: "ca",
  cert: "cert",
  key: "key",
};

/**
 * What the user told npm: the global and the user's `.npmrc` and `npm_config_*` variables, later ones winning. A package
 * is thus fetched from the registry, through the proxy and with the certificate and token that `npm install` would use.
 */
export function npmOptions(env: NodeJS.ProcessEnv, home: string | null = homeDirectory()): NpmOptions {
  const prefix = env["npm_config_prefix"] ?? env["PREFIX"] ?? path.resolve(process.execPath, "../..");
  const settings = new Map<string, string>([
    ...readNpmrc(variable(env, "globalconfig") ?? path.join(prefix, "etc", "npmrc"), env),
    ...readNpmrc(variable(env, "userconfig") ?? (home === null ? null : path.join(home, ".npmrc")), env),
    ...environment(env),
  ]);
  const options: Record<string, string | boolean> = {};
  for (const [name, value] of settings) {
    const renamed = RENAMED[name];
    if (name === "strict-ssl") options["strictSSL"] = value !== "false";
    else if (renamed !== undefined) options[renamed] = value;
    // Registries of scopes, and tokens of registries.
    else if (name.startsWith("//") || /^@[^:]+:registry$/.test(name)) options[name] = value;
    else if (name === "cafile") options["ca"] = readIfThere(value);
  }
  if (options["ca"] === "") delete options["ca"];
  // npm's `cache` is the folder above the one that its fetcher means.
  if (typeof options["cache"] === "string") options["cache"] = path.join(options["cache"], "_cacache");
  return options;
}

function environment(env: NodeJS.ProcessEnv): [string, string][] {
  return Object.entries(env).flatMap(([name, value]): [string, string][] => {
    const found = /^npm_config_(.+)$/i.exec(name)?.[1];
    if (found === undefined || value === undefined || value === "") return [];
    return [[found.startsWith("/") || found.startsWith("@") ? found : found.toLowerCase().replaceAll("_", "-"), value]];
  });
}

function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[`npm_config_${name}`] ?? env[`NPM_CONFIG_${name.toUpperCase()}`];
}

function readNpmrc(file: string | null, env: NodeJS.ProcessEnv): [string, string][] {
  return (file === null ? "" : readIfThere(file)).split(/\r?\n/).flatMap((line): [string, string][] => {
    const [, name, value] = /^\s*([^;#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const unquoted = value.replace(/^(["'])(.*)\1$/, "$2");
    return [[name, unquoted.replaceAll(/\$\{([^}]+)\}/g, (whole, key: string) => env[key] ?? whole)]];
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // An absent or unreadable file says nothing, as for npm itself.
    return "";
  }
}
