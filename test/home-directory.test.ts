import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../src/config.ts";
import { npmOptions } from "../src/embed/fetch/npm-options.ts";
import { homeDirectory } from "../src/home-directory.ts";

const CLI = path.resolve(import.meta.dirname, "../dist/cli.js");

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-home-")));
  writeFileSync(path.join(project, "a.ts"), "export const a = 1;\n");
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Runs the built program, as root under another user's number where one is given. */
function run(args: readonly string[], env: NodeJS.ProcessEnv, uid?: number) {
  const options = { cwd: project, env: { PATH: process.env["PATH"], EMBEDDING_PROVIDER: "none", ...env } };
  return spawnSync(process.execPath, [CLI, ...args], {
    ...options,
    encoding: "utf8",
    ...(uid !== undefined && { uid, gid: uid }),
  });
}

describe("the user's own directory", () => {
  it("is absolute, whatever HOME says", () => {
    expect(path.isAbsolute(homeDirectory() ?? "")).toBe(true);
  });

  it.skipIf(process.platform === "win32").each(["", "relative", ".", "./x"])(
    "is none in the project where HOME is %j: nothing is written there",
    (HOME) => {
      const script = `import { homeDirectory } from ${JSON.stringify(path.resolve(CLI, "../home-directory.js"))};
        process.stdout.write(String(homeDirectory()));`;
      const asked = spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: project, env: { HOME } });
      expect(String(asked.stdout)).toBe(os.userInfo().homedir);
      const shown = run(["models"], { HOME });
      expect([shown.status, shown.stderr]).toEqual([0, ""]);
      expect(readdirSync(project)).toEqual(["a.ts"]);
    },
  );

  // Only root may run as somebody else, who must be let in where the program lies.
  const nobody = 54_321;
  const asNobody = { uid: nobody, gid: nobody, env: { HOME: "/" } };
  const mayTry =
    process.platform === "linux" &&
    process.getuid?.() === 0 &&
    spawnSync(process.execPath, [CLI, "--version"], asNobody).status === 0;
  it.skipIf(!mayTry)("may be none: then the place of everything must be named, and is all that is needed", () => {
    for (const verb of ["status", "search", "doctor"]) {
      const { status, stderr } = run([verb, ...(verb === "search" ? ["a"] : [])], {}, nobody);
      expect([status, stderr]).toEqual([
        1,
        "error: this user has no home directory, and CODELAB_HOME is not set\n" +
          "hint: Set CODELAB_HOME to an absolute path: a directory for all that is kept.\n",
      ]);
    }
    const CODELAB_HOME = path.join(project, "kept");
    mkdirSync(CODELAB_HOME, { mode: 0o777 });
    spawnSync("chmod", ["-R", "a+rwX", project]);
    const indexed = run(["index"], { CODELAB_HOME }, nobody);
    expect([indexed.status, indexed.stderr]).toEqual([0, expect.not.stringContaining("bug")]);
    expect(run(["search", "a"], { CODELAB_HOME }, nobody).stdout).toContain("a.ts:1");
    expect(existsSync(path.join(CODELAB_HOME, "workspaces"))).toBe(true);
    expect(run(["install", "cursor", "--print"], { CODELAB_HOME }, nobody).stderr).toContain("Set HOME");
  });

  it("is asked for only where nothing else is said", () => {
    const sources = { env: {}, cwd: project, homeDir: null };
    expect(() => loadConfig(sources)).toThrow(expect.objectContaining({ code: "request.bad-setting" }));
    expect(loadConfig({ ...sources, env: { CODELAB_HOME: "/x" } }).home).toBe(path.resolve("/x"));
  });

  it("leaves npm's options to the rest where there is none: a project's .npmrc chooses no registry", () => {
    writeFileSync(path.join(project, ".npmrc"), "registry=https://evil.example/\n");
    const before = process.cwd();
    process.chdir(project);
    try {
      expect(JSON.stringify(npmOptions({ PREFIX: project }, null))).not.toContain("evil");
    } finally {
      process.chdir(before);
    }
  });
});
