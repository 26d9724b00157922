import { compileWildmatch } from "../wildmatch.ts";

/** Paths that a configuration includes whatever ignore files say. */
export interface ForcedIncludes {
  readonly isEmpty: boolean;
  /** Whether `path` (relative to the root) is named, or lies in a directory that is. */
  matches(path: string): boolean;
  /** Whether something under the directory `path` could match, judged by the patterns' leading names without wildcards. */
  mayBeUnder(path: string): boolean;
}

/**
 * Compiles patterns relative to the root, such as `dist/types/**`, `vendor/lib` or `*.lock` (without a slash: at any
 * depth). Directories that are left out are only entered where a pattern's leading names lead there, so `*.lock` does
 * not open up `node_modules` and `node_modules/mine/**` does.
 */
export function parseForcedIncludes(patterns: readonly string[]): ForcedIncludes {
  const compiled = patterns.flatMap((given) => {
    const pattern = given.replace(/\/+$/, "");
    const wholePath = pattern.includes("/");
    const wildmatch = pattern === "" ? null : compileWildmatch(pattern.replace(/^\.?\//, ""), wholePath);
    return wildmatch === null ? [] : [{ wildmatch, wholePath }];
  });
  return {
    isEmpty: compiled.length === 0,
    matches: (path) => {
      const name = path.slice(path.lastIndexOf("/") + 1);
      return compiled.some(({ wildmatch, wholePath }) => wildmatch.matches(wholePath ? path : name));
    },
    mayBeUnder: (path) => {
      const parts = path.split("/");
      return compiled.some(({ wildmatch, wholePath }) => {
        if (!wholePath || wildmatch.literalHead.length === 0) return false;
        const common = Math.min(parts.length, wildmatch.literalHead.length);
        return parts.slice(0, common).every((part, index) => part === wildmatch.literalHead[index]);
      });
    },
  };
}
