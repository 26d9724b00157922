import { chmodSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { commandEnvironment } from "../../src/workspace/command-env.ts";
import { planCommand } from "../../src/workspace/command-plan.ts";
import { findProgram } from "../../src/workspace/find-program.ts";
import { runCommand } from "../../src/workspace/run-command.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const root = writeTree(path.join(base, "work"), {
  "node_modules/.bin/tool": "#!/bin/sh\necho theirs\n",
  "sub/tool.cmd": "",
  "sub/here": "#!/bin/sh\necho here\n",
  "plain.txt": "",
  "../bin/tool": "#!/bin/sh\necho ours $0\n",
  "../bin/other.exe": "",
});
for (const name of ["node_modules/.bin/tool", "sub/here", "../bin/tool"]) chmodSync(path.join(root, name), 0o755);
const bin = path.join(base, "bin");
const workspace = openWorkspace(root);
afterEach(() => vi.unstubAllEnvs());

const usual = process.env["PATH"] ?? "";

describe.skipIf(process.platform === "win32")("a program's name", () => {
  it("stands for the first executable file of that name", () => {
    const searchPath = `${base}/nowhere:${root}/sub:${bin}`;
    expect(findProgram("tool", { cwd: root, searchPath })).toBe(path.join(bin, "tool"));
    expect(findProgram("plain.txt", { cwd: root, searchPath: root })).toBeNull();
    expect(findProgram("sub", { cwd: root, searchPath: root })).toBeNull();
    expect(findProgram("./sub/here", { cwd: root, searchPath })).toBe(path.join(root, "sub/here"));
    expect(findProgram("../sub/here", { cwd: path.join(root, "sub"), searchPath })).toBe(path.join(root, "sub/here"));
  });

  it("is found past what is no directory, as entries of the search path may be", () => {
    const searchPath = `${root}/plain.txt:${root}/plain.txt/bin:${bin}/tool/deeper:${bin}`;
    expect(findProgram("tool", { cwd: root, searchPath })).toBe(path.join(bin, "tool"));
    expect(findProgram("./plain.txt/tool", { cwd: root, searchPath })).toBeNull();
  });

  it("is looked for where the command runs first, with every ending, as Windows does", () => {
    const search = { cwd: path.join(root, "sub"), searchPath: bin, platform: "win32" } as const;
    expect(findProgram("tool", search)).toBe(path.join(root, "sub/tool.cmd"));
    expect(findProgram("other", search)).toBe(path.join(bin, "other.exe"));
    expect(findProgram("other", { ...search, extensions: ".COM" })).toBeNull();
  });

  it("is shown as the file that it stands for, and that file is what runs", async () => {
    vi.stubEnv("PATH", `${bin}:${usual}`);
    expect(planCommand(workspace, { line: "tool x | cat" }).program).toBe(path.join(bin, "tool"));
    expect(planCommand(workspace, { line: "$(tool)" }).program).toBeNull();
    expect(planCommand(workspace, { argv: ["no-such-tool"] }).program).toBeNull();
    const plan = planCommand(workspace, { argv: ["tool"] });
    expect(plan.program).toBe(path.join(bin, "tool"));
    // What comes first in the search path later is not what was shown.
    vi.stubEnv("PATH", `${path.join(root, "node_modules/.bin")}:${usual}`);
    const { output } = await runCommand(workspace, plan, { outputFile: path.join(base, "out.log") });
    expect(output).toBe(`ours ${path.join(bin, "tool")}\n`);
  });

  it("is told to lie in the workspace, by whichever way it leads there", () => {
    vi.stubEnv("PATH", `${path.join(root, "node_modules/.bin")}:${usual}`);
    expect(planCommand(workspace, { argv: ["tool"] }).program).toBe("node_modules/.bin/tool");
    expect(planCommand(workspace, { argv: ["./here"], cwd: "sub" }).program).toBe("sub/here");
    vi.stubEnv("PATH", usual);
    expect(planCommand(workspace, { argv: ["here"], env: { PATH: "sub" } }).program).toBe("sub/here");
  });

  it("is never looked for in places that depend on where the command runs", () => {
    const { PATH } = commandEnvironment({ PATH: `:.:bin:${bin}::/usr/bin:` }, {});
    expect(PATH).toBe(`${bin}:/usr/bin`);
    vi.stubEnv("PATH", `.:sub:${usual}`);
    expect(planCommand(workspace, { argv: ["here"], cwd: "sub" }).program).toBeNull();
  });
});

describe("Windows' search path", () => {
  const windows = (ours: NodeJS.ProcessEnv) => commandEnvironment(ours, {}, "win32");

  it.each(["PATH", "Path", "path"])(
    "is %s to it and PATH to us, without places that depend on where a command runs",
    (name) => {
      const given = [
        ".",
        "",
        "bin",
        "C:\\Windows",
        "node_modules\\.bin",
        "C:tools",
        "\\\\server\\share",
        "D:\\x y",
      ].join(";");
      const { PATH, [name]: own } = windows({ [name]: given });
      expect(PATH).toBe("C:\\Windows;\\\\server\\share;D:\\x y");
      expect(own).toBe(name === "PATH" ? PATH : undefined);
    },
  );

  it("is another variable where letters count", () => {
    expect(commandEnvironment({ PATH: "/bin:.", Path: "." }, {}, "linux")).toMatchObject({
      PATH: "/bin",
      Path: ".",
    });
  });
});
