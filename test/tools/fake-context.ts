import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type {
  CodeHit,
  CodeQuery,
  ConversationHit,
  ConversationQuery,
  IndexState,
  SearchAnswer,
} from "../../src/search/answer.ts";
import type { ConversationPage, ConversationPageRequest } from "../../src/tools/conversation-ports.ts";
import type { Call } from "../../src/tools/call.ts";
import type { FileReader, IndexReport, ToolContext } from "../../src/tools/context.ts";
import type { CommandOutcome, CommandRunner, FileChanger, GitCommitter } from "../../src/tools/gated-ports.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { applyDelete, applyWrite, planDelete, planWrite } from "../../src/workspace/change-file.ts";
import { type CommandPlan, planCommand } from "../../src/workspace/command-plan.ts";
import { applyCommit, planCommit } from "../../src/workspace/git-commit.ts";
import { listFiles } from "../../src/workspace/list-files.ts";
import { readFile } from "../../src/workspace/read-file.ts";
import { searchFiles } from "../../src/workspace/search-files.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";

export const INDEX: IndexState = {
  files: 3,
  chunks: 7,
  embeddedPercent: 100,
  freshness: "fresh",
  embedder: "test embedder",
  store: "sqlite",
};

export const HIT: CodeHit = {
  path: "src/a.ts",
  startLine: 3,
  endLine: 5,
  language: "typescript",
  symbol: "open",
  kind: "function",
  score: 0.9,
  text: "export function open() {\n  return 1;\n}",
  matched: ["lexical", "vector"],
};

export function answerTo(query: string, hits: readonly CodeHit[] = [HIT]): SearchAnswer<CodeHit> {
  return { query, tookMs: 2, index: INDEX, hits };
}

export const REPORT: IndexReport = {
  workspace: "/home/me/project",
  code: INDEX,
  conversations: null,
  behind: null,
  updatedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  bytes: 4_096,
  skipped: [{ reason: "binary", count: 2, examples: ["logo.png", "a.zip"] }],
};

export const TALK: ConversationHit = {
  sessionId: "s-1",
  project: "shop",
  timestamp: "2026-01-02T03:04:05.000Z",
  role: "assistant",
  title: "Fix the cart",
  text: "The cart was emptied twice.",
  score: 0.7,
  transcript: "/logs/s-1.jsonl",
  firstLine: 12,
  lastLine: 14,
  gitBranch: "main",
  cwd: "/home/me/shop",
  isSubagent: false,
  agentId: null,
  resume: "cd /home/me/shop && claude --resume s-1",
};

export const PAGE: ConversationPage = {
  session: {
    sessionId: "s-1",
    project: "shop",
    cwd: "/home/me/shop",
    gitBranch: "main",
    title: "Fix the cart",
    startedAt: Date.UTC(2026, 0, 2),
    endedAt: Date.UTC(2026, 0, 3),
    transcript: "/logs/s-1.jsonl",
    logExists: false,
  },
  turns: [
    { role: "user", timestamp: "2026-01-02T00:00:00.000Z", line: 3, text: "Why is the cart empty?\n" },
    { role: "assistant", timestamp: "", line: 4, text: "It was emptied twice." },
  ],
  asked: null,
  before: 2,
  after: 5,
  next: 6,
};

/** A directory with these files that goes away with the test. */
export function projectWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(os.tmpdir(), "codelab-tools-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return writeTree(root, files);
}

/** The real file tools over a directory. */
export function filesOf(root: string): FileReader {
  const workspace = openWorkspace(root);
  return {
    read: (request) => readFile(workspace, request),
    list: (request, signal) => listFiles(workspace, request, signal),
    search: (request, signal) => searchFiles(workspace, request, signal),
  };
}

