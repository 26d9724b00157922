import { describe, expect, it } from "vitest";
import { findChanges } from "../../src/indexer/changes.ts";
import type { SourceState } from "../../src/store/index-store.ts";
import type { WalkedFile, WalkSkip } from "../../src/workspace/walk.ts";

const file = (path: string, mtimeMs = 1, size = 10, inode = 7): WalkedFile => ({ path, mtimeMs, size, inode });
const state = (walked: WalkedFile, skipped: string | null = null, chunker = "1"): SourceState => ({
  ...walked,
  hash: "h",
  language: "text",
  chunker,
  skipped,
});
const find = (files: WalkedFile[], skips: WalkSkip[], known: SourceState[], full = false) =>
  findChanges(files, skips, new Map(known.map((entry) => [entry.path, entry])), { chunker: "1", full });

describe("findChanges", () => {
  it("takes everything as changed for an empty index, newest first", () => {
    const { changed, removed } = find([file("old", 1), file("new", 3), file("mid", 2)], [], []);
    expect(changed.map(({ path }) => path)).toEqual(["new", "mid", "old"]);
    expect(removed).toEqual([]);
  });

  it("reads nothing when stat says that nothing changed", () => {
    const files = [file("a"), file("b")];
    expect(
      find(
        files,
        [],
        files.map((entry) => state(entry)),
      ),
    ).toEqual({
      changed: [],
      unchanged: 2,
      removed: [],
      skipped: [],
    });
  });

  it.each([
    ["time", file("a", 2)],
    ["size", file("a", 1, 11)],
    ["inode", file("a", 1, 10, 8)],
  ])("sees a change of %s", (_, now) => {
    expect(find([now], [], [state(file("a"))]).changed).toEqual([now]);
  });

  it("cuts again what an older chunker cut, and everything when asked to", () => {
    expect(find([file("a")], [], [state(file("a"), null, "0")]).changed).toHaveLength(1);
    expect(find([file("a")], [], [state(file("a"))], true).changed).toHaveLength(1);
  });

  it("finds what was removed", () => {
    expect(find([file("a")], [], [state(file("a")), state(file("b"))]).removed).toEqual(["b"]);
  });

  it("concludes nothing about what lies in a directory that it may not read", () => {
    const known = [state(file("secret/a")), state(file("secretary"))];
    const { removed } = find([], [{ path: "secret", reason: "unreadable" }], known);
    expect(removed).toEqual(["secretary"]);
  });

  it("tells a skipped file once", () => {
    const skip: WalkSkip = { path: "big", reason: "too-large" };
    expect(find([], [skip], []).skipped).toEqual([skip]);
    const again = find([], [skip], [state(file("big"), "too-large")]);
    expect(again).toMatchObject({ skipped: [], removed: [] });
    const wasIndexed = find([], [skip], [state(file("big"))]);
    expect(wasIndexed.skipped).toEqual([skip]);
  });
});
