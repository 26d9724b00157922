import { describe, expect, it } from "vitest";
import { commandEnvironment } from "../../src/workspace/command-env.ts";
import { hiddenStatus } from "../../src/workspace/hidden-policy.ts";
import { bubblewrapArgv } from "../../src/workspace/sandbox.ts";

describe("a hidden path", () => {
  it.each([
    [".git/config", "never"],
    ["sub/.GIT/HEAD", "never"],
    [".env", "never"],
    [".env.production", "never"],
    ["GIT~1/config", "never"],
    [".git./config", "never"],
    [".git::$INDEX_ALLOCATION/config", "never"],
    [".g\u200cit/config", "never"],
    ["\u200d.git/config", "never"],
    ["\uff0egit/config", "never"],
    [".en\u017f", "by-policy"],
    [".\u212Aube/config", "never"],
    [".env .", "never"],
    ["git~x", "always"],
    [".Env.Local", "never"],
    ["a/.ssh/id_rsa", "never"],
    [".npmrc", "never"],
    [".netrc", "never"],
    [".codelab-mcp/x", "never"],
    [".yarnrc.yml", "never"],
    [".github/.env", "never"],
    [".gitignore", "always"],
    [".codelabignore", "always"],
    [".github/workflows/ci.yml", "always"],
    [".eslintrc.json", "always"],
    [".prettierrc", "always"],
    [".env.example", "always"],
    [".gitlab-ci.yml", "always"],
    [".node-version", "always"],
    [".envrc", "always"],
    [".vscode/settings.json", "always"],
    [".secret", "by-policy"],
    ["a/.private/b.ts", "by-policy"],
    [".DS_Store", "by-policy"],
    ["a.ts", "always"],
    ["", "always"],
    ["a.git/x", "always"],
  ])("%j is shown %s", (path, status) => expect(hiddenStatus(path)).toBe(status));
});

describe("the environment of a command", () => {
  it("is what is allowed, quiet, and then what was asked for", () => {
    const ours = {
      PATH: "/bin",
      Path: "C:\\x",
      LC_ALL: "de",
      AWS_SECRET_ACCESS_KEY: "x",
      GITHUB_TOKEN: "x",
      NODE_OPTIONS: "x",
      TERM: "xterm",
      EMPTY: undefined,
      MINE: "m",
    };
    const { PATH, Path, LC_ALL, TERM, ...rest } = commandEnvironment(ours, { A: "1", TERM: "vt100" });
    expect({ PATH, Path, LC_ALL, TERM }).toEqual({
      PATH: "/bin",
      Path: "C:\\x",
      LC_ALL: "de",
      TERM: "vt100",
    });
    expect(Object.keys(rest).toSorted()).toEqual([
      "A",
      "DEBIAN_FRONTEND",
      "GIT_PAGER",
      "GIT_TERMINAL_PROMPT",
      "NO_COLOR",
      "PAGER",
    ]);
  });
});

describe("the sandbox's argv", () => {
  it("ends with the command behind a separator and cuts the network unless wanted", () => {
    const argv = bubblewrapArgv(["--odd", "name"], { root: "/w", cwd: "/w/sub", network: false, hidden: ["/etc"] });
    expect(argv.slice(argv.indexOf("--"))).toEqual(["--", "--odd", "name"]);
    expect(argv).toContain("--unshare-net");
    expect(argv.join(" ")).toContain("--tmpfs /etc --bind /w /w --chdir /w/sub");
    expect(bubblewrapArgv(["x"], { root: "/w", cwd: "/w", network: true })).not.toContain("--unshare-net");
  });
});
