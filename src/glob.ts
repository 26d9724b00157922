import { UserError } from "./errors.ts";
import { compileWildmatch } from "./wildmatch.ts";

/**
 * Compiles a glob over relative paths, such as `src/**`, `*.{ts,tsx}` or `test` (without a slash: compared with base
 * names); `!` in front of it takes all other paths. Comparing takes time proportional to the path, whatever the glob.
 * Throws `request.invalid-glob`.
 */
export function compileGlob(glob: string): (path: string) => boolean {
  if (glob.startsWith("!") && glob.length > 1) {
    const matches = compileGlob(glob.slice(1));
    return (path) => !matches(path);
  }
  if (glob.trim() === "") throw invalid(glob, "is empty");
  if (glob.length > MAX_LENGTH) throw invalid(glob.slice(0, 80), `is longer than ${MAX_LENGTH} characters`);
  const alternatives = expandBraces(
    glob.replace(/^\.?\/+/, (lead) => (lead.startsWith(".") ? "" : "/")),
    glob,
  );
  const compiled = alternatives.map((alternative) => {
    const wholePath = alternative.includes("/");
    const wildmatch = compileWildmatch(alternative.replace(/^\//, ""), wholePath);
    if (wildmatch === null) throw invalid(glob, "has a bracket or a backslash that is not closed");
    return { wildmatch, wholePath };
  });
  return (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return compiled.some(({ wildmatch, wholePath }) => wildmatch.matches(wholePath ? path : name));
  };
}

const MAX_LENGTH = 1000;
const MAX_ALTERNATIVES = 256;

/** `a{b,c{d,e}}` -> `ab`, `acd`, `ace`; braces without a comma, and those that are not closed, stay as they are. */
function expandBraces(pattern: string, whole: string): string[] {
  const open = findBraces(pattern);
  if (open === null) return [pattern];
  const head = pattern.slice(0, open.start);
  const tail = pattern.slice(open.end + 1);
  const expanded = open.parts.flatMap((part) => expandBraces(head + part + tail, whole));
  if (expanded.length > MAX_ALTERNATIVES) throw invalid(whole, `has more than ${MAX_ALTERNATIVES} alternatives`);
  return expanded;
}

function findBraces(pattern: string): { start: number; end: number; parts: string[] } | null {
  for (let start = pattern.indexOf("{"); start !== -1; start = pattern.indexOf("{", start + 1)) {
    if (pattern[start - 1] === "\\") continue;
    const parts: string[] = [];
    let depth = 0;
    let from = start + 1;
    for (let at = start; at < pattern.length; at++) {
      const char = pattern[at];
      if (char === "\\") at++;
      else if (char === "{") depth++;
      else if (char === "," && depth === 1) {
        parts.push(pattern.slice(from, at));
        from = at + 1;
      } else if (char === "}" && --depth === 0) {
        if (parts.length === 0) break;
        return { start, end: at, parts: [...parts, pattern.slice(from, at)] };
      }
    }
  }
  return null;
}

function invalid(glob: string, why: string): UserError {
  return new UserError("request.invalid-glob", `The glob ${JSON.stringify(glob)} ${why}`, {
    hint: "Write it such as src/**/*.ts, *.{ts,tsx} or !test/**; without a slash it is compared with file names.",
  });
}
