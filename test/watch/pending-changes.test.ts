import { expect, test } from "vitest";
import { PendingChanges } from "../../src/watch/pending-changes.ts";

function atTime() {
  const clock = { ms: 1000 };
  return { clock, pending: new PendingChanges(() => clock.ms) };
}

test("is ready a moment after the last change", () => {
  const { clock, pending } = atTime();
  expect(pending.readyAt).toBe(Number.POSITIVE_INFINITY);
  pending.add("/a");
  clock.ms += 60;
  pending.add("/b");
  expect(pending.readyAt).toBe(clock.ms + 100);
  expect(pending.take()).toEqual(["/a", "/b"]);
  expect(pending.isWaiting).toBe(false);
  expect(pending.readyAt).toBe(Number.POSITIVE_INFINITY);
});

test("does not wait for ever on a file that is written to all the time", () => {
  const { clock, pending } = atTime();
  for (let round = 0; round < 100; round += 1) {
    pending.add("/log");
    clock.ms += 50;
  }
  expect(pending.readyAt).toBe(2000);
  expect(pending.take()).toEqual(["/log"]);
});

test("a storm of changes is one change of everything, and is forgotten once taken", () => {
  const { pending } = atTime();
  for (let file = 0; file < 10_000; file += 1) pending.add(`/f${file}`);
  expect(pending.take()).toBeNull();
  pending.add("/later");
  expect(pending.take()).toEqual(["/later"]);
});

test("a change of nobody knows what is a change of everything, whatever comes after it", () => {
  const { pending } = atTime();
  pending.add("/a");
  pending.add(null);
  pending.add("/b");
  expect(pending.isWaiting).toBe(true);
  expect(pending.take()).toBeNull();
});
