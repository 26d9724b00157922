import { readdirSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { ERAS, textOf } from "../mcp/harness.ts";
import { approves, serve, type Served } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

// Calls that are wrong in themselves: a model is told what is wrong and what is expected, nobody is asked, nothing is done.

type Args = Record<string, unknown>;

const HUGE = "x".repeat(3_000_000);

const WRONG: readonly (readonly [string, string, Args, RegExp])[] = [
  ["nothing", "write_file", {}, /`path` is missing[^]*Expected arguments: path \(string\)/],
  ["neither content nor edits", "write_file", { path: "x" }, /content or edits/],
  [
    "content and edits",
    "write_file",
    { path: "x", content: "", edits: [{ oldText: "a", newText: "b" }] },
    /content or edits/,
  ],
  ["a number for a path", "write_file", { path: 7, content: "x" }, /`path`.*given 7/],
  ["null for content", "write_file", { path: "x", content: null }, /`content`.*given null/],
  ["an empty path", "write_file", { path: "", content: "x" }, /`path`/],
  [
    "a misspelt field",
    "write_file",
    { file_path: "x", content: "x" },
    /Unknown argument `file_path`. Did you mean `path`/,
  ],
  [
    "more than a megabyte",
    "write_file",
    { path: "x", content: "x".repeat(1_100_000) },
    /1100000 bytes; 1048576 are allowed/,
  ],
  ["three megabytes", "write_file", { path: "x", content: HUGE }, /`content`/],
  ["a hash that is none", "write_file", { path: "x", content: "x", expectedHash: "abc" }, /`expectedHash`/],
  [
    "the hash of another file",
    "write_file",
    { path: "a.txt", content: "x", expectedHash: "0".repeat(64) },
    /Read it again/,
  ],
  ["no edits", "write_file", { path: "a.txt", edits: [] }, /`edits`/],
  [
    "an edit that fits twice",
    "write_file",
    { path: "a.txt", edits: [{ oldText: "one", newText: "x" }] },
    /fits 2 places, at lines 1, 2/,
  ],
  [
    "an edit that fits nowhere",
    "write_file",
    { path: "a.txt", edits: [{ oldText: "four", newText: "x" }] },
    /does not occur/,
  ],
  [
    "edits that overlap",
    "write_file",
    {
      path: "a.txt",
      edits: [
        { startLine: 1, endLine: 2, newText: "x\n" },
        { startLine: 2, endLine: 3, newText: "y\n" },
      ],
    },
    /overlaps/,
  ],
  [
    "lines that are not there",
    "write_file",
    { path: "a.txt", edits: [{ startLine: 9, endLine: 9, newText: "x" }] },
    /lines 9 to 9 of 3/,
  ],
  [
    "lines from behind",
    "write_file",
    { path: "a.txt", edits: [{ startLine: 0, endLine: -5, newText: "x" }] },
    /`edits/,
  ],
  [
    "an edit that changes nothing",
    "write_file",
    { path: "a.txt", edits: [{ oldText: "three", newText: "three" }] },
    /change nothing/,
  ],
  ["a file that is not there", "delete_file", { path: "none.txt" }, /none\.txt/],
  ["a directory", "delete_file", { path: "src" }, /directory/],
  ["the workspace", "delete_file", { path: "." }, /./],
  ["a list of files", "delete_file", { path: ["a.txt"] }, /`path`/],
  ["no command", "execute_command", {}, /argv or a line|command/i],
  ["an empty command", "execute_command", { argv: [""] }, /empty/],
  ["both ways", "execute_command", { argv: ["ls"], command: "ls" }, /either argv or/],
  ["a program that is not there", "execute_command", { argv: ["no-such-program-here"] }, /not found/],
  ["a line for argv", "execute_command", { argv: "rm -rf x" }, /`argv`.*given "rm -rf x"/],
  ["numbers in argv", "execute_command", { argv: ["sleep", 1] }, /`argv/],
  ["two thousand words", "execute_command", { argv: Array.from({ length: 2_000 }, () => "x") }, /`argv`/],
  ["a NUL", "execute_command", { argv: ["printf", "a\0b"] }, /NUL/],
  ["a time limit of nothing", "execute_command", { argv: ["ls"], timeoutMs: 0 }, /`timeoutMs`/],
  ["a time limit without end", "execute_command", { argv: ["ls"], timeoutMs: 1e12 }, /`timeoutMs`/],
  ["a variable that is no name", "execute_command", { argv: ["ls"], env: { "A=B": "c" } }, /no variable's name/],
  ["a directory that is not there", "execute_command", { argv: ["ls"], cwd: "none" }, /none/],
  ["an unknown sandbox", "execute_command", { argv: ["ls"], sandbox: "docker" }, /`sandbox`/],
  ["an unknown job", "execute_command", { job: "nope" }, /no background command "nope"/],
  ["a stop without a job", "execute_command", { stop: true }, /job/],
  ["no message", "git_commit", { paths: ["a.txt"] }, /`message` is missing/],
  ["a message of spaces", "git_commit", { message: "  \n", paths: ["a.txt"] }, /`message`/],
  ["no repository", "git_commit", { message: "x", paths: ["a.txt"] }, /no git repository/],
  [
    "an unknown approval",
    "write_file",
    { path: "x", content: "x", approvalId: "0000-0000-0000" },
    /no approval request "0000-0000-0000"/,
  ],
  ["an approval that is a number", "write_file", { path: "x", content: "x", approvalId: 1 }, /`approvalId`/],
];

describe.each(ERAS)("in %s", (era) => {
  let sandbox: Sandbox;
  let served: Served;
  const files = () => readdirSync(sandbox.project, { recursive: true }).map(String).toSorted();

  beforeAll(async () => {
    sandbox = new Sandbox({ "a.txt": "one\none\nthree\n", "src/b.ts": "" });
    const env = { CODELAB_APPROVALS_PER_HOUR: "100000", CODELAB_FILE_OPERATIONS_PER_HOUR: "100000" };
    served = await serve(sandbox, era, { human: approves, env });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    sandbox[Symbol.dispose]();
  });

  it.each(WRONG)("%s for %s is told, and not done", async (_what, tool, args, says) => {
    const before = { files: files(), asked: served.asked.length };
    const result = await served.call(tool, args);
    const text = textOf(result);
    // A program that is not there is only found missing once it is started, after a human's yes.
    if (!text.includes("not found")) expect(served.asked).toHaveLength(before.asked);
    expect([result.isError, text]).toEqual([true, expect.stringMatching(says)]);
    expect(text).not.toMatch(/\n\s+at |fault inside/);
    expect(text.length).toBeLessThan(4_000);
    expect(files()).toEqual(before.files);
  });

  it("an unknown tool is answered with those that there are", async () => {
    const result = await served
      .call("rm_rf", {})
      .catch((error: unknown) => ({ isError: true, content: [{ type: "text", text: String(error) }] }));
    expect(textOf(result)).toMatch(/no tool "rm_rf"[^]*write_file|rm_rf/);
  });

  it("whatever is given to a tool that needs a yes, no fault comes of it, and nothing without the yes", async () => {
    const gated = TOOLS.filter(({ access }) => access !== "read");
    const before = files();
    const asked = served.asked.length;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...gated),
        fc.dictionary(
          fc.constantFrom(...gated.flatMap(({ input }) => Object.keys(input.shape)), "other"),
          fc.jsonValue(),
        ),
        async (tool, args) => {
          // What fits is asked about: these are the calls that do not.
          fc.pre(!tool.prepare(args).ok);
          const result = await served.call(tool.name, args);
          expect(result.isError).toBe(true);
          expect(textOf(result)).toMatch(/was not run/);
        },
      ),
      { numRuns: 200 },
    );
    expect(served.asked).toHaveLength(asked);
    expect(files()).toEqual(before);
  });
});
