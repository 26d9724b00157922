import { realpathSync } from "node:fs";
import path from "node:path";
import { isInside } from "./paths.ts";

/** A word of a command that names a file elsewhere than it seems to. */
export interface ArgumentLink {
  /** The path as it stands in the command, relative to its directory. */
  readonly word: string;
  /** Where links lead it: relative to the workspace with `/`, or absolute if it lies outside. */
  readonly target: string;
}

/**
 * The relative paths among a command's words, also within `--name=a,b` or `a:b`, that links lead elsewhere. Absolute ones
 * and those with `..` say themselves that they leave. Nothing is opened.
 */
export function linksAmong(root: string, cwd: string, words: readonly string[]): ArgumentLink[] {
  const paths = words.flatMap((word) => [word, ...word.split(/[=,:]/)]);
  return [...new Set(paths)].flatMap((word) => {
    if (word === "" || word.includes("\0") || path.isAbsolute(word)) return [];
    const named = path.join(cwd, word);
    const real = realPathOf(named);
    if (real === null || real === named.replace(/(?<=.)\/+$/, "") || word.split(/[/\\]/).includes("..")) return [];
    return [{ word, target: isInside(root, real) ? path.relative(root, real).split(path.sep).join("/") || "." : real }];
  });
}

function realPathOf(file: string): string | null {
  try {
    return realpathSync.native(file);
  } catch {
    return null;
  }
}
