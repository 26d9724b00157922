import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Desk } from "./in-process.ts";

/**
 * Names that a cloned repository, a log or an agent chose, and that a terminal must not act on: clearing the screen,
 * setting its title, writing over a line, turning text around, hiding some of it.
 */
const EVIL = ["\u001b[2J", "\u001b]0;owned\u0007", "\rover", "\u202egnp", "\u200bhidden", "\u009b31m"];
const ACTS = /[\p{Cc}\p{Cf}]/u;

let desk: Desk;
beforeAll(async () => {
  desk = new Desk({ "plain.ts": "export const needle = 1;\n" });
  for (const [index, evil] of EVIL.entries()) {
    desk.write({
      [`${evil}${index}.ts`]: `// ${evil}\nexport const needle${index} = "${evil}";\n`,
      [`${evil}${index}.bin`]: "\0\0\0",
      [`${evil}/in${index}.md`]: `# ${evil} needle\n`,
    });
    const session = desk.writeLog(`s-${index}`, `the needle ${evil} was found`, `shop${evil}`);
    expect(session).toContain(`s-${index}`);
  }
  await desk.run(["index"]);
});
afterAll(() => desk[Symbol.dispose]());

/** What acts on a terminal, of what a verb shows a person. */
const acting = (text: string) =>
  Array.from(text).filter((character) => ACTS.test(character) && !"\n\t".includes(character));

describe.runIf(process.platform === "linux")("names that act on a terminal", () => {
  it.each([
    [["index", "--full"]],
    [["status"]],
    [["search", "needle"]],
    [["search", "needle", "--compact"]],
    [["search", "needle", "--in", "conversations"]],
    [["search", "needle", "--in", "conversations", "--project", `no${EVIL[0]}`]],
    [["forget", "--pattern", "needle", "--dry-run"]],
    [["store", "status"]],
    [["watch", "--once"]],
    [["approvals", "list", "--all"]],
    [["audit", "list"]],
    [["undo", "--list"]],
    [["doctor"]],
    [["install", "cursor", "--print"]],
    [["policy", "explain", "write_file", JSON.stringify({ path: `${EVIL[0]}.ts`, content: EVIL.join("") })]],
    [["policy", "explain", "delete_file", JSON.stringify({ path: `${EVIL[3]}3.ts` })]],
    [["policy", "explain", "execute_command", JSON.stringify({ command: `echo ${EVIL.join("")}` })]],
    [["search", "needle", "--workspace", EVIL.join("")]],
    [["store", "restore", EVIL.join("")]],
  ])("%j shows none of them as they are", async (args) => {
    const { code, stdout, stderr } = await desk.run(args);
    expect([0, 1]).toContain(code);
    expect(acting(stdout)).toEqual([]);
    expect(acting(stderr)).toEqual([]);
  });

  it("are what they are in JSON, which a program reads", async () => {
    const { hits } = await desk.json<{ hits: { path: string }[] }>(["search", "needle0"]);
    expect(hits.map((hit) => hit.path)).toContain(`${EVIL[0]}0.ts`);
  });

  it("of a project's settings are told visibly", async () => {
    using other = new Desk({ ".codelab.json": JSON.stringify({ "\u001b[2J": 1 }) });
    const { code, stderr } = await other.run(["status"]);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown setting "⟨ESC⟩[2J"');
    writeFileSync(path.join(other.project, ".codelab.json"), '{"\u202e": ');
    expect(acting((await other.run(["status"])).stderr)).toEqual([]);
  });
});

describe("names that are hard to write", () => {
  it.each([
    "with space",
    "-leading",
    "--json",
    "日本 語",
    "emoji 🙂",
    'quote\'d "it"',
    "$HOME `id`",
    "a;b&c|d",
    "%41+%20",
  ])("a project called %j is indexed, searched and told of by its path", async (name) => {
    using named = new Desk({ "x.ts": "export const needle = 1;\n" }, name);
    const index = await named.run(["index", "--", named.project]);
    expect(index.code).toBe(0);
    expect(index.stdout).toContain("Indexed 1 file");
    for (const where of [["--workspace", named.project], [`--workspace=${named.project}`]]) {
      const found = await named.json<{ hits: { path: string }[] }>(["search", ...where, "needle"], { cwd: named.root });
      expect(found.hits.map((hit) => hit.path)).toEqual(["x.ts"]);
    }
    const relative = await named.run(["status", "--json", "--", name], { cwd: named.root });
    expect(JSON.parse(relative.stdout)).toMatchObject({ workspace: named.project, code: { files: 1 } });
  });

  it("a command to search another project can be pasted into a shell", async () => {
    using named = new Desk({ "x.ts": "x" }, "it's mine");
    mkdirSync(path.join(named.root, "elsewhere"));
    const { stdout } = await named.run(["index", named.project], { cwd: path.join(named.root, "elsewhere") });
    expect(stdout).toContain(`--workspace '${named.root}/it'\\''s mine'`);
  });
});

it.runIf(process.platform !== "win32")(
  "a name of several lines is shown in one: it cannot pass for a hit of its own",
  async () => {
    using other = new Desk({ "a\nfake.ts:1  secret  9.99\tb.ts": "export const needle = 1;\n" });
    await other.run(["index"]);
    for (const flags of [[], ["--compact"]]) {
      const { stdout } = await other.run(["search", "needle", ...flags]);
      expect(stdout).toContain("a⟨LF⟩fake.ts:1  secret  9.99⟨TAB⟩b.ts:1");
      expect(stdout).not.toMatch(/^fake/m);
    }
  },
);
