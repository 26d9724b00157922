import { existsSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { numberOf } from "../../src/cli/numbers.ts";
import { portOf } from "../../src/cli/port.ts";
import { Desk } from "./in-process.ts";

let desk: Desk;
beforeAll(() => {
  desk = new Desk({ "a.ts": "export const answer = 42;\n" });
  desk.writeLog("s-old", "the old plan for the launch");
});
afterAll(() => desk[Symbol.dispose]());

/** What is refused: exit code 1, nothing on stdout, one sentence that names the flag. */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await desk.run(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error: .+\n/);
  expect(stderr).not.toMatch(/\n {4}at /);
  return stderr;
}

describe("numbers", () => {
  it("are plain digits within their bounds, or are refused by flag and value", () => {
    const range = { min: 1, max: 100, what: "a whole number" };
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        const isOne = /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 100;
        if (isOne) expect(numberOf("verb", "flag", text, range)).toBe(Number(text));
        else expect(() => numberOf("verb", "flag", text, range)).toThrow(`verb: --flag ${JSON.stringify(text)} is not`);
      }),
    );
  });

  it("of ports are 0 to 65535, with a default where none is given", () => {
    expect([portOf("serve", undefined, 4001), portOf("serve", "0", 1), portOf("serve", "65535", 1)]).toEqual([
      4001, 0, 65_535,
    ]);
    for (const bad of ["", " ", "65536", "-1", "4e3", "0x50", "80 ", "8.0", "http", "٤"])
      expect(() => portOf("serve", bad, 1)).toThrow(/serve: --port .* is not a port from 0 to 65535/);
  });

  /** What a shell makes of a variable that is not set, and what only a programming language takes for a number. */
  const ODD = ["", " ", "0x10", "1e1", "+5", "5 ", "Infinity", "NaN", "٣"];
  it.each([
    [["search", "answer"], "limit"],
    [["audit", "list"], "limit"],
    [["services", "status"], "wait"],
    [["services", "status"], "grace"],
    [["store", "plan"], "vectors"],
    [["store", "plan"], "dimensions"],
    [["forget", "--dry-run"], "older-than"],
    [["serve", "--http"], "port"],
  ])("%j refuses an odd --%s", async (words, flag) => {
    for (const value of ODD) expect(await refused(...words, `--${flag}=${value}`)).toContain(`--${flag} `);
  });

  it("may have separators of thousands where they are large", async () => {
    const { vectors } = await desk.json<{ vectors: number }>(["store", "plan", "--vectors", "10,000_000"]);
    expect(vectors).toBe(10_000_000);
    await refused("store", "plan", "--vectors", ",");
  });
});

describe("forget", () => {
  it("takes no empty condition for one that all conversations meet", async () => {
    await desk.run(["index"]);
    for (const condition of ["older-than", "session", "project", "pattern"])
      expect(await refused("forget", `--${condition}=`)).toContain(`--${condition} `);
    expect(await refused("forget", "--project", "shop", "--pattern", " ")).toContain("--pattern is empty");
    expect(await refused("forget")).toContain("Nothing says what to forget");
    const { hits } = await desk.json<{ hits: { sessionId: string }[] }>(["search", "--in", "conversations", "launch"]);
    expect(hits.map(({ sessionId }) => sessionId)).toContain("s-old");
  });
});

