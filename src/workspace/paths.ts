import { lstatSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { UserError, hasErrno } from "../errors.ts";
import { hiddenStatus } from "./hidden-policy.ts";
import { belowOnWindows, windowsHazard } from "./windows-names.ts";
import type { Workspace } from "./workspace.ts";

declare const proven: unique symbol;

/** A path that was proven to lie inside the workspace; only `resolveInside` makes one. */
export interface SafePath {
  /** Real absolute path: no part of it that exists is a link. */
  readonly absolute: string;
  /** The same relative to the root, with `/`; empty for the root. */
  readonly relative: string;
  readonly exists: boolean;
  readonly [proven]: true;
}

/**
 * Turns a path from outside into a real one inside the workspace: the only place where that happens. Relative paths
 * count from the root; absolute ones must lie under it. Links are followed and must end inside. Nothing is decoded or
 * expanded: `%2e`, `~` and `file://` are names like any other.
 *
 * What it returns was true at that moment; whoever opens the path proves it again on the descriptor.
 * Throws `request.invalid-path`, `permission.outside-workspace`, `permission.hidden-path` or `workspace.not-found`.
 */
export function resolveInside(workspace: Workspace, given: string): SafePath {
  const shown = JSON.stringify(given.length > 200 ? `${given.slice(0, 200)}…` : given);
  const relative = readRelative(workspace, given, shown);
  refuseHidden(workspace, relative, shown);
  const { absolute, exists } = locate(workspace.root, relative, shown);
  if (!isInside(workspace.root, absolute)) throw outside(shown);
  const real = path.relative(workspace.root, absolute).split(path.sep).join("/");
  // The name that was given and the one it leads to must both be allowed.
  if (real !== relative) refuseHidden(workspace, real, shown);
  if (SYSTEM.test(absolute)) throw outside(shown);
  if (isClosed(workspace, absolute)) throw hidden(shown, "never");
  return { absolute, relative: real, exists } as SafePath;
}

/** Whether an absolute path is the directory `root` or lies under it, judged by whole names. */
export function isInside(root: string, absolute: string): boolean {
  return absolute === root || absolute.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

/** Whether an absolute path lies where no outsider's path may lead. */
export function isClosed(workspace: Workspace, absolute: string): boolean {
  return workspace.closed.some((directory) => isInside(directory, absolute));
}

/** Places that are no files on a disk, even for a workspace that is the whole machine. */
const SYSTEM = /^\/(?:proc|sys|dev)(?:\/|$)/;
/** What Linux takes as a path, and any other system too. */
const MAX_LENGTH = 4096;
const MAX_NAME_BYTES = 255;
/** Half a character, which would become another name on its way to the disk. */
const LONE_SURROGATE = /\p{Cs}/u;

function readRelative(workspace: Workspace, given: string, shown: string): string {
  if (given.includes("\0")) throw invalid(shown, "contains a NUL character");
  if (given.length > MAX_LENGTH) throw invalid(shown, "is too long");
  if (LONE_SURROGATE.test(given)) throw invalid(shown, "is no valid text");
  // A name may hold one here, but who sends one means a directory; taking it literally would hide the mistake.
  if (given.includes("\\") && process.platform !== "win32") {
    throw new UserError("request.invalid-path", `${shown} contains a backslash`, {
      hint: "Separate directories with `/`.",
    });
  }
  const rest = path.isAbsolute(given) ? belowEither(workspace, given) : given;
  // Of a path inside, its own directory may lie on a server.
  const hazard = process.platform === "win32" ? windowsHazard(rest ?? given) : null;
  if (hazard !== null) throw invalid(shown, hazard);
  if (rest === null) throw outside(shown);
  const separators = process.platform === "win32" ? /[\\/]+/ : /\/+/;
  const parts = rest.split(separators).filter((part) => part !== "" && part !== ".");
  // Behind a link `..` leads elsewhere than it seems to, and nobody needs it.
  if (parts.includes("..")) {
    throw new UserError("permission.outside-workspace", `${shown} climbs with ".."`, {
      hint: "Give the path relative to the workspace, without `..`.",
    });
  }
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES))
    throw invalid(shown, "has a name that is too long");
  return parts.join("/");
}

/** What follows the workspace's directory in an absolute path, by either of its names; null for a path elsewhere. */
function belowEither({ root, alias }: Workspace, given: string): string | null {
  for (const base of [root, alias]) {
    if (process.platform === "win32") {
      const rest = belowOnWindows(base, given);
      if (rest !== null) return rest;
    } else if (isInside(base, given)) return given.slice(base.length);
  }
  return null;
}

/** Follows all links of what exists; what does not exist yet is appended to its deepest existing directory. */
function locate(root: string, relative: string, shown: string): { absolute: string; exists: boolean } {
  const missing: string[] = [];
  for (let at = path.join(root, relative); isInside(root, at); at = path.dirname(at)) {
    try {
      const real = realpathSync.native(at);
      if (missing.length === 0) return { absolute: real, exists: true };
      if (isInside(root, real) && !statSync(real).isDirectory()) throw notFound(shown);
      return { absolute: path.join(real, ...missing), exists: false };
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (!hasErrno(error, "ENOENT", "ENOTDIR")) throw unresolvable(error, shown);
      // A link that leads nowhere yet would be followed by whoever creates the file.
      if (isLink(at)) throw outside(shown);
      missing.unshift(path.basename(at));
    }
    if (at === path.dirname(at)) break;
  }
  throw new UserError("workspace.not-found", "The workspace directory itself is gone");
}

function isLink(at: string): boolean {
  try {
    return lstatSync(at).isSymbolicLink();
  } catch {
    return false;
  }
}

function refuseHidden(workspace: Workspace, relative: string, shown: string): void {
  const status = hiddenStatus(relative);
  if (status === "always" || (status === "by-policy" && workspace.hidden === "allow")) return;
  throw hidden(shown, status);
}

function hidden(shown: string, status: "by-policy" | "never"): UserError {
  return new UserError("permission.hidden-path", `${shown} is hidden and not open to agents`, {
    hint:
      status === "never"
        ? "Secrets and repository internals are never shown; ask the user for what you need."
        : "The user can open hidden files to agents (CODELAB_HIDDEN_FILES=allow).",
  });
}

function unresolvable(error: unknown, shown: string): UserError {
  if (hasErrno(error, "ELOOP")) return outside(shown);
  if (hasErrno(error, "ENAMETOOLONG")) return invalid(shown, "is too long");
  return new UserError("workspace.unreadable", `${shown} cannot be reached`, { cause: error });
}

function outside(shown: string): UserError {
  return new UserError("permission.outside-workspace", `${shown} does not lie inside the workspace`, {
    hint: "Give a path relative to the workspace; links must not lead out of it.",
  });
}

function invalid(shown: string, why: string): UserError {
  return new UserError("request.invalid-path", `${shown} ${why}`);
}

function notFound(shown: string): UserError {
  return new UserError("workspace.not-found", `${shown} does not exist: a part of it is a file, not a directory`);
}
