import { realpathSync, statSync } from "node:fs";
import path from "node:path";
import { hasErrno } from "../errors.ts";
import { isSecret } from "./hidden-policy.ts";
import type { DirectoryRules, IgnoreScopes } from "./ignore-scopes.ts";
import type { PathFilter } from "./path-filter.ts";

/** Where a link leads, as far as walking is concerned. */
export type LinkTarget =
  | { readonly kind: "walked" }
  | { readonly kind: "skip"; readonly reason: "symlink-loop" | "symlink-dangling" | "symlink-outside" | "special-file" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "directory"; readonly path: string; readonly rules: DirectoryRules };

/** Judges the link at `link` (relative to the root): a target that is walked under its own path needs nothing. */
export function inspectLink(scopes: IgnoreScopes, filter: PathFilter, link: string): LinkTarget {
  let real: string;
  let isDirectory: boolean;
  try {
    real = realpathSync.native(path.join(scopes.root, link));
    const stats = statSync(real);
    if (!stats.isFile() && !stats.isDirectory()) return { kind: "skip", reason: "special-file" };
    isDirectory = stats.isDirectory();
  } catch (error) {
    return { kind: "skip", reason: hasErrno(error, "ELOOP") ? "symlink-loop" : "symlink-dangling" };
  }
  const relative = path.relative(scopes.root, real);
  // A link to the root or above it would walk the project within itself.
  if (relative === "") return { kind: "skip", reason: "symlink-loop" };
  if (relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    return { kind: "skip", reason: scopes.root.startsWith(real + path.sep) ? "symlink-loop" : "symlink-outside" };
  }
  const target = relative.split(path.sep).join("/");
  if (target === ".git" || target.startsWith(".git/")) return { kind: "walked" };
  // A link is no way around what is closed to everyone, or left out by the user's own word.
  if (isSecret(target) || scopes.isExcluded(target, isDirectory)) return { kind: "walked" };
  const { verdict, rules } = filter.judge(target, isDirectory);
  if (verdict === "take") return { kind: "walked" };
  return isDirectory
    ? { kind: "directory", path: `${target}/`, rules: scopes.withoutGit(rules) }
    : { kind: "file", path: target };
}
