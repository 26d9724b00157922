import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { aborted } from "../src/aborted.ts";

it("resolves with the signal, and at once where it was given before", async () => {
  await aborted(AbortSignal.abort());
  const stop = new AbortController();
  let isOver = false;
  const waiting = aborted(stop.signal).then(() => (isOver = true));
  await sleep(10);
  expect(isOver).toBe(false);
  stop.abort();
  await waiting;
});
