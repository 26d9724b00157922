import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { deleteFile } from "../../src/tools/delete-file.ts";
import { executeCommand } from "../../src/tools/execute-command.ts";
import type { CommandOutcome } from "../../src/tools/gated-ports.ts";
import { gitCommit } from "../../src/tools/git-commit.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { writeFile } from "../../src/tools/write-file.ts";
import { callBy, ENDED, fakeContext, runText } from "./fake-context.ts";

/** The proposal that a human would be asked about; nothing is done. */
async function proposalOf(tool: Tool, args: unknown, context = fakeContext()) {
  const prepared = tool.prepare(args);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared));
  const { proposal } = await prepared.call.stage(context, callBy());
  return proposal;
}

test("write_file proposes the change whole and touches nothing", async () => {
  const context = fakeContext({ "a.txt": "one\n" });
  const proposal = await proposalOf(writeFile, { path: "a.txt", content: "two\n" }, context);
  expect(proposal).toMatchObject({
    kind: "write",
    path: "a.txt",
    before: { text: "one\n" },
    after: { text: "two\n" },
    warnings: [],
  });
  expect(readFileSync(path.join(context.root, "a.txt"), "utf8")).toBe("one\n");
});

test("write_file creates, replaces and edits", async () => {
  const context = fakeContext({ "a.txt": "one\ntwo\n" });
  const read = (name: string) => readFileSync(path.join(context.root, name), "utf8");
  expect(await runText(writeFile, { path: "n/b.txt", content: "new\n" }, context)).toMatch(
    /^Created n\/b\.txt: 4 bytes, sha256 /,
  );
  expect(read("n/b.txt")).toBe("new\n");
  const edits = [
    { oldText: "one", newText: "1" },
    { startLine: 3, endLine: 2, newText: "3" },
  ];
  expect(await runText(writeFile, { path: "a.txt", edits }, context)).toMatch(/^Replaced a\.txt/);
  expect(read("a.txt")).toBe("1\ntwo\n3\n");
});

test("write_file refuses what changed between the look and the act", async () => {
  const context = fakeContext({ "a.txt": "one\n" });
  const prepared = writeFile.prepare({ path: "a.txt", content: "two\n" });
  if (!prepared.ok) throw new Error("refused");
  const staged = await prepared.call.stage(context, callBy());
  writeFileSync(path.join(context.root, "a.txt"), "someone else's\n");
  await expect(staged.run("r1")).rejects.toMatchObject({ code: "workspace.changed-since" });
  expect(readFileSync(path.join(context.root, "a.txt"), "utf8")).toBe("someone else's\n");
});

test("write_file refuses text that does not parse, unless told otherwise, and then warns the human", async () => {
  const context = fakeContext();
  const args = { path: "a.json", content: "{}}\n" };
  await expect(proposalOf(writeFile, args, context)).rejects.toMatchObject({
    code: "workspace.syntax-error",
    message: "a.json would no longer parse: line 1, unexpected }",
  });
  const proposal = await proposalOf(writeFile, { ...args, allowSyntaxErrors: true }, context);
  expect(proposal).toMatchObject({ warnings: ["Does not parse: line 1, unexpected }."] });
});

test.each([
  [{ path: "../a.txt", content: "" }, "permission.outside-workspace"],
  [{ path: "a.txt" }, "request.invalid-edit"],
  [{ path: "a.txt", content: "", edits: [{ oldText: "x", newText: "y" }] }, "request.invalid-edit"],
  [{ path: "a.txt", edits: [{ oldText: "nowhere", newText: "y" }] }, "request.edit-not-found"],
  [{ path: "a.txt", content: "", expectedHash: "0".repeat(64) }, "workspace.changed-since"],
  [{ path: "none.txt", edits: [{ oldText: "x", newText: "y" }] }, "workspace.not-found"],
])("write_file %j is refused before anyone is asked", async (args, code) => {
  await expect(proposalOf(writeFile, args, fakeContext({ "a.txt": "one\n" }))).rejects.toMatchObject({ code });
});

