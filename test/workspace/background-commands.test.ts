import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { BackgroundCommands, type BackgroundOptions } from "../../src/workspace/background-commands.ts";
import { type CommandRequest, planCommand } from "../../src/workspace/command-plan.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
for (const name of ["work", "logs"]) mkdirSync(path.join(base, name));
const workspace = openWorkspace(path.join(base, "work"));
const commands = (options: BackgroundOptions = {}) =>
  new BackgroundCommands(workspace, path.join(base, "logs"), options);
const plan = (request: CommandRequest) => planCommand(workspace, { ...request, background: true });

it("runs on, is read in pages, and is stopped", async () => {
  await using background = commands();
  const { id, exit } = await background.start(plan({ line: "echo one; echo two; sleep 60" }), "me");
  expect(exit).toBeNull();
  while (background.read(id, "me").bytes < 8) await sleep(10);
  expect(background.read(id, "me").page).toEqual({ text: "one\ntwo\n", next: null, bytes: 8 });
  expect(background.read(id, "me", 4).page.text).toBe("two\n");
  expect(background.running()).toEqual([id]);
  expect(await background.stop(id, "me")).toMatchObject({ exit: { signal: "SIGTERM", clean: true } });
  expect(background.read(id, "me").page.text).toBe("one\ntwo\n");
  expect(background.running()).toEqual([]);
});

it("ends by itself, by its own limit, and with its owner", async () => {
  const background = commands();
  const short = await background.start(plan({ argv: ["sh", "-c", "exit 7"] }), "me");
  const limited = await background.start(plan({ argv: ["sleep", "60"], timeoutMs: 200 }), "me");
  const long = await background.start(plan({ argv: ["sleep", "60"] }), "me");
  while (background.read(short.id, "me").exit === null || background.read(limited.id, "me").exit === null)
    await sleep(10);
  expect(background.read(short.id, "me").exit).toMatchObject({ exitCode: 7 });
  expect(background.read(limited.id, "me").exit).toMatchObject({ signal: "SIGTERM", clean: true });
  expect(background.running()).toEqual([long.id]);
  await background[Symbol.asyncDispose]();
  expect(background.read(long.id, "me").exit).toMatchObject({ clean: true });
});

it("is not there for anyone but whoever started it", async () => {
  await using background = commands();
  const { id } = await background.start(plan({ argv: ["sleep", "60"] }), "me");
  const unknown = expect.objectContaining({ code: "request.unknown-command", hint: "Yours are: none." }) as Error;
  expect(() => background.read(id, "someone else")).toThrow(unknown);
  await expect(background.stop(id, "someone else")).rejects.toEqual(unknown);
  expect(background.running()).toEqual([id]);
  expect(() => background.read("nothing", "me")).toThrow(
    expect.objectContaining({ code: "request.unknown-command", hint: `Yours are: ${id}.` }),
  );
});

it("refuses what does not start, and too many, also all at once", async () => {
  await using background = commands({ maxRunning: 4 });
  await expect(background.start(plan({ argv: ["no-such-program"] }), "me")).rejects.toMatchObject({
    code: "workspace.command-not-found",
  });
  const starts = Array.from({ length: 6 }, () => background.start(plan({ argv: ["sleep", "60"] }), "me"));
  const outcomes = await Promise.allSettled(starts);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  expect(refused[0]).toMatchObject({ code: "request.too-many-commands" });
});

it("forgets those that ended long ago, not those that run", async () => {
  await using background = commands({ maxEnded: 1 });
  const start = async (argv: string[]) => (await background.start(plan({ argv }), "me")).id;
  const running = await start(["sleep", "60"]);
  const ended = [await start(["true"]), await start(["true"])];
  while (background.running().length > 1) await sleep(5);
  await start(["true"]);
  expect(() => background.read(ended[0] ?? "", "me")).toThrow("no background command");
  expect(background.read(ended[1] ?? "", "me").exit).toMatchObject({ exitCode: 0 });
  expect(background.read(running, "me").exit).toBeNull();
});
