import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/sha256.ts";
import type { FileContent, FileChange, JournalFiles } from "../../src/approval/journal.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { APPROVAL_MIGRATIONS } from "../../src/approval/schema.ts";
import { undo } from "../../src/approval/undo.ts";
import { diskFiles } from "./disk-files.ts";
import { openTestApprovals, temporaryDirectory } from "./setup.ts";

const file = (text: string, mode = 0o644): FileContent => ({ content: Buffer.from(text), mode });
const text = (content: FileContent | null) => content && Buffer.from(content.content).toString();

async function fixture() {
  const home = temporaryDirectory();
  const root = temporaryDirectory();
  const files = diskFiles(root);
  const approvals = await openTestApprovals({ home });
  const journal = approvals.journalOf(root, files);
  /** An approved write, as the tools make it; `act` may go wrong. */
  const change = async (path: string, after: FileContent | null, act?: (files: JournalFiles) => Promise<void>) => {
    const planned: FileChange = {
      request: "r1",
      tool: after === null ? "delete_file" : "write_file",
      path,
      before: await files.read(path),
      after: after && { hash: sha256(after.content), mode: after.mode },
    };
    const plainly = () => (after === null ? files.remove(path) : files.write(path, after));
    await journal.perform(planned, act === undefined ? plainly : () => act(files));
  };
  const context = { journal, files, audit: approvals.audit, channel: "terminal" };
  return { home, root, files, approvals, journal, change, context };
}

const code = (value: string) => expect.objectContaining({ code: value });

describe("undo", () => {
  it("brings back content, mode and absence, newest first", async () => {
    const { files, change, context, journal, approvals } = await fixture();
    await change("a.txt", file("one"));
    await change("a.txt", file("two", 0o755));
    await change("a.txt", null);
    await undo(context);
    expect(await files.read("a.txt")).toEqual(file("two", 0o755));
    await undo(context);
    expect(await files.read("a.txt")).toEqual(file("one"));
    await undo(context);
    expect(await files.read("a.txt")).toBeNull();
    await expect(undo(context)).rejects.toThrow(code("workspace.nothing-to-undo"));
    expect(
      journal
        .list()
        .map(({ tool, state }) => `${tool}: ${state}`)
        .slice(0, 3),
    ).toEqual(Array(3).fill("undo: done"));
    expect(approvals.audit.list().filter(({ event }) => event === "undo")).toHaveLength(6);
  });

  it("replaces only what it looked at", async () => {
    const seen: unknown[] = [];
    const { context, change } = await fixture();
    await change("a.txt", file("one"));
    await change("a.txt", file("two"));
    const { files } = context;
    const watched: JournalFiles = {
      ...files,
      write: (path, content, expected) => (seen.push(expected), files.write(path, content)),
      remove: (path, expected) => (seen.push(expected), files.remove(path)),
    };
    await undo({ ...context, files: watched });
    await undo({ ...context, files: watched });
    expect(seen).toEqual([sha256(Buffer.from("two")), sha256(Buffer.from("one"))]);
  });

  it("can itself be undone", async () => {
    const { files, change, context, journal } = await fixture();
    await change("a.txt", file("one"));
    await change("a.txt", file("two"));
    await undo(context);
    const [last] = journal.list();
    await undo(context, { id: last?.id });
    expect(text(await files.read("a.txt"))).toBe("two");
  });

  it("refuses where the file changed since, unless forced, and then keeps what it overwrote", async () => {
    const { files, change, context, journal } = await fixture();
    await change("a.txt", file("one"));
    await change("a.txt", file("two"));
    await files.write("a.txt", file("mine"));
    await expect(undo(context)).rejects.toThrow(code("workspace.changed-since"));
    expect(text(await files.read("a.txt"))).toBe("mine");
    await undo(context, { force: true });
    expect(text(await files.read("a.txt"))).toBe("one");
    const [last] = journal.list();
    expect(text(journal.contentBefore(last?.id ?? 0))).toBe("mine");
  });

  it("refuses entries that are unknown, of another workspace, or already undone", async () => {
    const { change, context, approvals, files } = await fixture();
    await change("a.txt", file("one"));
    const elsewhere = { ...context, journal: approvals.journalOf("/elsewhere", files) };
    await expect(undo(elsewhere, { id: 1 })).rejects.toThrow(code("workspace.nothing-to-undo"));
    await expect(undo(context, { id: 99 })).rejects.toThrow(code("workspace.nothing-to-undo"));
    await undo(context, { id: 1 });
    await expect(undo(context, { id: 1 })).rejects.toThrow(code("workspace.not-undoable"));
  });

  it("says so where the replaced file was too large to keep", async () => {
    const { change, context } = await fixture();
    await change("big", file("x".repeat(33_000_000)));
    await change("big", file("small"));
    await expect(undo(context, { id: 2 })).rejects.toThrow(/no copy/);
  });
});

describe("recovery", () => {
  it.each([
    ["before the change", () => Promise.resolve(), "void", "one"],
    ["after the change", (files: JournalFiles) => files.write("a.txt", file("two")), "done", "two"],
    ["halfway, by other hands", (files: JournalFiles) => files.write("a.txt", file("odd")), "unclear", "odd"],
  ])("judges by the file what became of a process that died %s", async (_, act, state, left) => {
    const { home, root, files, journal, change } = await fixture();
    await files.write("a.txt", file("one"));
    const deadPid = spawnSync(process.execPath, ["-e", ""]).pid;
    const dying = change("a.txt", file("two"), async () => {
      await act(files);
      using database = await openDatabase(`${home}/approval.sqlite`, { migrations: APPROVAL_MIGRATIONS });
      database.run("UPDATE undo_journal SET pid = ?", deadPid);
      await new Promise(() => {});
    });
    void dying;
    await expect.poll(() => journal.recover()).toMatchObject([{ path: "a.txt", state }]);
    expect(text(await files.read("a.txt"))).toBe(left);
    expect(root).not.toBe(home);
  });

  it("leaves changes of living processes alone", async () => {
    const { journal, change } = await fixture();
    let finish = () => {};
    const running = change("a.txt", file("one"), () => new Promise((resolve) => (finish = resolve)));
    await expect.poll(() => journal.list()).toMatchObject([{ state: "intent" }]);
    expect(await journal.recover()).toEqual([]);
    finish();
    await running;
    expect(journal.list()).toMatchObject([{ state: "done" }]);
  });

  it("settles a change that failed, and passes the error on", async () => {
    const { journal, change } = await fixture();
    await expect(change("a.txt", file("one"), () => Promise.reject(new RangeError("disk full")))).rejects.toThrow(
      "disk full",
    );
    expect(journal.list()).toMatchObject([{ state: "void", restorable: false }]);
  });
});