describe("flags that contradict each other or mean nothing", () => {
  it.each([
    [
      ["search", "x", "--session", "s"],
      /--session narrows a search of conversations, not of code\nhint: Add --in conv/,
    ],
    [["search", "x", "--since", "2026-01-01"], /--since narrows/],
    [["search", "x", "--in", "conversations", "--path", "src/**"], /--path narrows a search of code/],
    [["search", "x", "--in", "conversations", "-l", "python"], /--language narrows/],
    [
      ["search", "x", "--in", "mail"],
      /--in mail is neither code nor conversations\nhint: It is code or conversations\./,
    ],
    [["search", "x", "--in", "conv"], /hint: Did you mean conversations\? It is code or/],
    [["search", "x", "--language", "klingon"], /no language "klingon"\nhint: It is ada, .*typescript.* or zig\./],
    [["search", "x", "-l", "pyhton"], /no language "pyhton"\nhint: Did you mean python\?/],
    [["search", "x", "--language="], /no language ""/],
    [["models", "list", "gte-small"], /list takes no model/],
    [["models", "drop"], /unknown action "drop"\nhint: It is list or pull\./],
    [["audit", "burn"], /unknown action "burn"/],
    [["policy", "explain"], /explain TOOL ARGUMENTS/],
    [["policy", "explain", "write_file", "{"], /arguments are no JSON/],
    [["policy", "explain", "fly", "{}"], /no tool "fly"\nhint: It is search_code, /],
    [["policy", "explain", "write_fle", "{}"], /hint: Did you mean write_file\?/],
    [["policy", "expalin"], /unknown action "expalin"\nhint: Say `show`/],
    [["store", "sell"], /unknown action "sell"/],
    [["store", "status", "--in", "mail"], /--in: "mail" is refused/],
    [["store", "migrate", "--to", "moon"], /--to: "moon" is refused\nhint: It is qdrant or embedded\./],
    [["store", "migrate", "--to", "embeded"], /hint: Did you mean embedded\?/],
    [
      ["services", "strat"],
      /unknown action "strat"\nhint: Did you mean start\? It is status, start, stop or restart\./,
    ],
    [["services", "start", "embedings"], /no service "embedings"\nhint: Did you mean embeddings\?/],
    [["models", "pull", "gte-smal"], /no model "gte-smal" in the catalogue\nhint: Did you mean gte-small\?/],
    [["install", "claude"], /no client "claude"\nhint: Did you mean claude-code\?/],
    [
      ["install", "cursor", "--scope", "projct"],
      /no scope "projct"\nhint: Did you mean project\? It is project or user\./,
    ],
    [["agent", "codr", "mend it"], /no agent "codr"\nhint: Did you mean coder\?/],
    [
      ["status", "--log-level", "warning"],
      /--log-level: "warning" is refused\nhint: Did you mean warn\? .*\. Least severe/,
    ],
    [["index", "--provider", "locl"], /--provider: "locl" is refused\nhint: Did you mean local\?/],
    [["store", "backup"], /Name the directory/],
    [["undo", "first"], /"first" is no number of a change/],
    [["undo", "0x1"], /"0x1" is no number of a change/],
    [["approvals", "forgive"], /unknown action "forgive"\nhint: It is list, show/],
    [["approvals", "show"], /needs the ID of a request/],
    [["install"], /CLIENT is missing/],
    [["agent", "ask"], /give a role and a task/],
    [["agent", "ask", "  "], /give a role and a task/],
    [["embeddings", "--print-config", "emacs"], /emacs/],
    [["embeddings", "--print-config", "openai"], /hint: Did you mean openai-node\?/],
  ])("%j", async (args, message) => {
    expect(await refused(...args)).toMatch(message);
  });

  it("are told before anything is opened or written", async () => {
    using fresh = new Desk();
    await fresh.run(["search", "x", "--limit", "0"]);
    await fresh.run(["search", "x", "--session", "s"]);
    await fresh.run(["forget", "--older-than", ""]);
    expect(existsSync(fresh.home)).toBe(false);
  });
});

describe("an error", () => {
  it("is JSON where JSON was asked for by a flag, not by a word", async () => {
    const asked = await desk.run(["undo", "first", "--json"]);
    expect(JSON.parse(asked.stdout)).toEqual({
      error: {
        code: "request.bad-arguments",
        message: 'undo: "first" is no number of a change',
        hint: "Run `codelab-mcp undo --list` to see them.",
      },
    });
    const word = await desk.run(["search", "--limit", "0", "--", "--json"]);
    expect(word.stdout).toBe("");
  });

  it("after Ctrl-C is none: the exit code alone says that it was stopped", async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await desk.run(["index"], { signal: stop.signal })).toEqual({ code: 130, stdout: "", stderr: "" });
  });

  it("writes control characters out instead of letting them act on the terminal", async () => {
    const { stderr } = await desk.run(["\u001b[2J\u202everb"]);
    expect(stderr).toContain("⟨ESC⟩[2J⟨U+202E⟩verb");
  });
});