/** Real changes of files without a journal; JSON is the only language that is parsed. */
export function changesOf(root: string): FileChanger {
  const workspace = openWorkspace(root);
  return {
    planWrite: (request) => planWrite(workspace, request),
    applyWrite: async (plan) => applyWrite(workspace, plan),
    planDelete: (file) => planDelete(workspace, file),
    applyDelete: async (plan) => applyDelete(workspace, plan),
    brokenSyntax: async (file, _before, after) =>
      file.endsWith(".json") && after.includes("}}") ? [{ line: 1, message: "unexpected }" }] : [],
  };
}

/** Real commits, where the directory is a repository. */
export function gitOf(root: string): GitCommitter {
  const workspace = openWorkspace(root);
  return {
    plan: (request, signal) => planCommit(workspace, request, signal),
    commit: (plan, paths) => applyCommit(workspace, plan, paths),
  };
}

/** Commands that are only written down; the output echoes them. */
export function fakeCommands(root: string, asked: CommandPlan[]): CommandRunner {
  const workspace = openWorkspace(root);
  return {
    plan: (request) => planCommand(workspace, request),
    run: async (plan, { onOutput }) => {
      asked.push(plan);
      onOutput("first\nsecond\n");
      onOutput("third, too soon after");
      const output = "argv" in plan.run ? plan.run.argv.join(" ") : plan.run.line;
      return { ...ENDED, output, bytes: output.length };
    },
    start: async (plan) => {
      asked.push(plan);
      return "j1";
    },
    job: async (_id, stop) => ({
      isRunning: !stop,
      exitCode: null,
      signal: stop ? "SIGTERM" : null,
      startedAt: 0,
      tail: "up\n",
      bytes: 3,
    }),
    outputPage: async (id, offset) =>
      id === "o1" ? { text: `from ${offset}`, next: offset === 0 ? 9 : null, bytes: 20 } : null,
  };
}

/** How a command ends that has nothing to say. */
export const ENDED: CommandOutcome = {
  exitCode: 0,
  signal: null,
  stopped: null,
  durationMs: 5.3,
  output: "",
  truncated: false,
  bytes: 0,
  outputId: "o1",
};

/** Real files, and searches and commands that remember what they were asked. */
export interface FakeContext extends ToolContext {
  readonly root: string;
  readonly asked: {
    readonly code: CodeQuery[];
    readonly similar: (readonly [string, number, number | undefined])[];
    readonly conversations: ConversationQuery[];
    readonly pages: ConversationPageRequest[];
    readonly commands: CommandPlan[];
  };
}

export function fakeContext(
  files: Readonly<Record<string, string>> = {},
  over: Partial<ToolContext> = {},
): FakeContext {
  const asked: FakeContext["asked"] = { code: [], similar: [], conversations: [], pages: [], commands: [] };
  const root = projectWith(files);
  return {
    root,
    asked,
    files: filesOf(root),
    conversations: {
      search: async (query) => {
        asked.conversations.push(query);
        return { query: query.query, tookMs: 1, index: INDEX, hits: [TALK] };
      },
      read: async (request) => {
        asked.pages.push(request);
        return PAGE;
      },
    },
    changes: changesOf(root),
    commands: fakeCommands(root, asked.commands),
    git: gitOf(root),
    codeSearch: {
      search: async (query) => {
        asked.code.push(query);
        return answerTo(query.query);
      },
      similar: async (file, line, limit) => {
        asked.similar.push([file, line, limit]);
        return answerTo(`${file}:${line}`);
      },
    },
    index: { status: async () => REPORT },
    agents: { run: () => Promise.reject(new Error("no agent works here")) },
    ...over,
  };
}

export function callBy(principal = "local", signal: AbortSignal = new AbortController().signal): Call {
  return { caller: { principal, session: "s1", client: "test 1" }, signal, progress: () => {} };
}

/** Runs a tool's whole definition, validation included; the text of its result joined. */
export async function runText(tool: Tool, args: unknown, context: ToolContext): Promise<string> {
  const prepared = tool.prepare(args);
  if (!prepared.ok) throw new Error(`bad arguments: ${JSON.stringify(prepared)}`);
  const { text } = await (await prepared.call.stage(context, callBy())).run("approval 1");
  return typeof text === "string" ? text : text.join("\n");
}
