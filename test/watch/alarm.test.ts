import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { Alarm } from "../../src/watch/alarm.ts";

const NEVER = 1e12;

test("ends at the time, the alarm or the signal, and leaves nothing behind", async () => {
  const alarm = new Alarm();
  const { signal } = new AbortController();
  await alarm.wait(1, signal);
  await alarm.wait(-5, signal);
  const ringing = alarm.wait(NEVER, signal);
  alarm.ring();
  await ringing;
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an alarm that rang while nobody waited ends the next wait, once", async () => {
  const alarm = new Alarm();
  const controller = new AbortController();
  alarm.ring();
  await alarm.wait(NEVER, controller.signal);
  const next = alarm.wait(NEVER, controller.signal);
  controller.abort();
  await next;
  await alarm.wait(NEVER, controller.signal);
});
