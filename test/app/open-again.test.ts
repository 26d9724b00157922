import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { Desk } from "../cli/in-process.ts";

it("opens the memory of conversations again where it could not be opened at first", async () => {
  using desk = new Desk({ "a.ts": "export const a = 1;\n" });
  const env = { CODELAB_HOME: desk.home, CLAUDE_LOGS_PATH: desk.logs, EMBEDDING_PROVIDER: "none" };
  const config = loadConfig({ env, cwd: desk.project, homeDir: desk.root });
  mkdirSync(desk.home, { recursive: true });
  writeFileSync(path.join(desk.home, "conversations"), "a file where a directory belongs");
  await using app = await openApp(config);
  for (let round = 0; round < 2; round++)
    await expect(app.conversations()).rejects.toMatchObject({ code: expect.stringMatching(/^store\./) as string });
  rmSync(path.join(desk.home, "conversations"));
  const opened = await app.conversations();
  expect(await app.conversations()).toBe(opened);
  expect(await opened.state()).toMatchObject({ files: 0 });
});
