import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unifiedDiff } from "../../src/approval/diff.ts";

/** Applies a unified diff to `before`: the reference that every diff is held against. */
function patch(before: string, diff: string): string {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const rows = diff.match(/[^\n]*\n/g) ?? [];
  let result = "";
  let at = 0;
  for (let row = 0; row < rows.length; row++) {
    const text = rows[row] ?? "";
    const header = /^@@ -(\d+),(\d+) \+\d+,\d+ @@/.exec(text);
    if (header) {
      const start = Number(header[2]) === 0 ? Number(header[1]) : Number(header[1]) - 1;
      while (at < start) result += lines[at++];
      continue;
    }
    if (text.startsWith("\\")) continue;
    const bare = rows[row + 1]?.startsWith("\\") ? text.slice(1, -1) : text.slice(1);
    if (text[0] === "+") result += bare;
    else {
      expect(lines[at]).toBe(bare);
      if (text[0] === " ") result += bare;
      at++;
    }
  }
  return result + lines.slice(at).join("");
}

const document = fc
  .array(fc.constantFrom("a", "b", "c", "", "dd"), { maxLength: 40 })
  .chain((lines) => fc.boolean().map((end) => lines.join("\n") + (end && lines.length > 0 ? "\n" : "")));

describe("unifiedDiff", () => {
  it("always patches the old text into the new one, counting what it shows", () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const diff = unifiedDiff(before, after);
        expect(patch(before, diff.text)).toBe(after);
        const rows = diff.text.split("\n");
        expect(rows.filter((row) => row.startsWith("+")).length).toBe(diff.added);
        expect(rows.filter((row) => row.startsWith("-")).length).toBe(diff.removed);
      }),
      { numRuns: 500 },
    );
  });

  it("is empty for equal texts and tells a missing last newline", () => {
    expect(unifiedDiff("a\nb\n", "a\nb\n").text).toBe("");
    expect(unifiedDiff("a\n", "a").text).toBe("@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n");
  });

  it("keeps distant changes in hunks of their own", () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
    const changed = lines.with(4, "five").with(34, "thirty-five");
    const { text, added, removed } = unifiedDiff(`${lines.join("\n")}\n`, `${changed.join("\n")}\n`);
    expect(text.match(/^@@.*@@$/gm)).toEqual(["@@ -2,7 +2,7 @@", "@@ -32,7 +32,7 @@"]);
    expect([added, removed]).toEqual([2, 2]);
  });

  it("stays exact when almost everything differs in a large file", () => {
    const before = Array.from({ length: 6_000 }, (_, index) => `old ${index}\n`).join("");
    const after = Array.from({ length: 6_000 }, (_, index) =>
      index % 3 === 0 ? `old ${index}\n` : `new ${index}\n`,
    ).join("");
    expect(patch(before, unifiedDiff(before, after).text)).toBe(after);
  });
});
