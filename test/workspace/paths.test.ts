import { lstatSync, mkdirSync, readlinkSync, realpathSync, symlinkSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { resolveInside } from "../../src/workspace/paths.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const root = path.join(base, "project");
writeTree(base, {
  "project/a.ts": "",
  "project/src/b.ts": "",
  "project/src/deep/c.ts": "",
  "project/.env": "secret",
  "project/.git/config": "",
  "project/.github/ci.yml": "",
  "project/.hidden/x": "",
  "project/%2e%2e/x": "",
  "project-evil/secret.ts": "",
  "outside/secret.ts": "",
});
const link = (target: string, at: string) => symlinkSync(target, path.join(root, at));
link("../outside", "out-dir");
link("../outside/secret.ts", "out-file");
link("out-file", "chain");
link("loop-b", "loop-a");
link("loop-a", "loop-b");
link("../outside/new.ts", "dangling-out");
link("nowhere", "dangling");
link("src", "in-dir");
link("../a.ts", "src/in-file");
link("..", "src/up");
link("../..", "src/up-out");
link(".env", "innocent");
link("/proc/self", "proc");
symlinkSync(root, path.join(base, "alias"));
const workspace = openWorkspace(path.join(base, "alias"));

/** The code of the error, or the relative path that it resolves to. */
function outcome(given: string): string {
  try {
    return resolveInside(workspace, given).relative;
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
}

describe("refuses", () => {
  it.each([
    "..",
    "../",
    "../outside/secret.ts",
    "a/../../outside",
    "src/../a.ts",
    "./../project/a.ts",
    "/etc/passwd",
    "/",
    "//",
    `${base}/project-evil/secret.ts`,
    `${base}/outside`,
    "out-dir",
    "out-dir/secret.ts",
    "out-dir/new.ts",
    "out-file",
    "chain",
    "loop-a",
    "loop-a/x",
    "dangling",
    "dangling-out",
    "dangling/x",
    "src/up-out",
    "src/up-out/outside/secret.ts",
    "proc",
    "proc/environ",
    "src/up/out-dir/secret.ts",
  ])("%j as outside", (given) => expect(outcome(given)).toBe("permission.outside-workspace"));

  it.each([
    ".env",
    ".ENV",
    ".env.local",
    ".git",
    ".git/config",
    ".GIT/hooks/pre-commit",
    "src/.git/x",
    ".hidden/x",
    ".hidden",
    "innocent",
    ".npmrc",
    ".ssh/id",
    "new/.secret/y",
  ])("%j as hidden", (given) => expect(outcome(given)).toBe("permission.hidden-path"));

  it.each(["a\0", "a.ts\0.png", "x".repeat(5000), `${"é".repeat(200)}`, "a/\ud800"])("%j as no path", (given) =>
    expect(outcome(given)).toBe("request.invalid-path"),
  );

  it("a path through a file", () => expect(outcome("a.ts/x")).toBe("workspace.not-found"));

  it("the system's own trees although the workspace is the whole machine", () => {
    const machine = openWorkspace("/");
    for (const given of ["proc/self/environ", "/sys/kernel", "dev/zero", path.join(root, "proc/environ").slice(1)]) {
      expect(() => resolveInside(machine, given)).toThrow("does not lie inside");
    }
    expect(resolveInside(machine, path.join(root, "a.ts")).absolute).toBe(path.join(root, "a.ts"));
  });
});

describe("resolves", () => {
  it.each([
    ["", ""],
    [".", ""],
    ["./a.ts", "a.ts"],
    ["src//b.ts", "src/b.ts"],
    ["src/", "src"],
    ["in-dir/b.ts", "src/b.ts"],
    ["src/in-file", "a.ts"],
    ["src/up/a.ts", "a.ts"],
    ["new/deep/file.ts", "new/deep/file.ts"],
    ["in-dir/new.ts", "src/new.ts"],
    [".github/ci.yml", ".github/ci.yml"],
    [".gitignore", ".gitignore"],
    [".eslintrc.json", ".eslintrc.json"],
    [".env.example", ".env.example"],
    ["%2e%2e/x", "%2e%2e/x"],
    ["%2e%2e%2foutside", "%2e%2e%2foutside"],
    ["~", "~"],
    ["~root/x", "~root/x"],
    ["file:///etc/passwd", "file:/etc/passwd"],
    ["....//x", "permission.hidden-path"],
    ["..\\outside\\secret.ts", "request.invalid-path"],
    ["src\\b.ts", "request.invalid-path"],
    ["C:\\x", "request.invalid-path"],
    ["a\nb", "a\nb"],
    ["\u202egnp.ts", "\u202egnp.ts"],
  ])("%j to %j", (given, expected) => expect(outcome(given)).toBe(expected));

  it("absolute paths under the root or under the name it was configured by", () => {
    expect(outcome(path.join(root, "src/b.ts"))).toBe("src/b.ts");
    expect(outcome(path.join(base, "alias/src/b.ts"))).toBe("src/b.ts");
    expect(outcome(root)).toBe("");
  });

  it("what other hidden names stand for, when the configuration opens them", () => {
    const open = openWorkspace(root, { hidden: "allow" });
    expect(resolveInside(open, ".hidden/x").exists).toBe(true);
    for (const given of [".env", ".git/config", "innocent"]) expect(() => resolveInside(open, given)).toThrow("hidden");
  });
});

it("says nothing of what lies outside", () => {
  for (const given of ["out-dir/secret.ts", "out-dir/nowhere", "/etc/shadow", "/nowhere"]) {
    expect(() => resolveInside(workspace, given)).toThrow(`${JSON.stringify(given)} does not lie inside the workspace`);
  }
});

describe("against a reference", () => {
  const names = [
    "a.ts",
    "src",
    "b.ts",
    "deep",
    "c.ts",
    "out-dir",
    "out-file",
    "chain",
    "loop-a",
    "dangling",
    "dangling-out",
    "in-dir",
    "in-file",
    "up",
    "up-out",
    "innocent",
    ".env",
    ".git",
    ".github",
    "ci.yml",
    "..",
    "..",
    ".",
    "",
    "new",
    "%2e%2e",
    "~",
    "secret.ts",
    "project",
    "project-evil",
    "outside",
    "a\\b",
    "\0",
    "é",
  ];
  const given = fc
    .tuple(
      fc.constantFrom("", "", "", "/", `${root}/`, `${base}/`, `${base}/project-evil/`, "//", `${root}/../`),
      fc.array(fc.constantFrom(...names), { maxLength: 7 }),
    )
    .map(([head, parts]) => head + parts.join("/"));

  // A million paths (the full size) take some minutes.
  it("lets nothing out for generated paths", { timeout: 1_800_000 }, () => {
    let resolved = 0;
    fc.assert(
      fc.property(given, (text) => {
        const expected = referenceResolve(text);
        const actual = outcome(text);
        if (actual.includes(".outside-workspace") || /^[a-z]+\.(?:hidden-path|invalid-path|not-found)$/.test(actual))
          return;
        resolved++;
        expect(path.join(root, actual)).toBe(expected);
        expect(`${expected}/`.startsWith(`${root}/`)).toBe(true);
      }),
      { numRuns: Number(process.env["CODELAB_FUZZ_PATHS"] ?? 8000) },
    );
    expect(resolved).toBeGreaterThan(200);
  });

  /** Walks a path name by name as the kernel does; null where a link leads nowhere or round in circles. */
  function referenceResolve(text: string): string | null {
    let at = text.startsWith("/") ? "/" : root;
    const todo = text.split("/").reverse();
    for (let steps = 0; todo.length > 0; steps++) {
      if (steps > 200) return null;
      const part = todo.pop();
      if (part === undefined || part === "" || part === ".") continue;
      if (part === "..") {
        at = path.dirname(at);
        continue;
      }
      const next = path.join(at, part);
      if (part.includes("\0")) return null;
      if (!isLink(next)) at = next;
      else {
        const target = readlinkSync(next);
        if (target.startsWith("/")) at = "/";
        todo.push(...target.split("/").reverse());
      }
    }
    return at;
  }

  function isLink(at: string): boolean {
    try {
      return lstatSync(at).isSymbolicLink();
    } catch {
      return false;
    }
  }

  it("which agrees with the system where everything exists", () => {
    mkdirSync(path.join(root, "src/deep"), { recursive: true });
    for (const existing of ["in-dir/deep/c.ts", "src/up/in-dir/in-file", "chain", "src/up-out/outside"]) {
      expect(referenceResolve(existing)).toBe(realpathSync.native(path.join(root, existing)));
    }
  });
});
