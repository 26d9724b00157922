import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { BackgroundCommands } from "../../src/workspace/background-commands.ts";
import { type CommandRequest, planCommand } from "../../src/workspace/command-plan.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
for (const name of ["work", "logs"]) mkdirSync(path.join(base, name));
const workspace = openWorkspace(path.join(base, "work"));
const commands = () => new BackgroundCommands(workspace, path.join(base, "logs"));
const plan = (request: CommandRequest) => planCommand(workspace, { ...request, background: true });

it("runs on, is read in pages, and is stopped", async () => {
  await using background = commands();
  const { id, exit } = await background.start(plan({ line: "echo one; echo two; sleep 60" }));
  expect(exit).toBeNull();
  while (background.read(id).bytes < 8) await sleep(10);
  expect(background.read(id).page).toEqual({ text: "one\ntwo\n", next: null, bytes: 8 });
  expect(background.read(id, 4).page.text).toBe("two\n");
  expect(background.list().map((state) => state.id)).toEqual([id]);
  expect(await background.stop(id)).toMatchObject({ exit: { signal: "SIGTERM", clean: true } });
  expect(background.read(id).page.text).toBe("one\ntwo\n");
});

it("ends by itself, and ends with its owner", async () => {
  const background = commands();
  const short = await background.start(plan({ argv: ["sh", "-c", "exit 7"] }));
  const long = await background.start(plan({ argv: ["sleep", "60"] }));
  while (background.read(short.id).exit === null) await sleep(10);
  expect(background.read(short.id).exit).toMatchObject({ exitCode: 7 });
  await background[Symbol.asyncDispose]();
  expect(background.read(long.id).exit).toMatchObject({ clean: true });
});

it("refuses what it does not know, what does not start, and too many", async () => {
  await using background = commands();
  expect(() => background.read("nothing")).toThrow(expect.objectContaining({ code: "request.unknown-command" }));
  await expect(background.start(plan({ argv: ["no-such-program"] }))).rejects.toMatchObject({
    code: "workspace.command-not-found",
  });
  for (let count = 0; count < 16; count++) await background.start(plan({ argv: ["sleep", "60"] }));
  await expect(background.start(plan({ argv: ["sleep", "60"] }))).rejects.toMatchObject({
    code: "request.too-many-commands",
  });
});
