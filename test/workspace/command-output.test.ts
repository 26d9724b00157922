import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { CommandOutput, readOutputPage, readable } from "../../src/workspace/command-output.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const fresh = () => new CommandOutput(path.join(base, `${randomUUID()}.log`));

it("keeps short output whole however it is cut", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.array(fc.nat(1200), { maxLength: 6 }),
      (given, cuts) => {
        const text = given.replaceAll(/\p{Cc}/gu, "");
        const bytes = Buffer.from(text);
        const output = fresh();
        let from = 0;
        for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
          output.add(bytes.subarray(from, cut));
          from = Math.max(from, Math.min(cut, bytes.length));
        }
        output.close();
        expect(output.text()).toBe(readable(bytes));
        expect(output.truncated).toBe(false);
        expect(readFileSync(output.file)).toEqual(bytes);
      },
    ),
    { numRuns: 50 },
  );
});

it("keeps the beginning and the end of long output, and says what is between", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { minLength: 1, maxLength: 12 }), (lengths) => {
      const whole = Buffer.from(
        lengths.map((length, index) => String.fromCharCode(97 + index).repeat(length)).join(""),
      );
      const output = fresh();
      let from = 0;
      for (const length of lengths) output.add(whole.subarray(from, (from += length)));
      output.close();
      expect(output.bytes).toBe(whole.length);
      expect(output.truncated).toBe(whole.length > 32_000);
      const expected = output.truncated
        ? `${whole.subarray(0, 12_000).toString()}\n… ${whole.length - 32_000} bytes left out …\n${whole.subarray(-20_000).toString()}`
        : whole.toString();
      expect(output.text()).toBe(expected);
    }),
    { numRuns: 40 },
  );
});

it("cuts between characters", () => {
  const output = fresh();
  output.add(Buffer.from("€".repeat(30_000)));
  output.close();
  expect(output.text()).not.toContain("\ufffd");
});

it("writes on to nobody's file", () => {
  writeTree(base, { "taken.log": "x" });
  expect(() => new CommandOutput(path.join(base, "taken.log"))).toThrow("EEXIST");
});

it("gives pages that together are everything, for any page size and any text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }),
      fc.integer({ min: 4, max: 50 }),
      (given, limit) => {
        const text = given.replaceAll(/\p{Cc}/gu, "");
        writeTree(base, { "pages.log": text });
        let seen = "";
        for (let at: number | null = 0; at !== null;) {
          const page = readOutputPage(path.join(base, "pages.log"), at, limit);
          expect(page.bytes).toBe(Buffer.byteLength(text));
          if (page.next !== null) expect(page.next).toBeGreaterThan(at);
          seen += page.text;
          at = page.next;
        }
        expect(seen).toBe(text);
      },
    ),
    { numRuns: 100 },
  );
  expect(readOutputPage(path.join(base, "pages.log"), 1_000_000)).toMatchObject({ text: "", next: null });
});

it.each([
  ["plain\ttext\n", "plain\ttext\n"],
  ["\u001b[1;31mred\u001b[0m", "red"],
  ["a\r\nb", "a\nb"],
  ["50%\r100%", "50%\n100%"],
  ["bell\u0007 back\b null\0", "bell\ufffd back\ufffd null\ufffd"],
  ["\u001b]8;;http://x\u0007link\u001b]8;;\u0007", "link"],
])("%j is shown as %j", (given, expected) => expect(readable(Buffer.from(given))).toBe(expected));
