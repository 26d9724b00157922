import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ERAS, textOf } from "../mcp/harness.ts";
import { serve, type Served, thinking } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

/** Exchanges something while the human still reads what it was. */
type Swap = (at: (name: string) => string, outside: string) => void;

const away = (at: (name: string) => string, name: string) => renameSync(at(name), at(`${name}.was`));

const SWAPS: readonly (readonly [string, string, Record<string, unknown>, Swap])[] = [
  [
    "the directory for a link out of the workspace",
    "write_file",
    { path: "d/new.txt", content: "x" },
    (at, outside) => (away(at, "d"), symlinkSync(outside, at("d"))),
  ],
  [
    "the directory for a link to where hooks are",
    "write_file",
    { path: "d/pre-commit", content: "x" },
    (at) => (away(at, "d"), symlinkSync(at(".git/hooks"), at("d"))),
  ],
  [
    "a directory that is not there yet for a link out",
    "write_file",
    { path: "missing/deep/new.txt", content: "x" },
    (at, outside) => symlinkSync(outside, at("missing")),
  ],
  [
    "a directory that is not there yet for a link that leads nowhere yet",
    "write_file",
    { path: "missing/new.txt", content: "x" },
    (at, outside) => symlinkSync(path.join(outside, "later"), at("missing")),
  ],
  [
    "the file for a link out",
    "write_file",
    { path: "d/a.txt", content: "x" },
    (at, outside) => (rmSync(at("d/a.txt")), symlinkSync(path.join(outside, "secret.txt"), at("d/a.txt"))),
  ],
  [
    "no file for one",
    "write_file",
    { path: "d/new.txt", content: "x" },
    (at) => writeFileSync(at("d/new.txt"), "someone's"),
  ],
  [
    "the file's content",
    "write_file",
    { path: "d/a.txt", content: "x" },
    (at) => writeFileSync(at("d/a.txt"), "two\n"),
  ],
  ["the file's mode", "write_file", { path: "d/a.txt", content: "x" }, (at) => chmodSync(at("d/a.txt"), 0o755)],
  ["the file for another", "delete_file", { path: "d/a.txt" }, (at) => writeFileSync(at("d/a.txt"), "the only copy\n")],
  [
    "the directory of a command for a link out",
    "execute_command",
    { argv: ["touch", "new.txt"], cwd: "d" },
    (at, outside) => (away(at, "d"), symlinkSync(outside, at("d"))),
  ],
  [
    "the directory of a command for a link to another",
    "execute_command",
    { argv: ["touch", "new.txt"], cwd: "d" },
    (at) => (away(at, "d"), symlinkSync(at("e"), at("d"))),
  ],
  [
    "what is committed",
    "git_commit",
    { message: "x", paths: ["d/a.txt"] },
    (at) => writeFileSync(at("d/a.txt"), "two\n"),
  ],
  [
    "the hooks",
    "git_commit",
    { message: "x", paths: ["d/a.txt"], runHooks: true },
    (at) => writeFileSync(at(".git/hooks/pre-commit"), "#!/bin/sh\ntouch PWNED\n", { mode: 0o755 }),
  ],
];

describe.skipIf(process.platform === "win32").each(ERAS)("exchanged while the human reads (%s)", (era) => {
  let sandbox: Sandbox;
  let served: Served;
  let swap: () => void = () => {};
  const at = (name: string) => path.join(sandbox.project, name);
  const outside = () => path.join(sandbox.root, "outside");
  const git = (...args: string[]) => execFileSync("git", args, { cwd: sandbox.project, encoding: "utf8" });
  /** Every file there is, but for git's own, which change with each look. */
  const state = () =>
    [sandbox.project, outside()].flatMap((directory) =>
      readdirSync(directory, { recursive: true, encoding: "utf8" })
        .filter((name) => !name.startsWith(".git") || name.startsWith(".git/hooks"))
        .toSorted(),
    );

  beforeAll(async () => {
    sandbox = new Sandbox();
    const human = () => (swap(), thinking({ action: "accept", content: { decision: "approve_once" } })());
    served = await serve(sandbox, era, { human });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    sandbox[Symbol.dispose]();
  });
  beforeEach(() => {
    for (const directory of [sandbox.project, outside()]) {
      mkdirSync(directory, { recursive: true });
      for (const name of readdirSync(directory)) rmSync(path.join(directory, name), { recursive: true });
    }
    git("init", "-q");
    git("config", "user.name", "A");
    git("config", "user.email", "a@b.c");
    sandbox.write({ "d/a.txt": "one\n", "e/b.txt": "", ".git/hooks/pre-commit": "#!/bin/sh\n" });
    chmodSync(at(".git/hooks/pre-commit"), 0o755);
    writeFileSync(path.join(outside(), "secret.txt"), "secret\n");
  });

  it.each(SWAPS)("%s: %s does nothing", async (_what, tool, args, exchange) => {
    let after: string[] = [];
    swap = () => {
      exchange(at, outside());
      after = state();
    };
    const result = await served.call(tool, args);
    expect(result.isError, textOf(result)).toBe(true);
    expect(state()).toEqual(after);
    expect(existsSync(at("PWNED"))).toBe(false);
    expect(() => git("rev-parse", "--verify", "-q", "HEAD")).toThrow("Command failed");
  });

  it.runIf(era === ERAS[1]).each(SWAPS)("(with nothing exchanged for %s, %s works)", async (_what, tool, args) => {
    swap = () => {};
    const result = await served.call(tool, args);
    expect(result.isError ?? false, textOf(result)).toBe(false);
  });
});
