import fc from "fast-check";
import { expect, it } from "vitest";
import { sha256 } from "../../src/sha256.ts";
import type { FileContent, JournalFiles } from "../../src/approval/journal.ts";
import { undo } from "../../src/approval/undo.ts";
import { openTestApprovals } from "./setup.ts";

/** Files in memory: what is under test is the journal, not the disk. */
function memoryFiles(): JournalFiles & { readonly content: Map<string, FileContent> } {
  const content = new Map<string, FileContent>();
  return {
    content,
    read: (path) => Promise.resolve(content.get(path) ?? null),
    write: (path, file) =>
      Promise.resolve(void content.set(path, { content: Buffer.from(file.content), mode: file.mode })),
    remove: (path) => Promise.resolve(void content.delete(path)),
  };
}

const change = fc.record({
  path: fc.constantFrom("a", "b", "dir/c"),
  text: fc.option(fc.string({ maxLength: 5 }), { nil: null }),
  mode: fc.constantFrom(0o644, 0o755),
});

it("undoes any history of changes step by step, back to the beginning", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 10 }), async (changes) => {
      const approvals = await openTestApprovals();
      const files = memoryFiles();
      const journal = approvals.journalOf("/w", files);
      const snapshots: Map<string, FileContent>[] = [];
      for (const { path, text, mode } of changes) {
        const before = await files.read(path);
        if (before === null && text === null) continue;
        snapshots.push(new Map(files.content));
        const after = text === null ? null : { hash: sha256(text), mode };
        await journal.perform({ request: null, tool: "write_file", path, before, after }, () =>
          text === null ? files.remove(path) : files.write(path, { content: Buffer.from(text), mode }),
        );
      }
      const context = { journal, files, audit: approvals.audit, channel: "terminal" };
      for (const snapshot of snapshots.toReversed()) {
        await undo(context);
        expect(files.content).toEqual(snapshot);
      }
      await expect(undo(context)).rejects.toThrow(expect.objectContaining({ code: "workspace.nothing-to-undo" }));
      expect(await approvals.verifyAudit()).toMatchObject({ ok: true });
    }),
    { numRuns: 25 },
  );
});