test.each([
  [{ path: "a", edits: [] }],
  [{ path: "a", edits: [{ oldText: "", newText: "" }] }],
  [{ path: "a", edits: [{ oldText: "x", newText: "y", startLine: 1, endLine: 1 }] }],
  [{ path: "a", content: 1 }],
  [{ path: "a", content: "", expectedHash: "zz" }],
  [{ path: "a", content: "", approvalId: 7 }],
  [{ path: "a", content: "", approvalId: "" }],
])("write_file does not take %j", (args) => {
  expect(writeFile.prepare(args).ok).toBe(false);
});

test("an approval's id is no part of what is approved", () => {
  const prepared = writeFile.prepare({ path: "a", content: "", approvalId: "r7" });
  expect(prepared).toMatchObject({ ok: true, call: { approvalId: "r7", input: { path: "a", content: "" } } });
  expect(prepared.ok && "approvalId" in prepared.call.input).toBe(false);
});

test("delete_file shows what will be gone, and removes it", async () => {
  const context = fakeContext({ "a.txt": "one\n" });
  expect(await proposalOf(deleteFile, { path: "a.txt" }, context)).toMatchObject({
    kind: "delete",
    before: { text: "one\n" },
  });
  expect(await runText(deleteFile, { path: "a.txt" }, context)).toContain("Deleted a.txt");
  expect(existsSync(path.join(context.root, "a.txt"))).toBe(false);
});

test("git_commit shows what it will commit, and commits that", async () => {
  const context = fakeContext({ "a.ts": "const a = 1;\n", "b.ts": "const b = 1;\n" });
  const git = (...args: string[]) => execFileSync("git", args, { cwd: context.root, encoding: "utf8" });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "A");
  git("config", "user.email", "a@b.c");
  const args = { message: " Add a \n", paths: ["a.ts"] };
  expect(await proposalOf(gitCommit, args, context)).toMatchObject({
    kind: "commit",
    message: expect.stringMatching(/^Add a\n?$/),
    author: "A <a@b.c>",
    branch: "main",
    paths: ["a.ts"],
    diff: expect.stringContaining("+const a = 1;"),
  });
  expect(await runText(gitCommit, args, context)).toMatch(/^Committed 1 file on main: [0-9a-f]{40}$/);
  expect(git("show", "--stat", "--format=%an %s").trim()).toMatch(/^A Add a\n\n a\.ts \| 1 \+/);
});

test("git_commit runs hooks only as the human saw them", async () => {
  const context = fakeContext({ "a.ts": "const a = 1;\n" });
  const git = (...args: string[]) => execFileSync("git", args, { cwd: context.root, encoding: "utf8" });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "A");
  git("config", "user.email", "a@b.c");
  const hook = path.join(context.root, ".git/hooks/commit-msg");
  writeFileSync(hook, '#!/bin/sh\necho "Issue: 7" >> "$1"\n', { mode: 0o755 });
  const args = { message: "Add a", paths: ["a.ts"] };
  expect(await proposalOf(gitCommit, args, context)).not.toHaveProperty("hooks");
  expect(await proposalOf(gitCommit, { ...args, runHooks: true }, context)).toMatchObject({
    warnings: [],
    hooks: [{ name: "commit-msg", text: expect.stringContaining("Issue: 7") as string }],
  });
  expect(await runText(gitCommit, { ...args, runHooks: true }, context)).toMatch(
    /^Committed 1 file on main: [0-9a-f]{40}\nIts hooks made the message:\nAdd a\nIssue: 7$/,
  );
});

test("execute_command proposes the literal command", async () => {
  const context = fakeContext({ "src/a.ts": "" });
  expect(await proposalOf(executeCommand, { argv: ["ls", "-l", "a b"], cwd: "src", env: { A: "1" } }, context)).toEqual(
    {
      kind: "command",
      run: { argv: ["ls", "-l", "a b"] },
      program: expect.stringMatching(/^\/.*\/ls$/) as string,
      cwd: "src",
      env: { A: "1" },
      timeoutMs: 120_000,
      background: false,
    },
  );
  expect(context.asked.commands).toEqual([]);
});

