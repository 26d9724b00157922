import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { parseCoreSettings, readCoreSettings } from "../../src/workspace/git-settings.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
afterEach(() => vi.unstubAllEnvs());

it.each<[string, Record<string, string>]>([
  ["[core]\n\texcludesFile = ~/mine\n", { "core.excludesfile": "~/mine" }],
  ["[CORE] ignoreCase\n", { "core.ignorecase": "true" }],
  ['[core]\n  excludesfile = "a b" # comment\n[other]\n  ignorecase = true', { "core.excludesfile": "a b" }],
  ["[core]\nexcludesfile = a ; b\nexcludesfile = C:\\\\x\\\\y", { "core.excludesfile": "C:\\x\\y" }],
  ['[core "sub"]\nexcludesfile = x\n; [core]\n# y = z', {}],
  ["", {}],
])("reads %j", (text, expected) => expect(Object.fromEntries(parseCoreSettings(text) ?? [])).toEqual(expected));

it("reads values as git does", () => {
  // Tabs between words are left out: versions of git differ about them.
  const pieces = fc.constantFrom("a", " ", '"', "\\\\", '\\"', "\\t", "#", ";", "=", "~/", "ä");
  const value = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(value, { minLength: 20, maxLength: 20 }), (values) => {
      const sound = values.filter((each) => (each.replaceAll('\\"', "").replace(/[^"]/g, "").length & 1) === 0);
      const text = `[core]\n${sound.map((each, index) => `key${index} = ${each}`).join("\n")}\n`;
      writeFileSync(path.join(base, "generated"), text);
      const ours = parseCoreSettings(text);
      if (ours !== null) expect([...ours]).toEqual(gitReads(path.join(base, "generated")) ?? [...ours]);
    }),
    { numRuns: 15 },
  );
});

/** Null for a file that git refuses, as for a quote that is never closed. */
function gitReads(file: string): string[][] | null {
  try {
    const listing = execFileSync("git", ["config", "-z", "--file", file, "--list"], {
      encoding: "utf8",
      stdio: "pipe",
    });
    return listing
      .split("\0")
      .filter(Boolean)
      .map((entry) => entry.split("\n"));
  } catch {
    return null;
  }
}

it("leaves continued lines to git", () => expect(parseCoreSettings("[core]\nexcludesfile = a\\\n b\n")).toBeNull());

it("asks git where a file includes another, and lets the repository have the last word", async () => {
  writeTree(base, {
    config: "[include]\n\tpath = included\n",
    included: "[core]\n\texcludesFile = /from/included\n",
    plain: "[core]\n\texcludesFile = /from/user\n\tignoreCase = true\n",
    "repo/config": "[core]\n\tignorecase = false\n",
  });
  vi.stubEnv("GIT_CONFIG_GLOBAL", path.join(base, "config"));
  expect((await readCoreSettings(base, null)).get("core.excludesfile")).toBe("/from/included");
  vi.stubEnv("GIT_CONFIG_GLOBAL", path.join(base, "plain"));
  const settings = await readCoreSettings(base, path.join(base, "repo/config"));
  expect([settings.get("core.excludesfile"), settings.get("core.ignorecase")]).toEqual(["/from/user", "false"]);
});
