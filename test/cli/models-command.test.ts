import { expect, it } from "vitest";
import type { ListedModel } from "../../src/app/models.ts";
import { main } from "../../src/cli/main.ts";
import { DEFAULT_MODEL, MODELS } from "../../src/embed/catalogue.ts";
import { temporaryDirectory } from "../approval/setup.ts";
import { recordingPrinter } from "./recording-printer.ts";

async function models(...args: string[]) {
  const printer = recordingPrinter();
  const [home, cwd] = [temporaryDirectory(), temporaryDirectory()];
  const { signal } = new AbortController();
  const asked = { args: ["models", ...args], env: { CODELAB_HOME: home }, version: () => "1" };
  const code = await main({ ...asked, printer, signal, cwd, stdinIsTerminal: false });
  return { code, stdout: printer.stdout, stderr: printer.stderr };
}

it("lists the whole catalogue in columns, and says what only a model hub has", async () => {
  const { code, stdout } = await models();
  const lines = stdout.trimEnd().split("\n");
  expect(code).toBe(0);
  expect(lines.map((line) => line.split(" ")[0])).toEqual(MODELS.map(({ name }) => name));
  expect(new Set(lines.map((line) => line.search(/ \d+ dimensions {2}/))).size).toBe(1);
  expect(lines.filter((line) => line.includes("default")).map((line) => line.split(" ")[0])).toEqual([DEFAULT_MODEL]);
  const hubOnly = MODELS.filter(({ mirrors }) => mirrors.length === 0).map(({ name }) => name);
  expect(lines.filter((line) => line.includes("hub only")).map((line) => line.split(" ")[0])).toEqual(hubOnly);
  expect(lines.find((line) => line.startsWith("jina"))).toContain("alias jina-code-v2");
});

it("tells scripts the same", async () => {
  const listed = JSON.parse((await models("list", "--json")).stdout) as ListedModel[];
  expect(listed.map(({ name }) => name)).toEqual(MODELS.map(({ name }) => name));
  for (const model of listed)
    expect(model).toMatchObject({ installed: false, isDefault: model.name === DEFAULT_MODEL });
});

it("refuses what it does not know, with the next step", async () => {
  expect(await models("burn")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("list or pull") });
  const unknown = await models("pull", "gte-smal");
  expect(unknown).toMatchObject({ code: 1, stdout: "" });
  expect(unknown.stderr).toMatch(/gte-smal/);
});