test.skipIf(process.platform === "win32")("execute_command proposes the sandbox too, where there is one", async () => {
  const context = fakeContext({ "bin/bwrap": "" });
  const args = { command: "ls | wc", timeoutMs: 500, sandbox: "no-network" };
  // The machine of whoever runs this may have none, or be getting one just now.
  vi.stubEnv("PATH", path.join(context.root, "bin"));
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await proposalOf(executeCommand, args)).toMatchObject({
    run: { line: "ls | wc" },
    timeoutMs: 500,
    sandbox: "bubblewrap: writes only in the workspace, no network",
  });
  vi.stubEnv("PATH", path.join(context.root, "nowhere"));
  await expect(proposalOf(executeCommand, args)).rejects.toMatchObject({ code: "workspace.no-sandbox" });
});

test.each([[{}], [{ argv: ["ls"], command: "ls" }], [{ argv: [" "] }], [{ argv: ["ls"], env: { LD_PRELOAD: "x" } }]])(
  "execute_command refuses %j",
  async (args) => {
    await expect(proposalOf(executeCommand, args)).rejects.toMatchObject({ code: "request.invalid-command" });
  },
);

test("a background command is asked about once, and looked after freely", async () => {
  const context = fakeContext();
  const proposal = await proposalOf(executeCommand, { argv: ["npm", "start"], background: true }, context);
  expect(proposal).toMatchObject({ kind: "command", background: true, timeoutMs: null });
  expect(await runText(executeCommand, { argv: ["npm", "start"], background: true }, context)).toContain(
    "Started job j1.",
  );
  expect(await proposalOf(executeCommand, { job: "j1" }, context)).toBeNull();
  expect(await runText(executeCommand, { job: "j1" }, context)).toBe(
    "Job j1 is running; started 1970-01-01T00:00:00.000Z, 3 bytes of output: codelab://output/j1.\n```\nup\n```",
  );
  expect(await runText(executeCommand, { job: "j1", stop: true }, context)).toContain("Job j1 ended by SIGTERM;");
});

test.each([[{ job: "j1", argv: ["ls"] }], [{ job: "j1", command: "ls" }], [{ stop: true, argv: ["ls"] }]])(
  "a job is no way around the gate: %j",
  async (args) => {
    const prepared = executeCommand.prepare(args);
    expect(prepared).toMatchObject({ ok: true, call: { isGated: true } });
    await expect(proposalOf(executeCommand, args)).rejects.toMatchObject({ code: "request.bad-arguments" });
  },
);

test("execute_command reports the last line of output now and then", async () => {
  const prepared = executeCommand.prepare({ argv: ["echo"] });
  if (!prepared.ok) throw new Error("refused");
  const told: string[] = [];
  const call = { ...callBy(), progress: ({ message }: { readonly message: string }) => void told.push(message) };
  await (await prepared.call.stage(fakeContext(), call)).run("r1");
  expect(told).toEqual(["second"]);
});

test.each<readonly [Partial<CommandOutcome>, string]>([
  [{ output: "hi\n", bytes: 3 }, "Exit code 0 after 5 ms.\n```\nhi\n```"],
  [{ exitCode: 3 }, "Exit code 3 after 5 ms. No output."],
  [{ exitCode: null, signal: "SIGSEGV" }, "Ended by SIGSEGV after 5 ms. No output."],
  [{ exitCode: null, stopped: "time limit" }, "Ended by its time limit after 5 ms. No output."],
  [
    { output: "a…b", bytes: 99_999, truncated: true },
    "Exit code 0 after 5 ms. All 99999 bytes of output: codelab://output/o1.\n```\na…b\n```",
  ],
])("execute_command tells how it ended: %j", async (outcome, text) => {
  const fake = fakeContext();
  const run = async () => ({ ...ENDED, ...outcome });
  expect(await runText(executeCommand, { argv: ["x"] }, { ...fake, commands: { ...fake.commands, run } })).toBe(text);
});
