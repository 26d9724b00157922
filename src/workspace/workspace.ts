import { existsSync, realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { hasErrno, messageOf, UserError } from "../errors.ts";
import type { IgnoreOptions } from "./ignore-scopes.ts";

/** The project that all paths of outsiders are about. */
export interface Workspace {
  /** Real absolute path, without a slash at its end. */
  readonly root: string;
  /** The same directory as it was configured, perhaps through links: absolute paths under it are understood too. */
  readonly alias: string;
  /** `deny` refuses hidden paths that no rule allows, `allow` only refuses what is never shown. */
  readonly hidden: "deny" | "allow";
  /** Absolute directories that no outsider's path may lead into, such as our own state where it lies in the project. */
  readonly closed: readonly string[];
  readonly ignore: IgnoreOptions;
}

export interface WorkspaceOptions {
  /** `deny` when absent. */
  readonly hidden?: "deny" | "allow";
  readonly closed?: readonly string[];
  readonly ignore?: IgnoreOptions;
}

/** Opens a directory as the workspace. Throws `workspace.not-found` or `workspace.not-a-directory`. */
export function openWorkspace(directory: string, options: WorkspaceOptions = {}): Workspace {
  const alias = path.resolve(directory);
  const stats = statsOf(alias);
  if (stats === undefined) {
    throw new UserError("workspace.not-found", `${directory} does not exist`, { hint: "Name an existing directory." });
  }
  if (!stats.isDirectory()) {
    throw new UserError("workspace.not-a-directory", `${directory} is not a directory`, {
      hint: `Did you mean ${path.dirname(alias)}?`,
    });
  }
  const root = realpathSync.native(alias);
  // One that holds the whole workspace would close all of it.
  const isBelow = (directory: string) => directory.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
  return {
    root,
    alias,
    hidden: options.hidden ?? "deny",
    closed: (options.closed ?? []).map(realOrNamed).filter(isBelow),
    ignore: options.ignore ?? {},
  };
}

/** What stands at a path; undefined where nothing can, as below a file. */
function statsOf(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, "ENOTDIR")) return undefined;
    throw new UserError("workspace.not-found", `${place} cannot be looked at: ${messageOf(error)}`, {
      hint: "Name a directory that you may read.",
      cause: error,
    });
  }
}

/** Its real path, also where its end is yet to be made. */
function realOrNamed(directory: string): string {
  const named = path.resolve(directory);
  const missing: string[] = [];
  for (let at = named; at !== path.dirname(at); at = path.dirname(at)) {
    if (existsSync(at)) return path.join(realpathSync.native(at), ...missing);
    missing.unshift(path.basename(at));
  }
  return named;
}
