import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { watchRequests } from "../../src/cli/approvals-watch.ts";
import type { Approvals } from "../../src/approval/open.ts";
import { renderPreview } from "../../src/approval/preview.ts";
import type { ApprovalRequest } from "../../src/approval/request.ts";
import { sha256 } from "../../src/sha256.ts";
import { diskFiles } from "../approval/disk-files.ts";
import { openTestApprovals, temporaryDirectory, writeProposal } from "../approval/setup.ts";
import { recordingPrinter } from "./recording-printer.ts";

async function fixture() {
  const home = temporaryDirectory();
  const workspace = temporaryDirectory();
  const approvals = await openTestApprovals({ home });
  const run = async (...args: string[]) => {
    const printer = recordingPrinter();
    const env = { CODELAB_HOME: home, CODELAB_WORKSPACE: workspace };
    const { signal } = new AbortController();
    const code = await main({ args, printer, signal, env, cwd: workspace, stdinIsTerminal: false, version: () => "1" });
    return { code, stdout: printer.stdout, stderr: printer.stderr };
  };
  return { approvals, home, workspace, run };
}

function ask({ ledger }: Approvals, path = "src/a.ts", client = "Claude Code"): ApprovalRequest {
  const scope = { key: "k", label: "every file" };
  const who = { workspace: "/w", session: "s1", principal: "user", client, tool: "write_file" };
  const preview = renderPreview(writeProposal(path, "new\n", "old\n"));
  return ledger.create({ ...who, arguments: {}, digest: "d", preview, scope });
}

