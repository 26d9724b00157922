import fc from "fast-check";
import { expect, test } from "vitest";
import { ChainedHash, blockStart } from "../../src/transcripts/chained-hash.ts";

const content = Buffer.from(Array.from({ length: 150_000 }, (_, index) => (index * 7919) % 251));
const position = fc.integer({ min: 0, max: content.length });

function digestOf(bytes: Buffer): string {
  const hash = ChainedHash.begin();
  hash.update(bytes);
  return hash.digest();
}

test("goes on from a stored state as if it had never stopped", () => {
  fc.assert(
    fc.property(position, fc.array(position, { maxLength: 5 }), (stop, cuts) => {
      const first = ChainedHash.begin();
      first.update(content.subarray(0, stop));
      const stored = JSON.parse(JSON.stringify(first.state()));
      const second = ChainedHash.resume(stored);
      second.update(content.subarray(blockStart(stop), stop));
      expect(second.digest()).toBe(first.digest());
      let at = stop;
      for (const cut of [...cuts, content.length].sort((a, b) => a - b)) {
        if (cut < at) continue;
        second.update(content.subarray(at, cut));
        at = cut;
      }
      expect(second.digest()).toBe(digestOf(content));
      expect(second.size).toBe(content.length);
    }),
    { numRuns: 50 },
  );
});

test("tells any change of any byte", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: content.length - 1 }), (at) => {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(digestOf(changed)).not.toBe(digestOf(content));
    }),
    { numRuns: 30 },
  );
});

test("a copy goes its own way", () => {
  const hash = ChainedHash.begin();
  hash.update(content.subarray(0, 70_000));
  const copy = hash.copy();
  const before = hash.digest();
  copy.update(content.subarray(70_000));
  expect(hash.digest()).toBe(before);
  expect(copy.digest()).toBe(digestOf(content));
});
