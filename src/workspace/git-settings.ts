import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { homeDirectory } from "../home-directory.ts";
import { readSmallText } from "./read-small.ts";

/** The settings of git that decide what a walk leaves out, by lower-case key (`core.excludesfile`). */
export type CoreSettings = ReadonlyMap<string, string>;

/**
 * Reads the `[core]` settings that hold in a directory: system, user, then repository (`repositoryConfig`, where there
 * is one). Asking git takes longer than walking a small project, so git is asked only where files include others.
 */
export async function readCoreSettings(directory: string, repositoryConfig: string | null): Promise<CoreSettings> {
  const settings = new Map<string, string>();
  for (const file of [...systemFiles(), ...userFiles(), ...(repositoryConfig === null ? [] : [repositoryConfig])]) {
    const parsed = parseCoreSettings(readSmallText(file));
    if (parsed === null) return askGit(directory);
    for (const [key, value] of parsed) settings.set(key, value);
  }
  return settings;
}

/** The `[core]` settings in the text of a configuration file; null for one that only git can read (includes, continued lines). */
export function parseCoreSettings(text: string): Map<string, string> | null {
  if (/^\s*\[\s*include(?:if)?\b/im.test(text) || /\\\r?$/m.test(text)) return null;
  const settings = new Map<string, string>();
  let inCore = false;
  for (const line of text.split("\n")) {
    const section = /^\s*\[\s*([^\s\]"]+)\s*("[^\n]*")?\s*\](.*)$/.exec(line);
    if (section !== null) inCore = section[1]?.toLowerCase() === "core" && section[2] === undefined;
    const entry = /^\s*([A-Za-z][\w-]*)\s*(?:=(.*))?$/.exec(section === null ? line : (section[3] ?? ""));
    if (inCore && entry !== null) settings.set(`core.${entry[1]?.toLowerCase()}`, readValue(entry[2] ?? "true"));
  }
  return settings;
}

/** A value without its comment, its quotes and the spaces around it; escapes resolved. */
function readValue(given: string): string {
  let value = "";
  let kept = 0;
  let quoted = false;
  for (let at = 0; at < given.length; at++) {
    const char = given[at] ?? "";
    if (char === '"') quoted = !quoted;
    else if ((char === "#" || char === ";") && !quoted) break;
    else if (char === "\\") {
      const next = given[++at] ?? "";
      value += next === "n" ? "\n" : next === "t" ? "\t" : next;
    } else if (value !== "" || quoted || !/\s/.test(char)) value += char;
    if (quoted || !/\s/.test(char)) kept = value.length;
  }
  return value.slice(0, kept);
}

function systemFiles(): string[] {
  const { GIT_CONFIG_SYSTEM: named, GIT_CONFIG_NOSYSTEM: none } = process.env;
  if (named !== undefined) return [named];
  if (none !== undefined && /^(?:1|true|yes|on)$/i.test(none)) return [];
  return ["/etc/gitconfig", "/usr/local/etc/gitconfig", "/opt/homebrew/etc/gitconfig"];
}

function userFiles(): string[] {
  const { GIT_CONFIG_GLOBAL: named, XDG_CONFIG_HOME: xdg } = process.env;
  if (named !== undefined) return [named];
  const home = homeDirectory();
  if (home === null) return xdg ? [path.join(xdg, "git", "config")] : [];
  return [path.join(xdg || path.join(home, ".config"), "git", "config"), path.join(home, ".gitconfig")];
}

async function askGit(directory: string): Promise<CoreSettings> {
  const settings = new Map<string, string>();
  try {
    const { stdout } = await promisify(execFile)("git", ["config", "-z", "--get-regexp", "^core\\."], {
      cwd: directory,
      timeout: 2000,
      windowsHide: true,
      // Variables of a git that started us (as from a hook) name its repository, not the one asked about.
      env: { ...process.env, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_COMMON_DIR: undefined },
    });
    for (const entry of stdout.split("\0")) {
      const [name = "", value = "true"] = entry.split("\n");
      if (name !== "") settings.set(name, value);
    }
  } catch {
    // Without git its defaults hold.
  }
  return settings;
}
