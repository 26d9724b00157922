import { existsSync, chmodSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CodeHit, SearchAnswer } from "../../src/search/answer.ts";
import { Desk } from "./in-process.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk({ "a.ts": "export const answer = 42;\n" });
});
afterEach(() => desk[Symbol.dispose]());

/** Whoever runs the tests as root may read and write everything. */
const isRoot = process.getuid?.() === 0;

async function refused(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await desk.run(args, { env });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/(^|\n)error: .+\n/);
  expect(stderr).not.toMatch(/\n {4}at /);
  return stderr;
}

describe("bad input", () => {
  it("names a directory that does not exist, and one that is a file", async () => {
    expect(await refused(["index", "nowhere"])).toMatch(/nowhere.* does not exist\nhint:/);
    expect(await refused(["index", "a.ts"])).toMatch(/a\.ts is .*not a directory\nhint:/);
    expect(await refused(["search", "x", "--workspace", "nowhere"])).toMatch(/does not exist/);
  });

  it("answers an empty project, and one with nothing to index, clearly", async () => {
    const empty = path.join(desk.root, "empty");
    mkdirSync(empty);
    const { code, stdout, stderr } = await desk.run(["index", empty]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${empty} has no files to index.\n` });
    expect(stderr).toMatch(/hint:/);
    const found = await desk.run(["search", "x", "--workspace", empty]);
    expect({ code: found.code, stdout: found.stdout }).toEqual({
      code: 0,
      stdout: "The index is empty: there are no files to search.\n",
    });
  });

  it("fetches no model for a project without text", async () => {
    const empty = path.join(desk.root, "empty");
    mkdirSync(empty);
    // Whatever is fetched goes nowhere, and would be told.
    const nowhere = {
      EMBEDDING_PROVIDER: "local",
      HF_ENDPOINT: "http://127.0.0.1:9",
      npm_config_registry: "http://127.0.0.1:9/",
    };
    const { code, stderr, stdout } = await desk.run(["index", empty], { env: nowhere });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${empty} has no files to index.\n` });
    expect(stderr).not.toMatch(/download|words only/i);
    expect(existsSync(path.join(desk.home, "models"))).toBe(false);
  });

  it("refuses an empty query, and answers a very long one", async () => {
    expect(await refused(["search", "  "])).toMatch(/query/i);
    const { code } = await desk.run(["search", "answer ".repeat(15_000)]);
    expect([0, 1]).toContain(code);
  });

  it.each(["99", "40001", "1e3", ""])("refuses --max-tokens %j", async (tokens) => {
    for (const where of ["code", "conversations"]) {
      const args = ["search", "x", "--in", where, `--max-tokens=${tokens}`];
      expect(await refused(args)).toMatch(/--max-tokens.*(?:100 to 40000|empty)/);
    }
  });

  it.each(["0", "101", "-1", "1.5", "many"])("refuses --limit %s", async (limit) => {
    expect(await refused(["search", "answer", `--limit=${limit}`])).toMatch(/limit/);
  });

  it.each([
    "NEAR(",
    '"unbalanced',
    "a OR 1=1; DROP TABLE chunk",
    "*",
    "(((",
    "col:x",
    "\u0001\u0002",
    "поиск",
    "搜索",
    "a".repeat(5_000),
    "a",
    "the of is",
    "/^(?:foo|bar)+[a-z]{2,}$/i",
    "body MATCH 'x' AND path:y NOT z^2",
    "answer\u001b[31m\u0007 \ud800",
    "export async function answer(question) {\n  const { a, b } = await ask(`${question}`);\n  return a ?? b;\n}\n",
    "answer: add support for \\",
  ])("survives the query %j", async (query) => {
    const { code, stderr } = await desk.run(["search", query]);
    expect([0, 1]).toContain(code);
    expect(stderr).not.toMatch(/bug in codelab-mcp/);
  });

  it("answers with nothing where a glob or language matches nothing", async () => {
    const answer = await desk.json<SearchAnswer<CodeHit>>(["search", "answer", "--path", "*.rs"]);
    expect(answer.hits).toEqual([]);
  });

  it("refuses a cursor that it did not give", async () => {
    expect(await refused(["search", "answer", "--cursor", "bm9uc2Vuc2U"])).toMatch(/cursor/i);
  });

  it("refuses a database that a newer version wrote", async () => {
    await desk.run(["index"]);
    const directory = path.join(desk.home, "workspaces");
    const [name = ""] = readdirSync(directory);
    const file = path.join(directory, name, "index.db");
    const { DatabaseSync } = await import("@photostructure/sqlite");
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 9999");
    database.close();
    expect(await refused(["status"])).toMatch(/newer/);
  });

  it.skipIf(isRoot)("says what to do about a home that cannot be written", async () => {
    mkdirSync(desk.home);
    chmodSync(desk.home, 0o500);
    expect(await refused(["index"])).toMatch(/CODELAB_HOME|permission/i);
  });

  it("puts a home below a file to shame, not to a stack trace", async () => {
    expect(await refused(["index"], { CODELAB_HOME: path.join(desk.project, "a.ts", "home") })).toMatch(/a\.ts/);
  });
});
