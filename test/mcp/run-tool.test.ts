import fc from "fast-check";
import { expect, test } from "vitest";
import { createLogger } from "../../src/log.ts";
import { createRateLimiter, DEFAULT_RATE_LIMITS, type RateLimits } from "../../src/mcp/rate-limit.ts";
import { type CallRecord, createToolRunner } from "../../src/mcp/run-tool.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { callBy, fakeContext } from "../tools/fake-context.ts";

function runner(limits: RateLimits = DEFAULT_RATE_LIMITS, now = () => 0) {
  const records: CallRecord[] = [];
  const logged: string[] = [];
  const made = createToolRunner({
    tools: TOOLS,
    openContext: async () => fakeContext({ "a.txt": "x" }),
    limiter: createRateLimiter(limits, now),
    observe: (record) => records.push(record),
    log: createLogger("warn", (line) => logged.push(line)),
  });
  return { ...made, records, logged };
}

test("no arguments whatever make the runner throw or blame itself", async () => {
  const { run, logged } = runner();
  const names = fc.oneof(fc.constantFrom(...TOOLS.map(({ name }) => name)), fc.string());
  await fc.assert(
    fc.asyncProperty(names, fc.jsonValue(), async (name, args) => {
      const outcome = await run(name, args, callBy());
      expect(outcome.code).not.toBe("bug");
      expect(outcome.blocks.join("").length).toBeLessThan(50_000);
    }),
    { numRuns: 300 },
  );
  expect(logged).toEqual([]);
});

test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is no argument", async (name) => {
  const outcome = await runner().run("index_status", JSON.parse(`{"${name}": 1}`), callBy());
  expect(outcome.code).toBe("request.bad-arguments");
});

test("a long list of mistakes is told shortly", async () => {
  const args = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index]));
  const outcome = await runner().run("search_code", args, callBy());
  expect(outcome.blocks.join("").length).toBeLessThan(1_000);
  expect(outcome.blocks.join("")).toContain("and 99996 more");
});

test("file operations are limited per principal, with the time to wait", async () => {
  let time = 0;
  const { run } = runner({ fileOperations: 2, approvals: 1 }, () => time);
  const read = (principal: string) => run("read_file", { path: "a.txt" }, callBy(principal));
  expect((await read("a")).isError).toBe(false);
  time = 30 * 60_000;
  expect((await read("a")).isError).toBe(false);
  const refused = await read("a");
  expect(refused.code).toBe("request.rate-limited");
  expect(refused.blocks.join("")).toContain("2 file operations an hour");
  expect(refused.blocks.join("")).toContain("Wait 30 minutes");
  expect((await read("b")).isError).toBe(false);
  expect((await run("index_status", {}, callBy("a"))).isError).toBe(false);
  time = 60 * 60_000;
  expect((await read("a")).isError).toBe(false);
});

test("arguments that do not fit cost nothing of the quota", async () => {
  const { run } = runner({ fileOperations: 1, approvals: 1 });
  await run("read_file", {}, callBy());
  expect((await run("read_file", { path: "a.txt" }, callBy())).isError).toBe(false);
});

test("a call that was cancelled before it began does nothing", async () => {
  const { run, records } = runner();
  const cancelled = AbortSignal.abort(new Error("gone"));
  await expect(run("read_file", { path: "a.txt" }, callBy("local", cancelled))).rejects.toThrow("gone");
  expect(records.map(({ code }) => code)).toEqual(["request.cancelled"]);
});
