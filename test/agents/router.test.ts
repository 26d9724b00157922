import { expect, it } from "vitest";
import { routeTask } from "../../src/agents/router.ts";

it.each([
  ["where are failed requests retried", "ask"],
  ["How does the index stay fresh?", "ask"],
  ["the build says nothing, is that intended?", "ask"],
  ["Plan how to add a second store", "architect"],
  ["Review the locking of the writer", "architect"],
  ["Add a --since flag to search", "coder"],
  ["rename openStore to open", "coder"],
  ["why does the watcher hang on network drives", "debug"],
  ["the tests are failing since yesterday", "debug"],
  ["TypeError: x is not a function\n    at run (src/a.ts:3:9)", "debug"],
  ["Investigate the memory growth", "debug"],
  ["Do these:\n- add a flag\n- document it\n- release", "orchestrator"],
  ["Version 2", "orchestrator"],
  ["", "orchestrator"],
])("%j goes to %s", (task, role) => {
  expect(routeTask(task)).toBe(role);
});
