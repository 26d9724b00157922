import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "../../src/transcripts/split-lines.ts";

function collect(maxBytes: number) {
  const lines: string[] = [];
  const consumed: Buffer[] = [];
  const overflows: string[] = [];
  const splitter = new LineSplitter(maxBytes, {
    line: (bytes) => lines.push(bytes.toString("latin1")),
    overflow: () => overflows.push("begins"),
    overflowed: () => overflows.push("ended"),
    consumed: (bytes) => consumed.push(Buffer.from(bytes)),
  });
  return { splitter, lines, overflows, consumed: () => Buffer.concat(consumed).toString("latin1") };
}

const text = fc.array(fc.constantFrom("a", "\n", "bc", "\r\n", "ü"), { maxLength: 60 }).map((parts) => parts.join(""));

test("gives the same lines however the bytes arrive", () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 9 })), (content, sizes) => {
      const { splitter, lines, consumed } = collect(1000);
      const bytes = Buffer.from(content, "latin1");
      let at = 0;
      for (const size of [...sizes, bytes.length]) {
        splitter.push(bytes.subarray(at, at + size));
        at += size;
      }
      const whole = content.split("\n");
      const rest = whole.pop() ?? "";
      expect(lines).toEqual(whole);
      expect(splitter.heldBytes).toBe(rest.length);
      expect(splitter.held()?.toString("latin1") ?? "").toBe(rest);
      expect(consumed()).toBe(content.slice(0, content.length - rest.length));
    }),
  );
});

test("lets go of a line that is too long, says so, and goes on after it", () => {
  const { splitter, lines, overflows, consumed } = collect(5);
  for (const part of ["ok\n", "123", "456", "789", "0\nnext\n", "12345", "6"]) splitter.push(Buffer.from(part));
  expect(lines).toEqual(["ok", "next"]);
  expect(overflows).toEqual(["begins", "ended", "begins"]);
  expect(splitter.heldBytes).toBe(0);
  expect(splitter.held()).toBeNull();
  expect(consumed()).toBe("ok\n1234567890\nnext\n123456");
});
