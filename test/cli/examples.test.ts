import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { Desk, shellWords } from "./in-process.ts";

/**
 * What every example of every verb's help comes to on a machine without model, server, terminal or request: 0, or the
 * code of the error that says what is missing. Those that stay until they are stopped are driven elsewhere.
 */
const OUTCOMES: Readonly<Record<string, 0 | string>> = {
  index: 0,
  "index ~/src/app --lexical-only": 0,
  "index --json": 0,
  'search "where are failed requests retried"': 0,
  "search parseConfig --language typescript -n 3": 0,
  'search --in conversations "how did we fix the login"': 0,
  'search --in conversations --file auth.ts "login"': 0,
  "search 'session cookie' --path 'src/**' --json": 0,
  "forget --project secret-client --dry-run": 0,
  "forget --older-than 365": 0,
  serve: "stays",
  "serve --workspace ~/src/app": "stays",
  "serve --http --port 4001": "stays",
  "serve --http --no-token": "stays",
  watch: "stays",
  "watch --once --json": 0,
  embeddings: "stays",
  "embeddings --model jina-code-v2": "stays",
  "embeddings --print-config roo": 0,
  'agent ask "where are failed requests retried, and how is it tested"': "agent.no-model",
  'agent coder "add a --since flag to the search verb"': "agent.no-model",
  'agent --resume 3f9a12cd07be auto "now the documentation too"': "agent.no-model",
  "services start": "stays",
  "services restart embeddings": "stays",
  "services status --json": 0,
  "install claude-code": 0,
  "install cursor --scope user": "writes outside",
  "install vscode --print": 0,
  "install roo --remove": 0,
  approvals: 0,
  "approvals list --all": 0,
  "approvals show 7wf7-1s2s-rg8s": "approval.unknown",
  'approvals deny 7wf7-1s2s-rg8s --comment "use the existing helper"': "approval.unknown",
  "approvals pair": "permission.no-terminal",
  policy: 0,
  'policy explain execute_command \'{"command":"npm test"}\'': 0,
  'policy explain write_file \'{"path":"docs/a.md","content":""}\'': 0,
  audit: 0,
  "audit verify": 0,
  "audit export > audit.jsonl": 0,
  undo: "workspace.nothing-to-undo",
  "undo --list": 0,
  "undo 17": "workspace.nothing-to-undo",
  status: 0,
  "status ~/src/app --json": 0,
  "store status": 0,
  "store plan --vectors 10000000 --dimensions 768": 0,
  "store migrate": "request.bad-setting",
  "store migrate --to embedded": "request.bad-setting",
  "store backup ~/backups/monday": 0,
  "store restore ~/backups/monday": 0,
  "eval questions.jsonl": 0,
  "eval questions.jsonl --ablate --json": 0,
  doctor: 0,
  "doctor --json": 0,
  models: 0,
  "models pull": "fetches",
  "models pull gte-small": "fetches",
};

const ELSEWHERE = new Set(["stays", "writes outside", "fetches"]);

let desk: Desk;
beforeAll(async () => {
  desk = new Desk({
    ".git/HEAD": "ref: refs/heads/main\n",
    "src/retry.ts": "/** Failed requests are retried. */\nexport function parseConfig() {}\n",
    "questions.jsonl": `{"id":"1","query":"failed requests","relevant":[{"path":"src/retry.ts"}]}\n`,
  });
  desk.writeLog("s-1", "how did we fix the login in auth.ts");
  const other = path.join(desk.root, "src", "app");
  mkdirSync(other, { recursive: true });
  copyFileSync(path.join(desk.project, "src/retry.ts"), path.join(other, "retry.ts"));
  await desk.run(["index"]);
});
afterAll(() => desk[Symbol.dispose]());

const commands = await Promise.all(VERBS.map(async ({ load }) => await load()));
const examples = commands.flatMap((command) => command.examples.map(({ line, does }) => ({ command, line, does })));

/** The words of a line, with `~` as the desk's root, files of the current directory by their place, and no redirection. */
function wordsOf(line: string): string[] {
  return shellWords(line.replace(/ > \S+$/, "").replaceAll("~/", `${desk.root}/`)).map((word) =>
    word === "questions.jsonl" ? path.join(desk.project, word) : word,
  );
}

describe("the examples of the help", () => {
  it("are all in the table of outcomes, and nothing else is", () => {
    expect(examples.map(({ line }) => line).toSorted()).toEqual(Object.keys(OUTCOMES).toSorted());
  });

  it.each(examples)("$line: parses, and is of its own verb", ({ command, line, does }) => {
    const [verb = "", ...rest] = wordsOf(line);
    expect(verb).toBe(command.name);
    expect(() => parseCommandLine(command, rest)).not.toThrow();
    expect(does).toMatch(/^[a-z].*[^.]$/);
  });

  it.each(examples.filter(({ line }) => !ELSEWHERE.has(String(OUTCOMES[line]))))("$line: runs", async ({ line }) => {
    const words = wordsOf(line);
    const { code, stdout, stderr } = await desk.run(words);
    const outcome = OUTCOMES[line];
    // A machine may be short of disk, or lack git: `doctor` says so by its exit code.
    if (line.startsWith("doctor")) expect([0, 1]).toContain(code);
    else expect({ code, stderr }).toMatchObject({ code: outcome === 0 ? 0 : 1 });
    expect(stderr).not.toMatch(/bug in codelab-mcp|\n {4}at /);
    if (words.includes("--json")) expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    if (outcome === 0) return;
    const json = JSON.parse((await desk.run([...words, "--json"])).stdout) as { error: { code: string; hint: string } };
    expect(json.error.code).toBe(outcome);
  });
});