describe("approvals", () => {
  it("lists and shows what waits, and denies with a comment", async () => {
    const { approvals, run } = await fixture();
    expect(await run("approvals")).toMatchObject({ code: 0, stdout: "", stderr: "Nothing waits for approval.\n" });
    const { id } = ask(approvals);
    expect((await run("approvals")).stdout).toMatch(
      new RegExp(`^${id} {2}\\d:\\d\\d left +write_file +Replace src/a.ts {2}/w\n$`),
    );
    expect((await run("approvals", "show", id)).stdout).toContain("-old\n+new\n");
    expect((await run("approvals", "deny", id, "--comment", "not now")).stdout).toBe("denied: Replace src/a.ts\n");
    expect(approvals.ledger.get(id)).toMatchObject({ status: "rejected", channel: "terminal", reason: "not now" });
    const listed = JSON.parse((await run("approvals", "list", "--all", "--json")).stdout) as unknown;
    expect(listed).toMatchObject([{ id, status: "rejected", title: "Replace src/a.ts" }]);
    expect((await run("approvals", "list", "--all")).stdout).toMatch(/ {2}denied +write_file .*T.*Z {2}\/w\n$/);
    const { code, stderr } = await run("approvals", "deny", id);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/refused request[^]*hint: Run `codelab-mcp/),
    });
  });

  it("shows what acts on a terminal written out, wherever a file's name or a client's is shown", async () => {
    const { approvals, run } = await fixture();
    const { id } = ask(approvals, "src/\u001b[2J\u202egnp.ts", "\u001b[1AClaude");
    const shown = [
      await run("approvals", "list"),
      await run("approvals", "show", id),
      await run("approvals", "deny", id),
    ];
    for (const { code, stdout } of shown) {
      expect(code).toBe(0);
      expect(stdout).toContain("⟨ESC⟩[2J⟨U+202E⟩gnp.ts");
      expect(stdout).not.toContain("\u001b");
      expect(stdout).not.toContain("\u202e");
    }
  });

  it.each([["approve"], ["pair"], ["watch"]])("refuses to %s without a human at a terminal", async (action) => {
    const { approvals, run } = await fixture();
    const { id } = ask(approvals);
    const { code, stderr } = await run("approvals", action, ...(action === "approve" ? [id] : []));
    expect(code).toBe(1);
    expect(stderr).toContain("only a human at a terminal");
    expect(approvals.ledger.get(id).status).toBe("pending");
  });

  it("says what is wrong with a call of itself", async () => {
    const { run } = await fixture();
    expect((await run("approvals", "aprove")).stderr).toContain("Did you mean approve? It is list, show, approve");
    expect((await run("approvals", "show")).stderr).toContain("needs the ID");
    expect((await run("approvals", "show", "nothing")).stderr).toContain("no approval request");
  });

  it("shows and takes back standing approvals", async () => {
    const { approvals, run } = await fixture();
    approvals.ledger.decide(ask(approvals).id, { verdict: "approve_session", channel: "page", comment: null });
    expect((await run("approvals", "grants")).stdout).toBe("s1  every file\n");
    expect((await run("approvals", "revoke", "--json")).stdout).toBe('{"revoked":1}\n');
    expect((await run("approvals", "grants")).stderr).toContain("No session");
  });
});

describe("approvals in live mode", () => {
  /** Plays a human who types these lines, one to a question. */
  async function watch(approvals: Approvals, lines: readonly (string | (() => string))[], settleMs = 0) {
    const printer = recordingPrinter();
    const queue = [...lines];
    const questions: string[] = [];
    const answer = (question: string, signal: AbortSignal) => {
      questions.push(question);
      const line = queue.shift();
      if (typeof line === "string") return Promise.resolve(line);
      line?.();
      return new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(new Error("withdrawn"))));
    };
    const { signal } = new AbortController();
    await watchRequests({ ledger: approvals.ledger, printer, signal, ask: answer, settleMs });
    return { stdout: printer.stdout, questions };
  }

  it("asks about each request, the oldest first, until the human quits", async () => {
    const { approvals } = await fixture();
    const ids = ["a.ts", "b.ts", "c.ts", "d.ts"].map((file) => ask(approvals, file).id);
    const { stdout, questions } = await watch(approvals, ["a looks right", "huh", "v", "s", "D no\u001b[2J", "q"]);
    expect(questions[0]).toContain("[s]ession (every file)");
    expect(questions).toHaveLength(6);
    expect(stdout.match(/-old\n\+new/g)).toHaveLength(5);
    expect(stdout).toMatch(/write_file asked by Claude Code in \/w · request [\w-]+ · \d:\d\d left/);
    expect(stdout).toContain('"huh" is none of these.');
    expect(ids.map((id) => approvals.ledger.get(id)).map(({ response, reason }) => [response, reason])).toEqual([
      ["approve_once", "looks right"],
      ["approve_session", null],
      ["deny", "no⟨ESC⟩[2J"],
      [null, null],
    ]);
  });

  it("withdraws a question that another channel answered meanwhile", async () => {
    const { approvals } = await fixture();
    const first = ask(approvals, "a.ts");
    ask(approvals, "b.ts");
    const elsewhere = () => {
      approvals.ledger.decide(first.id, { verdict: "deny", channel: "page", comment: null });
      return "";
    };
    const { stdout } = await watch(approvals, [elsewhere, "q"]);
    expect(stdout).toContain("denied by page: Replace a.ts");
  });

  it("takes no yes that was typed before anyone could read what it is about", async () => {
    const { approvals } = await fixture();
    const ids = ["a.ts", "b.ts"].map((file) => ask(approvals, file).id);
    const { stdout } = await watch(approvals, ["a", "s", "d", "q"], 60_000);
    expect(stdout.match(/look again/g)).toHaveLength(2);
    // A no needs no time.
    expect(ids.map((id) => approvals.ledger.get(id).status)).toEqual(["rejected", "pending"]);
  });

  it("shows all of it when asked to, long facts too", async () => {
    const { approvals } = await fixture();
    const hooks = [{ name: "pre-commit", text: `${"echo\n".repeat(1_000)}echo the end\n`, hash: "x" }];
    const commit = { kind: "commit", message: "m", author: "A", branch: "b", paths: ["a"], diff: "", hooks } as const;
    const who = { workspace: "/w", session: "s1", principal: "user", client: "c", tool: "git_commit" };
    approvals.ledger.create({ ...who, arguments: {}, digest: "d", preview: renderPreview(commit), scope: null });
    const short = await watch(approvals, ["q"]);
    expect(short.stdout).toMatch(/characters NOT SHOWN here\. Type v/);
    expect(short.stdout).not.toContain("echo the end");
    const whole = await watch(approvals, ["v", "q"]);
    expect(whole.stdout.slice(short.stdout.length)).toContain("echo the end");
    expect(whole.stdout.slice(short.stdout.length)).not.toContain("NOT SHOWN");
  });
});

describe("audit and undo", () => {
  it("lists, verifies and exports; verify fails for a log that was changed", async () => {
    const { approvals, home, run } = await fixture();
    const { id } = ask(approvals);
    expect((await run("audit")).stdout).toMatch(new RegExp(`^ +1 .* asked +write_file +pending {2}${id}\n$`));
    expect(await run("audit", "verify")).toMatchObject({ code: 0, stdout: "intact: 1 records\n" });
    const [line = ""] = (await run("audit", "export")).stdout.split("\n");
    expect(JSON.parse(line)).toMatchObject({ record: { seq: 1, request: id } });
    expect((await run("audit", "--limit", "x")).code).toBe(1);
    rmSync(path.join(home, "audit.head.json"));
    expect(await run("audit", "verify")).toMatchObject({ code: 1, stdout: "broken: the head file is missing\n" });
  });

  it("takes back the newest change, and a named one", async () => {
    const { approvals, workspace, run } = await fixture();
    const journal = approvals.journalOf(workspace, diskFiles(workspace));
    const write = async (text: string) => {
      const files = diskFiles(workspace);
      const after = { hash: sha256(text), mode: 0o644 };
      const change = { request: null, tool: "write_file", path: "a.txt", before: await files.read("a.txt"), after };
      await journal.perform(change, () => files.write("a.txt", { content: Buffer.from(text), mode: 0o644 }));
    };
    const text = async () => Buffer.from((await diskFiles(workspace).read("a.txt"))?.content ?? []).toString();
    await write("one");
    await write("two");
    expect((await run("undo", "--list")).stdout).toMatch(/ 2 .*a\.txt {2}done\n +1 .*a\.txt {2}done\n$/);
    expect((await run("undo")).stdout).toBe("a.txt is as it was before change 2\n");
    expect(await text()).toBe("one");
    writeFileSync(path.join(workspace, "a.txt"), "mine");
    expect(await run("undo", "1")).toMatchObject({ code: 1 });
    expect(await run("undo", "1", "--force")).toMatchObject({ code: 0 });
    expect(await diskFiles(workspace).read("a.txt")).toBeNull();
    expect((await run("undo", "x")).stderr).toContain("no number of a change");
  });
});
