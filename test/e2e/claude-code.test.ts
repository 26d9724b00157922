import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { CLI, Sandbox } from "./run-cli.ts";
import { startModel } from "./scripted-model.ts";

/** Path of a Claude Code executable; without one these tests are skipped. */
const CLAUDE = process.env["CODELAB_TEST_CLAUDE"];
/** Path of a text file that gets what was asked, shown, answered and done in each test; without one nothing is kept. */
const TRANSCRIPT = process.env["CODELAB_TEST_TRANSCRIPT"];

const PATIENCE = { timeout: 300_000 };

/** The human of each test: a hook of Claude Code that answers the question, or none at all. */
const HUMANS = {
  accept: { action: "accept", content: { decision: "approve_once", comment: "go ahead" } },
  deny: { action: "accept", content: { decision: "deny", comment: "not now" } },
  decline: { action: "decline" },
  cancel: { action: "cancel" },
  nobody: null,
} as const;

interface Outcome {
  readonly result: string;
  /** What the human was shown. */
  readonly shown: string;
  readonly written: boolean;
}

/** Lets Claude Code call write_file once, with this human, and tells what it was answered. */
async function writeWith(sandbox: Sandbox, human: keyof typeof HUMANS): Promise<Outcome> {
  // It begins without the servers that take long to start, and then calls nothing.
  for (let attempt = 1; ; attempt++) {
    const outcome = await writeOnce(sandbox, human);
    if (outcome.result === "" && !outcome.written && attempt < 3) continue;
    if (TRANSCRIPT !== undefined) appendFileSync(TRANSCRIPT, transcriptOf(human, outcome));
    return outcome;
  }
}

function transcriptOf(human: keyof typeof HUMANS, { result, shown, written }: Outcome): string {
  const message = shown === "" ? "nothing" : String((JSON.parse(shown) as { message?: unknown }).message);
  return [
    `== human: ${human} (${JSON.stringify(HUMANS[human])})`,
    `model calls: write_file {"path":"new.txt","content":"hello\\n"}`,
    `human is shown: ${message}`,
    // The newest clients add the schema of a tool that the model was not told of before.
    `model is told: ${result.replace(/\\n\\nThis tool's input schema was not in your prompt.*(?=","is_error)/s, "")}`,
    `new.txt: ${written ? "written" : "not there"}\n\n`,
  ].join("\n");
}

async function writeOnce(sandbox: Sandbox, human: keyof typeof HUMANS): Promise<Outcome> {
  await using model = await startModel("mcp__codelab__write_file", { path: "new.txt", content: "hello\n" });
  const at = (name: string) => path.join(sandbox.root, name);
  const env = { CODELAB_HOME: sandbox.home, EMBEDDING_PROVIDER: "none" };
  const server = { command: process.execPath, args: [CLI, "serve"], env };
  writeFileSync(at("mcp.json"), JSON.stringify({ mcpServers: { codelab: server } }));
  const answer = JSON.stringify({ hookSpecificOutput: { hookEventName: "Elicitation", ...HUMANS[human] } });
  // A human takes longer than a program; what they were shown is kept.
  writeFileSync(
    at("hook.cjs"),
    `process.stdin.pipe(require("node:fs").createWriteStream(${JSON.stringify(at("shown.json"))}));
     setTimeout(() => { console.log(${JSON.stringify(answer)}); process.exit(0); }, 400);`,
  );
  const hook = { hooks: [{ type: "command", command: `${process.execPath} ${at("hook.cjs")}` }] };
  writeFileSync(at("settings.json"), JSON.stringify({ hooks: human === "nobody" ? {} : { Elicitation: [hook] } }));
  const args = ["-p", "go", "--strict-mcp-config", "--mcp-config", at("mcp.json"), "--settings", at("settings.json")];
  const child = spawn(CLAUDE ?? "", [...args, "--allowedTools", "mcp__codelab__*"], {
    cwd: sandbox.project,
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      PATH: process.env["PATH"],
      HOME: sandbox.root,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: "sk-test",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      // A busy machine starts the server late: without these it would begin without its tools.
      MCP_CONNECTION_NONBLOCKING: "0",
      MCP_CONNECT_TIMEOUT_MS: "120000",
      MCP_STARTUP_WAIT_MS: "120000",
      MCP_TIMEOUT: "120000",
    },
  });
  await new Promise((resolve) => child.once("exit", resolve));
  const shown = existsSync(at("shown.json")) ? readFileSync(at("shown.json"), "utf8") : "";
  return { result: model.results.join("\n"), shown, written: existsSync(path.join(sandbox.project, "new.txt")) };
}

it.skipIf(CLAUDE === undefined)(
  "Claude Code writes once its human accepted, who saw the change",
  PATIENCE,
  async () => {
    using sandbox = new Sandbox();
    const { result, shown, written } = await writeWith(sandbox, "accept");
    expect(shown).toContain("+hello");
    expect(result).toContain("Created new.txt");
    expect(result).toContain("The user approved and said: go ahead");
    expect(written).toBe(true);
  },
);

it.skipIf(CLAUDE === undefined).each([
  ["deny", "not now"],
  ["decline", "refused request"],
  ["cancel", "waiting for a human"],
  // Where nobody is asked the client cancels by itself, at once or, on a busy machine, a little later.
  ["nobody", "approval"],
] as const)("Claude Code writes nothing when its human is %s", PATIENCE, async (human, says) => {
  using sandbox = new Sandbox();
  const { result, written } = await writeWith(sandbox, human);
  expect(result).toContain(says);
  expect(written).toBe(false);
});
