import fc from "fast-check";
import { expect, test } from "vitest";
import { createLogger } from "../../src/log.ts";
import { UserError } from "../../src/errors.ts";
import type { Guard } from "../../src/mcp/guard.ts";
import type { Outcome } from "../../src/mcp/outcome.ts";
import { type CallRecord, createToolRunner } from "../../src/mcp/run-tool.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { callBy, fakeContext } from "../tools/fake-context.ts";
import { openDoor } from "./harness.ts";

/** A gate that looks at what would be done, and says no. */
const refuse: Guard["authorise"] = async ({ propose }) => {
  try {
    await propose();
    return { kind: "refused", requestId: null, error: new UserError("approval.rejected", "no") };
  } catch (error) {
    if (error instanceof UserError) return { kind: "refused", requestId: null, error };
    throw error;
  }
};

function runner(fileOperations = 1_000) {
  const records: CallRecord[] = [];
  const logged: string[] = [];
  const context = fakeContext({ "a.txt": "x" });
  let used = 0;
  const countFileOperation = () => {
    if (++used > fileOperations) throw new UserError("request.rate-limited", "too many", { hint: "Wait 30 seconds." });
  };
  const made = createToolRunner({
    tools: TOOLS,
    openContext: async () => context,
    openGuard: async () => ({ ...openDoor, authorise: refuse, countFileOperation }),
    observe: (record) => records.push(record),
    log: createLogger("warn", (line) => logged.push(line)),
  });
  const run = async (name: string, args: unknown, call = callBy()): Promise<Outcome> => {
    const outcome = await made.run(name, args, call);
    if (outcome.kind !== "done") throw new Error("asked");
    return outcome;
  };
  return { run, records, logged };
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

test("file operations are counted, other calls are not", async () => {
  const { run } = runner(2);
  expect((await run("read_file", { path: "a.txt" })).isError).toBe(false);
  expect((await run("list_files", {})).isError).toBe(false);
  expect((await run("index_status", {})).isError).toBe(false);
  const refused = await run("read_file", { path: "a.txt" });
  expect(refused).toMatchObject({ code: "request.rate-limited", blocks: ["too many\nHint: Wait 30 seconds."] });
});

test("arguments that do not fit cost nothing of the quota", async () => {
  const { run } = runner(1);
  await run("read_file", {}, callBy());
  expect((await run("read_file", { path: "a.txt" }, callBy())).isError).toBe(false);
});

test("a call that was cancelled before it began does nothing", async () => {
  const { run, records } = runner();
  const cancelled = AbortSignal.abort(new Error("gone"));
  await expect(run("read_file", { path: "a.txt" }, callBy("local", cancelled))).rejects.toThrow("gone");
  expect(records.map(({ code }) => code)).toEqual(["request.cancelled"]);
});
