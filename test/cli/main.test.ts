import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { recordingPrinter } from "./recording-printer.ts";

async function run(...args: string[]) {
  const printer = recordingPrinter();
  const code = await main({
    args,
    printer,
    signal: new AbortController().signal,
    env: {},
    cwd: import.meta.dirname,
    stdinIsTerminal: true,
    version: () => "1.2.3",
  });
  return { code, stdout: printer.stdout, stderr: printer.stderr };
}

describe("the command line", () => {
  it.each([[[]], [["--help"]], [["-h"]], [["help"]]])("shows the overview for %j", async (args) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { name, summary } of VERBS) expect(stdout).toMatch(new RegExp(`${name} +${summary}`));
  });

  it.each(["--version", "-V"])("answers %s", async (flag) => {
    expect(await run(flag)).toEqual({ code: 0, stdout: "1.2.3\n", stderr: "" });
  });

  it.each(VERBS.map(({ name }) => name))("teaches %s: usage, every flag, examples", async (name) => {
    const { code, stdout } = await run(name, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`codelab-mcp ${name}`);
    expect(stdout).toMatch(/Options:\n[^]*--json[^]*Examples:\n {2}codelab-mcp/);
    expect((await run("help", name)).stdout).toBe(stdout);
  });

  it("has the same summary in the overview as in the verb", async () => {
    for (const verb of VERBS) {
      const command = await verb.load();
      expect({ name: command.name, summary: command.summary }).toEqual({ name: verb.name, summary: verb.summary });
    }
  });

  it("exits with 1 and proposes the verb that was meant", async () => {
    const { code, stdout, stderr } = await run("serach", "x");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe('error: unknown verb "serach"\nhint: Did you mean "search"?\n');
  });

  it("exits with 1 and proposes the flag that was meant", async () => {
    const { code, stderr } = await run("search", "x", "--limt", "3");
    expect(code).toBe(1);
    expect(stderr).toMatch(/unknown option '--limt'\nhint: Did you mean --limit\?/);
  });

  it("refuses missing and superfluous arguments", async () => {
    expect((await run("search")).stderr).toMatch(/search: QUERY is missing/);
    expect((await run("doctor", "here")).stderr).toMatch(/doctor: unexpected argument "here"/);
    expect((await run("search", "--limit")).stderr).toMatch(/argument missing/);
  });

  it("puts an error into JSON where JSON was asked for", async () => {
    const { code, stdout } = await run("status", "--json", "--log-level", "loud");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "request.bad-setting" } });
  });

  it("tells a bug from a mistake: exit code 2, where it happened, and where to report it", async () => {
    const printer = recordingPrinter();
    const broken = { ...printer, out: () => Reflect.get(Object(undefined), "x")() as void };
    const code = await main({
      args: ["--help"],
      printer: broken,
      signal: new AbortController().signal,
      env: {},
      cwd: import.meta.dirname,
      stdinIsTerminal: true,
      version: () => "1.2.3",
    });
    expect(code).toBe(2);
    expect(printer.stderr).toMatch(
      /^error: .+\n[^]*\n {4}at [^]*This is a bug in codelab-mcp 1\.2\.3; please report it/,
    );
  });
});
