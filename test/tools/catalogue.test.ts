import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { indexStatus } from "../../src/tools/index-status.ts";
import { renderToolsPage } from "../../src/tools/tools-page.ts";
import { fakeContext, REPORT, runText } from "./fake-context.ts";

test.each(TOOLS.map((tool) => [tool.name, tool] as const))("%s is well defined", (name, tool) => {
  expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  // Claude Code cuts descriptions there.
  expect(tool.description.length).toBeLessThan(2_048);
  expect(tool.examples.length).toBeGreaterThan(0);
  for (const example of tool.examples) expect(tool.prepare(example.arguments)).toMatchObject({ ok: true });
  const schema = z.toJSONSchema(tool.input, { io: "input" });
  expect(schema.type).toBe("object");
  // Models fill these badly, and some clients refuse the tool.
  expect(Object.keys(schema).filter((key) => ["anyOf", "oneOf", "allOf"].includes(key))).toEqual([]);
  for (const field of Object.values(schema.properties ?? {})) expect(field).toHaveProperty("description");
});

test("each tool lives in the file of its name", () => {
  const files = readdirSync(new URL("../../src/tools/", import.meta.url));
  for (const { name } of TOOLS) expect(files).toContain(`${name.replaceAll("_", "-")}.ts`);
  expect(new Set(TOOLS.map(({ name }) => name)).size).toBe(TOOLS.length);
});

test("index_status gives dates as ISO 8601 and names what was left out", async () => {
  expect(await runText(indexStatus, {}, fakeContext())).toMatchInlineSnapshot(`
    "Workspace: /home/me/project
    Index: 3 files, 7 chunks, 100 % embedded, fresh; test embedder; sqlite
    Last change: 2026-01-02T03:04:05.000Z, 4 KiB on disk
    Left out, binary: 2 (logo.png, a.zip)"
  `);
  const behind = { changed: 2, removed: 1 };
  const fresh = { ...REPORT, updatedAt: null, conversations: REPORT.code, behind, notice: "no model" };
  const shown = await runText(indexStatus, {}, fakeContext({}, { index: { status: async () => fresh } }));
  expect(shown).toContain("Last change: never");
  expect(shown).toContain("Conversations: Index:");
  expect(shown).toContain("Not indexed yet: 2 files new or changed, 1 gone");
  expect(shown).toContain("Note: no model");
});

test("the page of the tools names every tool and argument", () => {
  const page = renderToolsPage(TOOLS);
  for (const tool of TOOLS) {
    expect(page).toContain(`## ${tool.name}\n`);
    for (const name of Object.keys(tool.input.shape)) expect(page).toContain(`| \`${name}\` |`);
  }
  expect(page).toContain("| `limit` | integer |  | Most hits, 1 to 100; 10 when left out. |");
});
