import fc from "fast-check";
import { expect, test } from "vitest";
import { KnownLogs } from "../../src/indexer/known-logs.ts";
import { microseconds } from "../../src/store/index-store.ts";
import { makeState } from "../contract/make-chunks.ts";

const FORMAT = "f1";
const names = fc.constantFrom("/a.jsonl", "/b.jsonl", "/ü\n.jsonl", "/d.jsonl");
const stamps = fc.record({
  size: fc.nat(3),
  mtimeMs: fc.constantFrom(1764000000000, 1764000000000.5, 1764000000000.501),
  inode: fc.nat(2),
});
const states = fc
  .record({
    path: names,
    rest: stamps,
    chunker: fc.constantFrom(FORMAT, FORMAT, "f0"),
    skipped: fc.constantFrom(null, null, "no-messages", "forgotten"),
  })
  .map(({ path, rest, chunker, skipped }) => makeState(path, { ...rest, chunker, skipped }));

test("tells, of any index and what was stored since, what a comparison with each state tells", () => {
  const asked = fc.array(fc.record({ path: names, rest: stamps }), { minLength: 1 });
  fc.assert(
    fc.property(
      fc.uniqueArray(states, { selector: ({ path }) => path }),
      fc.array(states),
      asked,
      (first, then, logs) => {
        const known = new KnownLogs(
          first.map(({ path, size, mtimeMs, inode, chunker, skipped }) => {
            return { paths: [path], sizes: [size], mtimes: [microseconds(mtimeMs)], inodes: [inode], chunker, skipped };
          }),
          FORMAT,
        );
        for (const state of then) known.note(state);
        const expected = new Map([...first, ...then].map((state) => [state.path, state]));
        expect(known.count).toBe(expected.size);
        for (const { path, rest } of logs) {
          const state = expected.get(path);
          const isSame =
            state?.chunker === FORMAT &&
            state.size === rest.size &&
            state.mtimeMs === rest.mtimeMs &&
            state.inode === rest.inode;
          const seen = state === undefined ? "new" : isSame ? "same" : "changed";
          const told = known.look({ path, root: "/", ...rest });
          expect(told).toBe(state?.skipped === "forgotten" ? "forgotten" : seen);
        }
      },
    ),
  );
});

test("takes columns of many logs with one chunker and reason, and those of an older one as changed", () => {
  const columns = { paths: ["/a", "/b"], sizes: [1, 2], mtimes: [10, 20], inodes: [3, 4], skipped: null };
  const known = new KnownLogs(
    [
      { ...columns, chunker: "f0" },
      { ...columns, paths: ["/c", "/d"], chunker: FORMAT },
    ],
    FORMAT,
  );
  const look = (path: string, size: number, mtimeMs: number, inode: number) =>
    known.look({ path, root: "/", size, mtimeMs, inode });
  expect(known.count).toBe(4);
  expect(look("/a", 1, 0.01, 3)).toBe("changed");
  expect(look("/c", 1, 0.01, 3)).toBe("same");
  expect(look("/d", 2, 0.02, 4)).toBe("same");
  expect(look("/d", 1, 0.01, 3)).toBe("changed");
});
