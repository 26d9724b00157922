import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createCommandRunner } from "../src/app/commands.ts";
import { openWorkspace } from "../src/workspace/workspace.ts";
import { temporaryDirectory } from "./workspace/temporary.ts";

const base = temporaryDirectory();
const home = path.join(base, "home");
mkdirSync(path.join(base, "work"));
const runner = () => createCommandRunner(openWorkspace(path.join(base, "work")), home);

const ME = { principal: "a", session: "1" };

it.each([
  ["another principal's", { principal: "b", session: "1" }],
  ["another session's", { principal: "a", session: "2" }],
  ["one whose names run together", { principal: "a,1", session: "" }],
])("a background command is not there for %s calls", async (_whose, other) => {
  await using commands = runner();
  const id = await commands.start(commands.plan({ argv: ["sleep", "60"], background: true }), ME);
  for (const stop of [false, true])
    await expect(commands.job(id, stop, other)).rejects.toMatchObject({ code: "request.unknown-command" });
  expect(await commands.job(id, false, ME)).toMatchObject({ isRunning: true });
  expect(await commands.job(id, true, ME)).toMatchObject({ isRunning: false });
});

it("output is kept for a day, and for as long as its command runs; ids lead nowhere else", async () => {
  await using commands = runner();
  const plan = commands.plan({ argv: ["sh", "-c", "echo up; sleep 60"], background: true });
  const id = await commands.start(plan, ME);
  while ((await commands.job(id, false, ME)).bytes === 0) await sleep(10);
  const outputs = path.join(home, "outputs");
  const longAgo = new Date(Date.now() - 25 * 3_600_000);
  writeFileSync(path.join(outputs, `${"0".repeat(24)}.log`), "old");
  for (const name of readdirSync(outputs)) utimesSync(path.join(outputs, name), longAgo, longAgo);
  await commands.run(commands.plan({ argv: ["true"] }), {
    signal: new AbortController().signal,
    approval: "r1",
    onOutput: () => {},
  });
  expect(await commands.outputPage("0".repeat(24), 0)).toBeNull();
  expect(await commands.outputPage(id, 0)).toMatchObject({ text: "up\n", next: null });
  for (const wrong of [`../outputs/${id}`, id.slice(1), "", "../../etc/passwd"])
    expect(await commands.outputPage(wrong, 0)).toBeNull();
});
