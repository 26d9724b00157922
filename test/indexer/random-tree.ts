import { lstatSync, type Stats, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";

/** What a person, an editor or git does to a project. */
export type TreeAct =
  | { readonly kind: "write" | "binary" | "huge" | "link"; readonly at: string }
  | { readonly kind: "rename"; readonly at: string; readonly to: string }
  | { readonly kind: "remove"; readonly at: string }
  | { readonly kind: "ignore"; readonly at: string; readonly rules: readonly string[] };

const folder = fc.constantFrom("", "a/", "a/b/", "c/", "c/ d/");
const leaf = fc.constantFrom("x.ts", "y.py", "README.md", "data.log", "Ünï 日.ts", "b");
const file = fc.tuple(folder, leaf).map((parts) => parts.join(""));
const place = fc.oneof(file, fc.constantFrom("a", "a/b", "c", "c/ d"));
const rule = fc.constantFrom("*.log", "/a/", "b/", "!y.py", "*.ts", "c/ d", "# nothing", "README.md");

/** One act somewhere in a small tree, in which files and directories often meet in one place. */
export const treeAct: fc.Arbitrary<TreeAct> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("write" as const), at: file }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("binary" as const, "huge" as const, "link" as const), at: file }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename" as const), at: place, to: place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: place }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("ignore" as const),
      at: folder.map((each) => `${each}.gitignore`),
      rules: fc.array(rule, { maxLength: 3 }),
    }),
  },
);

/** Files larger than this are left out of the index in these tests. */
export const MAX_BYTES = 2_000;

/**
 * Does it, and tells which paths (absolute) a watcher would report: those that changed, and the directories that were
 * made for them. Acts that make no sense as the tree is do nothing. `count` makes each content another, in size too.
 */
export function act(root: string, what: TreeAct, count: number): string[] {
  const at = path.join(root, what.at);
  switch (what.kind) {
    case "remove":
      if (!exists(at)) return [];
      rmSync(at, { recursive: true });
      return [at];
    case "rename": {
      const to = path.join(root, what.to);
      if (!exists(at) || exists(to) || `${to}/`.startsWith(`${at}/`)) return [];
      const made = parents(root, to);
      if (made === null) return [];
      renameSync(at, to);
      return [...made, at, to];
    }
    case "write":
    case "binary":
    case "huge":
    case "link":
    case "ignore": {
      const made = parents(root, at);
      if (made === null || isFolder(at)) return [];
      rmSync(at, { force: true });
      if (what.kind === "link") symlinkSync("nowhere", at);
      else writeFileSync(at, contentOf(what, count));
      return [...made, at];
    }
  }
}

function contentOf(what: TreeAct, count: number): string {
  if (what.kind === "ignore") return `${what.rules.join("\n")}\n${"#".repeat(count)}\n`;
  if (what.kind === "binary") return "\0".repeat(count + 10);
  const size = what.kind === "huge" ? MAX_BYTES + count : count;
  return `export const version${count} = ${count};\n// ${"x".repeat(size)}\n`;
}

/** Makes the directories above a path, and tells which were new; null where a file stands in the way. */
function parents(root: string, at: string): string[] | null {
  const made: string[] = [];
  for (let above = path.dirname(at); above !== root; above = path.dirname(above)) {
    if (isFolder(above)) break;
    if (exists(above)) return null;
    made.push(above);
  }
  mkdirSync(path.dirname(at), { recursive: true });
  return made;
}

function exists(at: string): boolean {
  return stats(at) !== undefined;
}

function isFolder(at: string): boolean {
  return stats(at)?.isDirectory() === true;
}

function stats(at: string): Stats | undefined {
  try {
    return lstatSync(at);
  } catch {
    return undefined;
  }
}
