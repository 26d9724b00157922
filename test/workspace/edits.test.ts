import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Edit, applyEdits } from "../../src/workspace/edits.ts";

const text = "one\ntwo\nthree\ntwo\n";

describe("text edits", () => {
  it.each<[string, string, Edit[], string]>([
    ["replace what occurs once", text, [{ oldText: "three", newText: "3" }], "one\ntwo\n3\ntwo\n"],
    ["replace all on request", text, [{ oldText: "two", newText: "2", replaceAll: true }], "one\n2\nthree\n2\n"],
    ["remove", text, [{ oldText: "one\n", newText: "" }], "two\nthree\ntwo\n"],
    [
      "speak of the text as it was, in any order",
      "a b",
      [
        { oldText: "b", newText: "a" },
        { oldText: "a", newText: "b" },
      ],
      "b a",
    ],
    [
      "match across CRLF and write it",
      "a\r\nb\r\nc\r\n",
      [{ oldText: "a\nb", newText: "x\ny\nz" }],
      "x\r\ny\r\nz\r\nc\r\n",
    ],
    ["take CRLF in the request for line ends", "a\nb\n", [{ oldText: "a\r\nb", newText: "x\r\ny" }], "x\ny\n"],
    [
      "write the more frequent end where ends are mixed",
      "a\r\nb\r\nc\nd",
      [{ oldText: "c", newText: "c\ne" }],
      "a\r\nb\r\nc\r\ne\nd",
    ],
    ["keep the ends of what they do not touch", "a\r\nb\nc\r\n", [{ oldText: "b", newText: "x" }], "a\r\nx\nc\r\n"],
    ["handle lone CR", "a\rb\rc", [{ oldText: "a\nb", newText: "x\ny" }], "x\ry\rc"],
    ["take replacement text literally", "a", [{ oldText: "a", newText: "$& $1 \\n" }], "$& $1 \\n"],
  ])("%s", (_, before, edits, after) => expect(applyEdits(before, edits)).toBe(after));

  it.each<[string, Edit[], string]>([
    ["an ambiguous text, naming the lines", [{ oldText: "two", newText: "2" }], "fits 2 places, at lines 2, 4"],
    ["a text that is not there", [{ oldText: "four", newText: "4" }], "does not occur"],
    ["an empty text", [{ oldText: "", newText: "4" }], "empty oldText"],
    [
      "overlapping edits",
      [
        { oldText: "one\ntwo", newText: "x" },
        { oldText: "two\nthree", newText: "y" },
      ],
      "Edit 2 overlaps another near line 2",
    ],
    ["edits that change nothing", [{ oldText: "one", newText: "one" }], "change nothing"],
    ["no edits", [], "no edit"],
  ])("refuse %s", (_, edits, message) => expect(() => applyEdits(text, edits)).toThrow(message));

  it("hint at the line that only differs in its spaces", () => {
    expect(() => applyEdits("if x:\n    go()\n", [{ oldText: "\tgo()", newText: "" }])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("at line 2") }),
    );
  });
});

describe("line edits", () => {
  it.each<[string, string, Edit, string]>([
    ["replace lines", text, { startLine: 2, endLine: 3, newText: "x" }, "one\nx\ntwo\n"],
    ["remove lines", text, { startLine: 1, endLine: 2, newText: "" }, "three\ntwo\n"],
    ["insert before a line", text, { startLine: 1, endLine: 0, newText: "zero" }, "zero\none\ntwo\nthree\ntwo\n"],
    ["append", text, { startLine: 5, endLine: 4, newText: "end" }, "one\ntwo\nthree\ntwo\nend\n"],
    ["append behind an open line", "a", { startLine: 2, endLine: 1, newText: "b" }, "a\nb"],
    ["replace an open last line", "a\nb", { startLine: 2, endLine: 2, newText: "c" }, "a\nc"],
    ["fill an empty file", "", { startLine: 1, endLine: 0, newText: "a" }, "a"],
    ["keep CRLF", "a\r\nb\r\n", { startLine: 1, endLine: 1, newText: "x\ny" }, "x\r\ny\r\nb\r\n"],
  ])("%s", (_, before, edit, after) => expect(applyEdits(before, [edit])).toBe(after));

  it.each([
    [0, 1],
    [1, 5],
    [6, 5],
    [3, 1],
    [1.5, 2],
  ])("refuse lines %j to %j of 4", (startLine, endLine) => {
    expect(() => applyEdits(text, [{ startLine, endLine, newText: "" }])).toThrow("of 4");
  });
});

it("agrees with a plain replacement for any text and any line ends", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "", "ab", "ü"), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      lines,
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.nat(7),
      fc.nat(7),
      lines,
      (content, end, from, length, added) => {
        const start = Math.min(from, content.length - 1);
        const count = Math.min(length, content.length - start);
        const before = content.map((line) => line + end).join("");
        const newText = added.map((line) => `${line}\n`).join("");
        const after = content
          .toSpliced(start, count, ...added)
          .map((line) => line + end)
          .join("");
        if (after === before) return;
        expect(applyEdits(before, [{ startLine: start + 1, endLine: start + count, newText }])).toBe(after);
      },
    ),
  );
});
